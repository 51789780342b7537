//! The walk: each method in turn, until one has a token or a failure that must not be passed over.

use std::any::Any;
use std::sync::Arc;

use super::brought::Bringer;
use super::method::{CustomMethod, Given, Method, PREFIX};
use super::methods;
use super::order::Chain;
use super::request::{ChainRequest, OnError};
use super::scene::{Answer, Input, Scene, wish};
use crate::api::TokenSource;
use crate::context::Context;
use crate::engine::Interrupt;
use crate::error::{Attempt, Error};
use crate::kinds::Kind;
use crate::person::Person;
use crate::reason::Reason;
use crate::world::World;

/// What a credential may come from.
pub(super) const SOURCES: &str = "give a key with `path`, set GOOGLE_APPLICATION_CREDENTIALS, log in with `gcloud auth \
    application-default login`, or name a client with `client` and sign in";

/// What the chain found.
pub enum Fetched {
    /// A source with a token. [`TokenSource::attempts`] says how it was found.
    Source(TokenSource),
    /// What a custom method gave that is no token, in a chain that goes on after errors.
    Other(Box<dyn Any + Send>),
    /// Nothing, in a chain that goes on after errors; what each method said.
    Nothing(Vec<Attempt>),
}

impl Chain {
    /// A source of the wanted tokens, by the first method that has one; its first token is there when this returns.
    ///
    /// `call`: handed to the program's own methods as it is. Effects: `[net]` `[disk]` `[prompt]` `[blocks]`.
    ///
    /// Errors: those of the first method whose input was given or configured and which failed; `NotConfigured` when no
    /// method applies; `InvalidArgument` for a method that does not exist; `Cancelled`. All of them hold what each method
    /// said, [`Error::attempts`].
    pub fn fetch(
        &self,
        request: &ChainRequest,
        call: &dyn Any,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<Fetched, Error> {
        self.fetch_in_world(&World::os(), request, call, person, interrupt)
    }

    /// The same in a given world, for tests.
    pub fn fetch_with_context(
        &self,
        context: Context,
        request: &ChainRequest,
        call: &dyn Any,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<Fetched, Error> {
        self.fetch_in_world(&World::apart(context), request, call, person, interrupt)
    }

    fn fetch_in_world(
        &self,
        world: &World,
        request: &ChainRequest,
        call: &dyn Any,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<Fetched, Error> {
        let asked = self.asked(world, request)?;
        let scene = Scene {
            world,
            request,
            wish: wish(world, request, person)?,
            person,
            interrupt,
            is_walk: true,
            may_probe: true,
        };
        let mut report = Report { world, attempts: Vec::new() };
        tracing::debug!(
            "the chain is asked: {}",
            asked.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
        );
        for (name, method) in &asked {
            let since = world.context.clock.now_unix_ms();
            let said = match method {
                Method::BuiltIn(method) => said_by(methods::answer(*method, &scene), &scene),
                Method::Custom(custom) => said_by_custom(name, &**custom, call, &scene),
            };
            report.add(name, &said, since);
            match said {
                Said::Token(source) => return Ok(Fetched::Source(source.found_by(report.attempts))),
                Said::Other(other) if request.on_error == OnError::Continue => return Ok(Fetched::Other(other)),
                Said::Other(_) => return Err(not_a_token(name).with_attempts(report.attempts)),
                Said::NotApplicable(..) => {}
                Said::Failed(error, input) if is_final(&error, input, request.on_error) => {
                    return Err(error.with_attempts(report.attempts));
                }
                Said::Failed(..) => {}
            }
        }
        match request.on_error {
            OnError::Continue => Ok(Fetched::Nothing(report.attempts)),
            OnError::Stop => Err(exhausted(report.attempts)),
        }
    }
}

/// What a method said, and what came of its credential.
enum Said {
    Token(TokenSource),
    Other(Box<dyn Any + Send>),
    NotApplicable(&'static str, String),
    Failed(Error, Input),
}

/// A credential that was found has to prove itself: its first token is asked for.
fn said_by(answer: Answer, scene: &Scene<'_>) -> Said {
    match answer {
        Answer::Found(source, input) => match source.token(scene.person, scene.interrupt) {
            Ok(_) => Said::Token(*source),
            Err(error) => Said::Failed(error, input),
        },
        Answer::NotApplicable { code, why } => Said::NotApplicable(code, why),
        Answer::Failed(error, input) => Said::Failed(error, input),
    }
}

/// A method of the program serves the options that it says it knows; the rest is done for it.
fn said_by_custom(name: &str, method: &dyn CustomMethod, call: &dyn Any, scene: &Scene<'_>) -> Said {
    let bringer = Bringer { name, serves: Some(method.options()) };
    let said = |brought| said_by(Answer::of(brought, Input::Configured), scene);
    match method.token(scene.request, call) {
        Ok(Some(Given::Source(source))) => said(bringer.source(scene, &source)),
        Ok(Some(Given::Token(token))) => said(bringer.token(scene, Arc::new(*token))),
        Ok(Some(Given::Other(other))) => Said::Other(other),
        Ok(None) => Said::NotApplicable("not_applicable", "it gave nothing".to_owned()),
        // Somebody put it into the chain on purpose.
        Err(error) => Said::Failed(error, Input::Configured),
    }
}

/// Whether no other method may be asked after this failure. An interrupt is the caller's own, always.
pub(super) fn is_final(error: &Error, input: Input, on_error: OnError) -> bool {
    error.kind() == Kind::Cancelled || (on_error == OnError::Stop && input != Input::Probed)
}

/// What each method said.
struct Report<'a> {
    world: &'a World,
    attempts: Vec<Attempt>,
}

impl Report<'_> {
    fn add(&mut self, name: &str, said: &Said, since_unix_ms: i64) {
        let (code, words) = match said {
            Said::Token(source) => ("token", found_words(source)),
            Said::Other(_) => ("other", "gave something that is no token".to_owned()),
            Said::NotApplicable(code, why) => (*code, why.clone()),
            Said::Failed(error, _) => (error.reason().map_or(error.kind().slug(), Reason::slug), error.to_string()),
        };
        let elapsed_ms = self.world.context.clock.now_unix_ms().saturating_sub(since_unix_ms);
        tracing::debug!("{name}: {words}");
        self.attempts.push(Attempt::new(name, words).with_code(code).lasting(elapsed_ms.max(0).unsigned_abs()));
    }
}

/// What was found, as one line.
pub(super) fn found_words(source: &TokenSource) -> String {
    let about = source.about();
    let whose = about.principal.map(|principal| format!(" of {principal}")).unwrap_or_default();
    format!("{}{whose}, from {}", about.kind, about.source)
}

fn exhausted(attempts: Vec<Attempt>) -> Error {
    let digest: Vec<String> = attempts
        .iter()
        .map(|attempt| format!("{}: {}", attempt.source.trim_start_matches(PREFIX), attempt.outcome))
        .collect();
    Error::new(Kind::NotConfigured, format!("no method of the chain has a credential ({})", digest.join("; ")))
        .with_hint(format!(
            "{SOURCES}; `tokcore explain`, tokcore.explain() in Python and tok_explain() in R show what is looked for"
        ))
        .with_attempts(attempts)
}

fn not_a_token(name: &str) -> Error {
    Error::new(Kind::InvalidState, format!("the method {name} gave something that is no token"))
        .with_hint("let it give a token or a source, or nothing when it does not apply")
}
