//! A token request, from the wish to the token: with the client's proof, the token's key and the server's clock.

use std::sync::Arc;

use url::Url;

use super::send::{Exchange, Failed};
use super::witness::{RawAnswer, Witness};
use super::{Known, Server};
use crate::error::Error;
use crate::oauth::clock;
use crate::oauth::dpop::{self, DpopKey};
use crate::oauth::endpoints::Endpoint;
use crate::oauth::retry::RequestClass;
use crate::oauth::{
    self, BasicEncoding, ClientAuth, Grant, Reading, RegisteredClient, TokenReply, TokenRequest as WireRequest, redact,
    token_response,
};
use crate::secret::Secret;
use crate::settings::TokenRequest;
use crate::token::Token;
use crate::transport::HttpRequest;

/// What is given for the token.
pub(crate) enum Basis<'a> {
    /// Something that is at hand.
    Grant(Grant<'a>),
    /// A signed statement, made anew for each attempt.
    Assertion,
}

/// What is asked for.
pub(crate) struct Ask<'a> {
    pub(crate) request: &'a TokenRequest,
    pub(crate) basis: Basis<'a>,
    /// The token that this one succeeds: what the answer leaves out carries over.
    pub(crate) previous: Option<&'a Token>,
    pub(crate) dpop_key: Option<DpopKey>,
    /// Who has to know how far it has come, of a grant whose refresh must not be repeated blindly.
    pub(crate) witness: Option<Arc<dyn Witness>>,
    /// Granted scopes from the authorization response, for servers that tell them there.
    pub(crate) authorized_scope: Option<String>,
    /// Parameters of the caller's own that no message may quote.
    private: Vec<Secret>,
}

impl<'a> Ask<'a> {
    /// The first token of a grant.
    pub(crate) fn first(request: &'a TokenRequest, basis: Basis<'a>, dpop_key: Option<DpopKey>) -> Self {
        let private = private(request);
        Self { request, basis, previous: None, dpop_key, witness: None, authorized_scope: None, private }
    }

    /// The successor of `token`.
    pub(crate) fn refresh(request: &'a TokenRequest, refresh_token: &'a Secret, token: &'a Token) -> Self {
        let basis = Basis::Grant(Grant::Refresh { refresh_token });
        Self { previous: Some(token), ..Self::first(request, basis, token.dpop_key.clone()) }
    }

    /// The same, of which `witness` has to know how far it has come.
    pub(crate) fn witnessed_by(self, witness: Option<Arc<dyn Witness>>) -> Self {
        Self { witness, ..self }
    }

    /// What is given for it, for logs.
    fn words(&self) -> &'static str {
        match self.basis {
            Basis::Grant(Grant::Refresh { .. }) => "by a refresh token",
            Basis::Grant(Grant::AuthorizationCode { .. }) => "by the code of a sign-in",
            Basis::Grant(Grant::DeviceCode { .. }) => "by a device code",
            Basis::Grant(Grant::Password { .. }) => "by a password",
            Basis::Grant(Grant::ClientCredentials) => "by the client's own credentials",
            Basis::Grant(Grant::TokenExchange(_)) => "in exchange for another token",
            Basis::Assertion => "by an assertion",
            Basis::Grant(_) => "by a grant of its own",
        }
    }

    fn class(&self) -> RequestClass {
        match self.basis {
            Basis::Grant(Grant::AuthorizationCode { .. }) => RequestClass::AuthorizationCode,
            Basis::Grant(Grant::Refresh { .. }) if self.witness.is_some() => RequestClass::RefreshOnce,
            Basis::Grant(Grant::Refresh { .. }) => RequestClass::Refresh,
            Basis::Grant(Grant::DeviceCode { .. }) => RequestClass::DevicePoll,
            // A wrong password that is sent again locks an account.
            Basis::Grant(Grant::Password { .. }) => RequestClass::AuthorizationCode,
            _ => RequestClass::Repeatable,
        }
    }

    /// A refresh and a code ask for what was granted; whoever sends scopes with them may lose some.
    fn scopes(&self) -> &'a [String] {
        match self.basis {
            Basis::Grant(Grant::Refresh { .. } | Grant::AuthorizationCode { .. } | Grant::DeviceCode { .. }) => &[],
            _ => &self.request.scopes,
        }
    }

    /// Additional parameters; a vendor's grant has them as its own.
    fn extra(&self) -> &'a [(String, String)] {
        match self.basis {
            Basis::Grant(Grant::Other { .. }) => &[],
            _ => &self.request.token_params,
        }
    }

    /// Where a token is to be used was said when the code was asked for.
    fn audiences(&self) -> &'a [String] {
        match self.basis {
            Basis::Grant(Grant::Refresh { .. } | Grant::AuthorizationCode { .. } | Grant::DeviceCode { .. }) => &[],
            _ => &self.request.audience,
        }
    }

    fn exchange(&self) -> Option<&'a oauth::Exchange<'a>> {
        match self.basis {
            Basis::Grant(Grant::TokenExchange(exchange)) => Some(exchange),
            _ => None,
        }
    }

    fn secrets(&self) -> Vec<&Secret> {
        let mut secrets: Vec<&Secret> = match &self.basis {
            Basis::Grant(grant) => grant.secrets(),
            Basis::Assertion => self.request.assertion.iter().collect(),
        };
        secrets.extend(&self.private);
        secrets
    }
}

fn private(request: &TokenRequest) -> Vec<Secret> {
    let named = request.token_params.iter().filter(|(name, _)| redact::is_secret_name(name));
    named.map(|(_, value)| Secret::new(value.as_str())).collect()
}

/// What an attempt has learned from the one before; each lesson is learned once.
#[derive(Default)]
struct Lessons {
    raw_basic: bool,
    nonce: bool,
    clock: bool,
}

impl Server {
    /// A token. Effects: `[net]`.
    ///
    /// Errors: `ConfigInvalid` without a token endpoint; those of the exchange and of the grant.
    pub(crate) async fn token(&self, ask: &Ask<'_>) -> Result<Token, Error> {
        let known = self.known(&[Endpoint::Token]).await?;
        let endpoint = known.endpoints.require(Endpoint::Token)?;
        let exchange =
            Exchange { role: "the token endpoint", endpoint, class: ask.class(), witness: ask.witness.as_ref() };
        let mut lessons = Lessons::default();
        tracing::debug!("{} is asked for a token: {}", self.settings.display_name(), ask.words());
        loop {
            match self.attempt(ask, &known, &exchange, &lessons).await {
                Ok((reply, sent_at_unix_s)) => {
                    if lessons.raw_basic {
                        self.remember_encoding(endpoint, BasicEncoding::Raw);
                    }
                    return self.assemble(reply, sent_at_unix_s, ask, &known, endpoint);
                }
                Err(failed) if self.teaches(&failed, ask, &known, &exchange, &mut lessons) => {}
                Err(failed) => return Err(exchange.error(failed)),
            }
        }
    }

    /// The token in an answer that came earlier, and that nobody has read. Shape: `None` when it is no token.
    ///
    /// Errors: those of the metadata.
    pub(crate) async fn token_in(&self, answer: &RawAnswer, ask: &Ask<'_>) -> Result<Option<Token>, Error> {
        let known = self.known(&[Endpoint::Token]).await?;
        let endpoint = known.endpoints.require(Endpoint::Token)?;
        let client = self.registered_client(endpoint, &known)?;
        let reading = self.reading(ask, &client, answer.sent_at_unix_s);
        match token_response::read(&answer.response()?, &reading) {
            Ok(reply) => self.assemble(reply, answer.sent_at_unix_s, ask, &known, endpoint).map(Some),
            Err(_) => Ok(None),
        }
    }

    async fn attempt(
        &self,
        ask: &Ask<'_>,
        known: &Known,
        exchange: &Exchange<'_>,
        lessons: &Lessons,
    ) -> Result<(TokenReply, i64), Failed> {
        let client = || -> Result<RegisteredClient, Error> {
            let mut client = self.registered_client(exchange.endpoint, known)?;
            if let (true, ClientAuth::Basic(_, encoding)) = (lessons.raw_basic, &mut client.auth) {
                *encoding = BasicEncoding::Raw;
            }
            Ok(client)
        };
        // An error may quote what the client proves itself with.
        let quotable = client().map_err(Failed::Exchange)?;
        let build = || self.wire(ask, &client()?, exchange.endpoint, known);
        let read = |response: &_, sent_at_unix_s| {
            let reply = token_response::read(response, &self.reading(ask, &quotable, sent_at_unix_s));
            reply.map(|reply| (reply, sent_at_unix_s)).map_err(|failure| Failed::Answer(Box::new(failure), None))
        };
        exchange.run(self, build, read).await
    }

    /// The request of one attempt.
    pub(super) fn wire(
        &self,
        ask: &Ask<'_>,
        client: &RegisteredClient,
        endpoint: &Url,
        known: &Known,
    ) -> Result<HttpRequest, Error> {
        let assertion;
        let grant = match &ask.basis {
            Basis::Grant(grant) => grant.clone(),
            Basis::Assertion => {
                assertion = self.bearer_assertion(ask.request, endpoint, known)?;
                Grant::JwtBearer { assertion: &assertion }
            }
        };
        let wire = WireRequest {
            scopes: ask.scopes(),
            resources: &ask.request.resource,
            audiences: ask.audiences(),
            extra: ask.extra(),
            override_params: ask.request.override_params,
            dialect: &self.dialect,
            ..WireRequest::new(endpoint, client, grant)
        };
        let request = wire.to_http()?;
        match &ask.dpop_key {
            Some(key) => self.with_proof(request, key),
            None => Ok(request),
        }
    }

    /// How the answer to it is read.
    pub(super) fn reading<'a>(
        &'a self,
        ask: &'a Ask<'a>,
        client: &'a RegisteredClient,
        sent_at_unix_s: i64,
    ) -> Reading<'a> {
        Reading {
            dialect: &self.dialect,
            sent_at_unix_s,
            requested_scopes: ask.request.scopes.len(),
            authorized_scope: ask.authorized_scope.as_deref(),
            exchange: ask.exchange(),
            secrets: ask.secrets().into_iter().chain(client.secret()).collect(),
        }
    }

    /// Whether another attempt, with what this failure says, may succeed where this one did not.
    fn teaches(
        &self,
        failed: &Failed,
        ask: &Ask<'_>,
        known: &Known,
        exchange: &Exchange<'_>,
        lessons: &mut Lessons,
    ) -> bool {
        let Failed::Answer(failure, clock) = failed else { return false };
        match failure.oauth_error.as_deref() {
            // Decided before the code or refresh token is looked at, so that they are not used up.
            Some(dpop::USE_NONCE) => ask.dpop_key.is_some() && !std::mem::replace(&mut lessons.nonce, true),
            Some("invalid_client") if is_repeatable(exchange.class) && !lessons.raw_basic => {
                let client = self.registered_client(exchange.endpoint, known);
                lessons.raw_basic = client.is_ok_and(|client| self.may_try_raw_basic(&client));
                lessons.raw_basic || self.mends_clock(clock, ask, known, exchange.endpoint, lessons)
            }
            // What the server calls dead is not sent again; a statement is signed anew, and so is another one.
            Some("invalid_grant") if !matches!(ask.basis, Basis::Assertion) => false,
            Some("invalid_client" | "invalid_grant") => self.mends_clock(clock, ask, known, exchange.endpoint, lessons),
            _ => false,
        }
    }

    /// Whether a statement was refused by a server whose clock is far from ours; its time is used from now on.
    fn mends_clock(
        &self,
        clock: &Option<clock::Reading>,
        ask: &Ask<'_>,
        known: &Known,
        endpoint: &Url,
        lessons: &mut Lessons,
    ) -> bool {
        let method = self.auth_method(known).ok();
        let signs = matches!(ask.basis, Basis::Assertion) || method.is_some_and(|method| method.signs());
        let may = signs && !lessons.clock && !self.dialect.request.ignore_server_clock;
        let tolerance_s = self.dialect.request.clock_tolerance_s.unwrap_or(clock::EXPLAINS_REFUSAL_S);
        let explains = |reading: &clock::Reading| may && reading.justifies_signing_again(tolerance_s);
        let Some(reading) = clock.filter(explains) else { return false };
        lessons.clock = true;
        self.accept_clock(endpoint, reading);
        true
    }
}

/// Whether a refusal of the client uses nothing up, so that the request may be made once more in another way.
fn is_repeatable(class: RequestClass) -> bool {
    matches!(class, RequestClass::Repeatable | RequestClass::Refresh | RequestClass::RefreshOnce)
}
