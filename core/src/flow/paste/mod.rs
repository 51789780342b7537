//! The answer that a person pastes. Source: specs/oauth.md §3.6, specs/google.md §3.5.
//!
//! Every form that a person may copy becomes the query that the redirect would have carried, and is judged like one.

mod form;
mod text;

use super::expect::{Expectation, Judgement};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::{Callback, CallbackProblem};

pub(super) use form::Pasted;

/// No honest answer is longer.
const TEXT_BYTES: usize = 8 * 1024;
/// How often a person may try.
const TRIES: u32 = 3;

/// What may be pasted beside the usual.
#[derive(Clone, Debug, Default)]
pub struct PasteRules {
    /// Accepts a code without its state. Only where PKCE ties the code to this process. Source: RFC 9700 §2.1.1.
    pub stateless: bool,
    /// The provider shows `code#state`.
    pub hash_before_state: bool,
    /// The redirect URI that was sent; a pasted address with another host earns a notice.
    pub redirect_uri: Option<String>,
}

/// Reads what a person pastes, until it is an answer. Fed with one text after the other; no I/O.
#[derive(Debug)]
pub struct Paste {
    expectation: Expectation,
    rules: PasteRules,
    /// A code whose state is still to be asked for.
    without_state: Option<Pasted>,
    failures: u32,
    notices: Vec<String>,
}

/// What a pasted text led to.
#[derive(Debug)]
pub enum PasteStep {
    /// It answers the sign-in, with a code or with the provider's refusal.
    Answered(Callback),
    /// Another text is needed. Shape: why the last one was not enough, for the person.
    Again(String),
    /// The code is there; the text that is needed next is its state.
    NeedsState,
}

impl Paste {
    /// Awaits the answer to one request.
    pub fn new(expectation: Expectation, rules: PasteRules) -> Self {
        Self { expectation, rules, without_state: None, failures: 0, notices: Vec::new() }
    }

    /// What to ask the person now.
    pub fn prompt(&self) -> &'static str {
        match self.without_state {
            None => "Paste the address that the browser ended on, or the code: ",
            Some(_) => "Paste the state that was shown with the code: ",
        }
    }

    /// Reads the next text. The end of the input counts as an empty one.
    ///
    /// Errors: `Cancelled` after three empty texts; `Protocol` with its reason for an answer that cannot be used, and for
    /// the third one that belongs to another sign-in. The text is in none of them.
    pub fn read(&mut self, pasted: &str) -> Result<PasteStep, Error> {
        if pasted.len() > TEXT_BYTES {
            return Err(CallbackProblem::TooLong.into());
        }
        let text = text::clean(pasted);
        match self.without_state.take() {
            Some(code) => self.read_state(code, &text),
            None if text.is_empty() => self.again(Error::new(Kind::Cancelled, "nothing was pasted"), "that was empty"),
            None => self.read_answer(form::read(&text, &self.rules)),
        }
    }

    /// What the person should know about the texts so far; each is told once.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    fn read_answer(&mut self, answer: Pasted) -> Result<PasteStep, Error> {
        self.notices.extend(answer.notice.map(str::to_owned));
        match self.expectation.judge(answer.query.expose()) {
            Judgement::Ours(callback) => Ok(PasteStep::Answered(callback)),
            Judgement::NotOurs(CallbackProblem::MissingState) if answer.has_code() => {
                self.without_state = Some(answer);
                Ok(PasteStep::NeedsState)
            }
            Judgement::NotOurs(CallbackProblem::MissingState) if !answer.is_refusal() => {
                let problem = CallbackProblem::MissingCode;
                self.again(problem.into(), &problem.to_string())
            }
            Judgement::NotOurs(CallbackProblem::TooLong) => Err(CallbackProblem::TooLong.into()),
            Judgement::NotOurs(problem) | Judgement::Spoilt(problem @ CallbackProblem::MissingCode) => {
                self.again(problem.into(), &problem.to_string())
            }
            Judgement::Spoilt(problem) => Err(problem.into()),
        }
    }

    /// The state of a code that came without: typed by the person, or left empty where that is allowed.
    fn read_state(&mut self, code: Pasted, state: &str) -> Result<PasteStep, Error> {
        // What was copied is the code alone: whatever else the redirect carried, the issuer's name too, stayed behind.
        let expectation = Expectation { issuer_promised: false, ..self.expectation.clone() };
        let answer = match (state.is_empty(), self.rules.stateless) {
            (true, false) => return Err(CallbackProblem::MissingState.into()),
            (true, true) => code.with_state(self.expectation.state.expose()),
            (false, _) => code.with_state(state),
        };
        match expectation.judge(answer.query.expose()) {
            Judgement::Ours(callback) => Ok(PasteStep::Answered(callback)),
            Judgement::Spoilt(problem) => Err(problem.into()),
            Judgement::NotOurs(problem) => {
                self.without_state = Some(code);
                self.again(problem.into(), &problem.to_string())
            }
        }
    }

    /// Counts a failure; the last one ends the sign-in.
    fn again(&mut self, failure: Error, why: &str) -> Result<PasteStep, Error> {
        self.failures += 1;
        if self.failures < TRIES { Ok(PasteStep::Again(why.to_owned())) } else { Err(failure) }
    }
}
