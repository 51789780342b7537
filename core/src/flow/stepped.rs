//! A sign-in that the host steps: a Shiny app, a notebook, an event loop in C. Nothing happens between two steps.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::code::CodeFlow;
use super::device::DeviceFlow;
use super::expect::Judgement;
use super::loopback::{CLOSING, Loopback, Verdict};
use super::paste::{Paste, PasteStep};
use super::prompt::FlowPrompt;
use super::sealed;
use super::settle;
use super::{CapturePlan, Environment, Inputs, LoopbackHost, Override, RedirectSettings, Wishes, decide};
use crate::engine::{self, Interrupt, Protected};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::dialect::RedirectHost;
use crate::oauth::{Callback, Endpoint};
use crate::person::Interactivity;
use crate::renewal::credential::Credential;
use crate::renewal::keeper::Keeper;
use crate::secret::Secret;
use crate::server::Server;
use crate::settings::{GrantKind, TokenRequest};
use crate::store::home::Home;
use crate::token::{SharedToken, Token};

/// A sign-in under way. Dropping it closes the listener; an exchange whose request has left is still finished.
///
/// Threads: one at a time.
pub struct Flow {
    server: Arc<Server>,
    request: Arc<TokenRequest>,
    prompt: FlowPrompt,
    state: State,
    credential: Option<Arc<Credential>>,
    keeper: Option<Arc<Keeper>>,
    /// The keeper's store, which stays in use until the sign-in has ended.
    home: Option<Arc<Home>>,
}

/// How far a sign-in is.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nobody has answered yet: step again.
    Waiting,
    /// The person has signed in.
    Done(SharedToken),
}

/// What came of a pasted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is the answer: the next step goes on with it.
    Accepted,
    /// It is a bare code; its state has to be pasted too.
    NeedsState,
    /// It is nothing of use, for this reason; another text may be.
    Refused(String),
}

enum State {
    Code(Box<CodeFlow>),
    Device(Box<DeviceFlow>),
    Redeeming(Protected<Token>, Option<Box<Loopback>>),
    /// The browser is still to be told, until then. A step that ends meanwhile must not lose the token.
    Parting(Box<Result<Token, Error>>, Box<Loopback>, Instant),
    Over,
}

impl State {
    /// The exchange of the code under way; the listener stays until its page can tell how it went.
    fn redeeming(
        code: &mut CodeFlow,
        server: &Arc<Server>,
        request: &Arc<TokenRequest>,
        keeper: &Option<Arc<Keeper>>,
        callback: Callback,
    ) -> Self {
        let exchange = code.sign_in.clone().redeem(server.clone(), request.clone(), callback);
        let (server, request, keeper) = (server.clone(), request.clone(), keeper.clone());
        let settled = async move { settle::settled(&server, &request, keeper, exchange.await?).await };
        State::Redeeming(engine::protected(settled), code.loopback.take().map(Box::new))
    }
}

impl Flow {
    /// Starts a sign-in. Effects: `[net]`, binds the listener.
    pub(crate) fn begin(
        server: Arc<Server>,
        request: Arc<TokenRequest>,
        interactivity: Interactivity,
        interrupt: &dyn Interrupt,
    ) -> Result<Self, Error> {
        let plan = Self::plan(&server, &request, interactivity)?;
        let prompt = FlowPrompt::of(&plan);
        let begun = async {
            Ok(match plan.channels.device {
                true => {
                    let device = DeviceFlow::begin(&server, &request).await?;
                    (prompt.with_device(&device), State::Device(Box::new(device)))
                }
                false => {
                    let code = CodeFlow::begin(&server, &request, &plan).await?;
                    (prompt.with_code(&code), State::Code(Box::new(code)))
                }
            })
        };
        let (prompt, state) = engine::run(begun, interrupt)?;
        Ok(Self { server, request, prompt, state, credential: None, keeper: None, home: None })
    }

    /// How a sign-in would go here. No network.
    pub(crate) fn plan(
        server: &Server,
        request: &TokenRequest,
        interactivity: Interactivity,
    ) -> Result<CapturePlan, Error> {
        let device = request.grant == GrantKind::DeviceCode;
        let wishes = Wishes {
            flow: if device { Some("device") } else { request.flow.as_deref() },
            use_oob: request.use_oob,
            gargle_oob_default: request.gargle_oob_default,
            httr_oob_default: request.httr_oob_default,
            ..Wishes::default()
        };
        if !request.grant.is_interactive() {
            return Err(Error::new(
                Kind::InvalidState,
                format!("the grant {} asks nobody to sign in", request.grant.name()),
            )
            .with_hint("ask for the token itself"));
        }
        // A mistake in the settings is told before anything about who is there.
        let needed = if device { Endpoint::DeviceAuthorization } else { Endpoint::Authorization };
        if !server.may_have(needed) {
            server.known_offline().endpoints.require(needed)?;
        }
        let context = &server.context;
        let environment = Environment::detect(context, interactivity);
        let inputs = Inputs {
            redirect: RedirectSettings {
                uri: request.redirect_uri.as_deref(),
                port_candidates: &request.port_candidates,
                trailing_slash: None,
                loopback_host: match server.dialect.redirect.host {
                    Some(RedirectHost::Ipv4) => LoopbackHost::V4,
                    _ => LoopbackHost::Localhost,
                },
                allow_insecure_http: server.settings.allow_insecure_http,
            },
            chosen: Override::resolve(context, &wishes)?,
            has_device_endpoint: server.may_have(Endpoint::DeviceAuthorization),
            tls_listener: false,
        };
        let mut plan = decide(context, &environment, &inputs)?;
        if server.dialect.redirect.https_only && plan.channels.listener {
            let words =
                "this provider accepts https redirect URIs only: register a page of your own, and give its address";
            plan.notices.push(words.to_owned());
        }
        Ok(plan)
    }

    /// What to show to the person.
    pub fn prompt(&self) -> &FlowPrompt {
        &self.prompt
    }

    /// Goes on for `wait` at most. Zero looks only at what has already happened.
    ///
    /// Effects: `[net]` `[blocks]`. Errors: end the sign-in: `Denied` with the provider's words, `Timeout`, `Protocol`,
    /// those of the token request; `Cancelled` does not end it; `InvalidState` after the end.
    pub fn step(&mut self, wait: Duration, interrupt: &dyn Interrupt) -> Result<Step, Error> {
        let outcome = engine::run(
            async {
                tokio::time::timeout(wait, self.advance()).await.map_or_else(|_| Ok(None), |token| token.map(Some))
            },
            interrupt,
        );
        match outcome {
            Ok(Some(token)) => Ok(Step::Done(self.publish(token))),
            Ok(None) => Ok(Step::Waiting),
            Err(error) => Err(self.ended_by(error)),
        }
    }

    /// An error ends the sign-in, unless it is the caller's wish to stop or a call from where none may come.
    fn ended_by(&mut self, error: Error) -> Error {
        if !matches!(error.kind(), Kind::Cancelled | Kind::InvalidState) {
            self.state = State::Over;
        }
        error
    }

    /// Takes what the person pasted: a code, the address of the page where the browser ended, or what that page shows.
    ///
    /// Errors: `InvalidState` where nothing is to be pasted; those of an answer that ends the sign-in.
    pub fn submit(&mut self, typed: &Secret) -> Result<Submitted, Error> {
        let State::Code(code) = &mut self.state else {
            return Err(Error::new(Kind::InvalidState, "this sign-in does not wait for a pasted text"));
        };
        let Some(paste) = &mut code.paste else {
            return Err(Error::new(Kind::InvalidState, "this sign-in takes no pasted text"));
        };
        let read = paste.read(typed.expose());
        self.prompt.notices.extend(paste.take_notices());
        match read.map_err(|error| self.ended_by(error))? {
            PasteStep::Answered(callback) => {
                self.redeem(callback)?;
                Ok(Submitted::Accepted)
            }
            PasteStep::NeedsState => Ok(Submitted::NeedsState),
            PasteStep::Again(why) => Ok(Submitted::Refused(why)),
        }
    }

    /// What to ask the person for next, where a text may be pasted.
    pub fn question(&self) -> Option<&'static str> {
        match &self.state {
            State::Code(code) => code.paste.as_ref().map(Paste::prompt),
            _ => None,
        }
    }

    /// What the listener has noticed and the person should know, such as a browser that insists on https.
    pub fn advice(&self) -> Option<&'static str> {
        match &self.state {
            State::Code(code) => code.loopback.as_ref().and_then(Loopback::advice),
            _ => None,
        }
    }

    /// Finishes the sign-in with the query, or the form body, of a redirect that the host received itself.
    ///
    /// Effects: `[net]` `[blocks]`. Errors: `Protocol` with its reason for an answer that is not accepted, after which
    /// another one may be; those of [`Flow::step`].
    pub fn respond(&mut self, query: &str, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        let State::Code(code) = &mut self.state else {
            return Err(Error::new(Kind::InvalidState, "this sign-in does not wait for a redirect"));
        };
        let query = query.trim_start_matches('?');
        let callback = match code.sign_in.expectation(&self.server, &code.known).judge(query) {
            Judgement::Ours(callback) => callback,
            Judgement::Spoilt(problem) | Judgement::NotOurs(problem) => return Err(problem.into()),
        };
        self.redeem(callback)?;
        loop {
            if let Step::Done(token) = self.step(Duration::from_secs(60), interrupt)? {
                return Ok(token);
            }
        }
    }

    /// Puts the sign-in away, for a web application that has to answer its user first. The text holds all that
    /// [`crate::OAuthClient::open_sealed`] needs, readable with `key` only; it fits into a cookie or a session.
    ///
    /// `partition`: whose sign-in it is, such as the name of a session; the same must be given to open it.
    /// Errors: `InvalidState` for a sign-in without a redirect.
    pub fn seal(&self, key: &[u8; 32], partition: Option<&str>) -> Result<Secret, Error> {
        let State::Code(code) = &self.state else {
            return Err(Error::new(Kind::InvalidState, "only a sign-in that waits for a redirect can be put away"));
        };
        sealed::seal(&self.server.context, &code.sign_in, &self.server.settings, key, partition)
    }

    /// Takes up a sign-in that was put away.
    pub(crate) fn open_sealed(
        server: Arc<Server>,
        request: Arc<TokenRequest>,
        sealed: &Secret,
        key: &[u8; 32],
        partition: Option<&str>,
        interrupt: &dyn Interrupt,
    ) -> Result<Self, Error> {
        let sign_in = sealed::open(&server.context, sealed, &server.settings, key, partition)?;
        let known = engine::run(server.known(&[Endpoint::Token]), interrupt)?;
        let code = CodeFlow::resumed(sign_in, known);
        let prompt = FlowPrompt { redirect_uri: Some(code.sign_in.redirect_uri.clone()), ..FlowPrompt::default() };
        Ok(Self {
            server,
            request,
            prompt,
            state: State::Code(Box::new(code)),
            credential: None,
            keeper: None,
            home: None,
        })
    }

    /// The same sign-in, whose token becomes that of `credential`.
    pub(crate) fn publishing_to(mut self, credential: Arc<Credential>) -> Self {
        self.credential = Some(credential);
        self
    }

    /// The same sign-in, whose token is stored before anybody sees it.
    pub(crate) fn kept_by(mut self, keeper: Option<Arc<Keeper>>) -> Self {
        self.home = keeper.as_ref().and_then(|keeper| keeper.home());
        self.keeper = keeper;
        self
    }

    async fn advance(&mut self) -> Result<Token, Error> {
        loop {
            match &mut self.state {
                State::Code(code) => {
                    let callback = code.caught().await?;
                    self.state = State::redeeming(code, &self.server, &self.request, &self.keeper, callback);
                }
                State::Device(device) => return device.caught(&self.server, &self.request, &self.keeper).await,
                State::Redeeming(exchange, loopback) => {
                    let outcome = match loopback.as_mut() {
                        Some(loopback) => loopback.accompany(exchange).await,
                        None => exchange.await,
                    };
                    let Some(loopback) = loopback.take() else { return outcome };
                    self.state = State::Parting(Box::new(outcome), loopback, Instant::now() + CLOSING);
                }
                State::Parting(outcome, loopback, until) => {
                    let verdict = match &**outcome {
                        Ok(_) => Verdict::Succeeded,
                        Err(error) => Verdict::Failed(error.message()),
                    };
                    loopback.part(verdict, *until).await;
                    let State::Parting(outcome, ..) = std::mem::replace(&mut self.state, State::Over) else { continue };
                    return *outcome;
                }
                State::Over => return Err(Error::new(Kind::InvalidState, "this sign-in is over")),
            }
        }
    }

    /// Starts the exchange of the code. It needs the event loop, which is borrowed for the start alone.
    fn redeem(&mut self, callback: Callback) -> Result<(), Error> {
        let State::Code(code) = &mut self.state else { return Ok(()) };
        let (server, request, keeper) = (&self.server, &self.request, &self.keeper);
        let start = async { Ok(State::redeeming(code, server, request, keeper, callback)) };
        self.state = engine::run(start, &engine::NoInterrupt)?;
        Ok(())
    }

    fn publish(&mut self, token: Token) -> SharedToken {
        self.state = State::Over;
        match &self.credential {
            Some(credential) => credential.slot.publish(token),
            None => Arc::new(token),
        }
    }
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("channels", &self.prompt.channels).finish_non_exhaustive()
    }
}
