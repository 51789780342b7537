//! What the chain would do, without doing it.

use super::method::Method;
use super::methods;
use super::order::Chain;
use super::request::ChainRequest;
use super::scene::{Answer, Scene, wish};
use super::verdict::Verdict;
use super::walk::{SOURCES, found_words};
use crate::context::Context;
use crate::engine::NoInterrupt;
use crate::error::Error;
use crate::person::Person;
use crate::provider::About;
use crate::reason::Reason;
use crate::world::World;

/// What the chain would do for a request.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What each method would say, in order.
    pub findings: Vec<Finding>,
    /// What it all comes to.
    pub verdict: Verdict,
}

/// What one method would say.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its name.
    pub method: String,
    /// A stable word: `found`, `not_applicable`, `skipped`, `custom`, `not_asked`, or the slug of a reason or kind.
    pub code: String,
    /// The same in words.
    pub words: String,
    /// What is known of the credential that it found.
    pub about: Option<About>,
    /// What helps, where something is wrong.
    pub hint: Option<String>,
}

impl Explanation {
    /// The method that would be the first to have a credential, unless an earlier one failed. Whether its server gives a
    /// token is not known.
    pub fn first(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == "found")
    }

    /// What helps where no method has a credential, and none says what would help it. Shape: `None` elsewhere.
    pub fn next(&self) -> Option<&'static str> {
        let is_told = self.findings.iter().any(|finding| finding.hint.is_some());
        (self.verdict == Verdict::Nothing && !is_told).then_some(SOURCES)
    }
}

impl Chain {
    /// What each method would say to this request, without asking any server for a token. `person`: who would be asked to
    /// sign in; nobody is. Effects: `[disk]`; `[net]` only with `probe`, which asks whether there is a metadata server.
    ///
    /// Errors: as [`Chain::fetch`], for a request that makes no sense.
    pub fn explain(&self, request: &ChainRequest, person: &dyn Person, probe: bool) -> Result<Explanation, Error> {
        self.explain_in_world(&World::os(), request, person, probe)
    }

    /// The same in a given world, for tests.
    pub fn explain_with_context(
        &self,
        context: Context,
        request: &ChainRequest,
        person: &dyn Person,
        probe: bool,
    ) -> Result<Explanation, Error> {
        self.explain_in_world(&World::apart(context), request, person, probe)
    }

    fn explain_in_world(
        &self,
        world: &World,
        request: &ChainRequest,
        person: &dyn Person,
        probe: bool,
    ) -> Result<Explanation, Error> {
        let wish = wish(world, request, person)?;
        let scene = Scene { world, request, wish, person, interrupt: &NoInterrupt, is_walk: false, may_probe: probe };
        let (mut findings, mut verdict) = (Vec::new(), None);
        for (name, method) in &self.asked(world, request)? {
            let (decides, finding) = match method {
                Method::BuiltIn(method) => {
                    let answer = methods::answer(*method, &scene);
                    (Verdict::of_answer(name, &answer, request.on_error), finding(name, answer))
                }
                Method::Custom(_) => (Some(Verdict::Custom(name.clone())), unasked(name)),
            };
            verdict = verdict.or(decides);
            findings.push(finding);
        }
        let verdict = verdict.unwrap_or_else(|| Verdict::of_none(&findings));
        Ok(Explanation { findings, verdict })
    }
}

/// What only the program knows.
fn unasked(name: &str) -> Finding {
    Finding {
        method: name.to_owned(),
        code: "custom".to_owned(),
        words: "a method of the program: it is asked when a token is wanted".to_owned(),
        about: None,
        hint: None,
    }
}

fn finding(name: &str, answer: Answer) -> Finding {
    let (code, words, about, hint) = match answer {
        Answer::Found(source, _) => ("found", found_words(&source), Some(source.about()), None),
        Answer::NotApplicable { code, why } => (code, why, None, None),
        Answer::Failed(error, _) => {
            let code = error.reason().map_or(error.kind().slug(), Reason::slug);
            (code, error.to_string(), None, Some(error.hint().to_owned()))
        }
    };
    Finding { method: name.to_owned(), code: code.to_owned(), words, about, hint }
}
