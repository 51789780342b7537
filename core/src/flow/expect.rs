//! What a sign-in waits for, and whether an answer is that. Source: specs/oauth.md §1.2.

use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::crypto;
use crate::oauth::callback::Outcome;
use crate::oauth::{Callback, CallbackProblem};
use crate::secret::Secret;

/// What one sign-in waits for: the same for the loopback listener, the hosted page and pasted text.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The one-time text of the request.
    pub state: Secret,
    /// The configured issuer; without one, `iss` is not compared with anything.
    pub issuer: Option<String>,
    /// Whether the issuer's metadata promises that it always sends `iss`.
    pub issuer_promised: bool,
    /// Whether this provider leaves the state out when it refuses.
    pub stateless_refusals: bool,
}

/// What an answer turned out to be.
#[derive(Debug)]
pub(super) enum Judgement {
    /// It answers this sign-in: with a code, or with the provider's refusal.
    Ours(Callback),
    /// It claims to be ours and proves it with the state, but cannot be used: the sign-in ends here.
    Spoilt(CallbackProblem),
    /// It may be anybody's: an old tab, a probe, an attack. Nothing in it may end the sign-in.
    NotOurs(CallbackProblem),
}

impl Expectation {
    /// Expects an answer with this state, from an issuer that is not known.
    pub fn of_state(state: Secret) -> Self {
        Self { state, issuer: None, issuer_promised: false, stateless_refusals: false }
    }

    /// Reads an answer in the form of a query. The state decides before anything else in it counts, so that no page can
    /// forge a failure.
    pub(super) fn judge(&self, query: &str) -> Judgement {
        use CallbackProblem::{BadEncoding, Duplicate, MissingState, StateMismatch, TooLong};
        let callback = match Callback::parse(query).or_else(|problem| self.refusal_without_state(query, problem)) {
            Ok(callback) => callback,
            Err(problem @ (TooLong | BadEncoding | Duplicate | MissingState | StateMismatch)) => {
                return Judgement::NotOurs(problem);
            }
            Err(problem) if self.has_our_state(query) => return Judgement::Spoilt(problem),
            Err(_) => return Judgement::NotOurs(StateMismatch),
        };
        if let Err(problem) = callback.check_state(&self.state) {
            return Judgement::NotOurs(problem);
        }
        match callback.check_issuer(self.issuer.as_deref(), self.issuer_promised) {
            Ok(()) => Judgement::Ours(callback),
            Err(problem) => Judgement::Spoilt(problem),
        }
    }

    /// A provider that forgets the state of its refusals is taken at its word: the worst that a forger can do is to end a
    /// sign-in.
    fn refusal_without_state(&self, query: &str, problem: CallbackProblem) -> Result<Callback, CallbackProblem> {
        if !self.stateless_refusals || problem != CallbackProblem::MissingState {
            return Err(problem);
        }
        let completed = Zeroizing::new(format!("{query}&state={}", self.state.expose()));
        Callback::parse(&completed)
            .ok()
            .filter(|callback| matches!(callback.outcome, Outcome::Refused { .. }))
            .ok_or(problem)
    }

    fn has_our_state(&self, query: &str) -> bool {
        let mut states = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "state");
        match (states.next(), states.next()) {
            (Some((_, state)), None) => crypto::constant_time_eq(state.as_bytes(), self.state.expose().as_bytes()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(query: &str) -> Judgement {
        Expectation::of_state(Secret::new("S")).judge(query)
    }

    #[test]
    fn without_our_state_nothing_ends_the_sign_in() {
        for query in ["code=&state=T", "code=abc&state=T&access_token=x", "error=access_denied", "code=%C3%BC&state=T"]
        {
            assert!(matches!(judge(query), Judgement::NotOurs(_)), "{query}");
        }
    }

    #[test]
    fn only_a_refusal_may_come_without_state_and_only_from_a_provider_that_forgets_it() {
        let forgetful = Expectation { stateless_refusals: true, ..Expectation::of_state(Secret::new("S")) };
        assert!(matches!(forgetful.judge("error=access_denied"), Judgement::Ours(_)));
        assert!(matches!(forgetful.judge("code=abc"), Judgement::NotOurs(_)));
        assert!(matches!(forgetful.judge("error=access_denied&state=T"), Judgement::NotOurs(_)));
        assert!(matches!(judge("error=access_denied"), Judgement::NotOurs(_)));
    }

    #[test]
    fn with_our_state_a_useless_answer_ends_it() {
        for query in ["code=&state=S", "code=abc&state=S&access_token=x", "code=%C3%BC&state=S"] {
            assert!(matches!(judge(query), Judgement::Spoilt(_)), "{query}");
        }
    }
}
