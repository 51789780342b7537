//! One sign-in with a browser: its one-time texts, the address it begins at, and the token that its code is worth.

use std::sync::Arc;

use super::Expectation;
use crate::error::Error;
use crate::oauth::dpop::DpopKey;
use crate::oauth::pkce::Verifier;
use crate::oauth::{AuthorizationRequest, Callback, Endpoint, Grant, scope, state};
use crate::secret::Secret;
use crate::server::{Ask, Basis, Known, Server};
use crate::settings::{ResponseMode, TokenRequest};
use crate::token::Token;

/// The one-time texts of a sign-in. Whoever has them can finish it.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(crate) state: Secret,
    pub(crate) verifier: Option<Verifier>,
    pub(crate) nonce: Option<Secret>,
    /// The very text that both requests carry.
    pub(crate) redirect_uri: String,
    pub(crate) dpop_key: Option<DpopKey>,
}

impl SignIn {
    /// Draws the texts. Errors: `Internal` when the system has no randomness to give.
    pub(crate) fn new(server: &Server, request: &TokenRequest, redirect_uri: String) -> Result<Self, Error> {
        let rng = &*server.context.rng;
        let pkce = request.pkce.unwrap_or(true);
        Ok(Self {
            state: state::generate(rng)?,
            verifier: pkce.then(|| Verifier::generate(rng)).transpose()?,
            nonce: scope::wants_id_token(&request.scopes).then(|| state::generate(rng)).transpose()?,
            redirect_uri,
            dpop_key: server.new_dpop_key()?,
        })
    }

    /// The address for the browser. Effects: `[net]` when the request is pushed.
    ///
    /// Errors: `ConfigInvalid` without an authorization endpoint and for impossible parameters; those of the push.
    pub(crate) async fn url(&self, server: &Server, request: &TokenRequest, known: &Known) -> Result<String, Error> {
        let endpoint = known.endpoints.require(Endpoint::Authorization)?;
        let challenge = self.verifier.as_ref().map(Verifier::challenge);
        let acr_values: Vec<String> =
            request.acr_values.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let mut extra = request.auth_params.clone();
        extra.extend(domain_hint(server, request));
        extra.extend(earlier_grants(server, request));
        let wire = AuthorizationRequest {
            scopes: &request.scopes,
            challenge: challenge.as_ref(),
            nonce: self.nonce.as_ref(),
            resources: &request.resource,
            offline: request.offline,
            login_hint: suggested(request),
            prompt: request.prompt.as_deref(),
            max_age_s: request.max_age_s,
            acr_values: &acr_values,
            form_post: request.response_mode == ResponseMode::FormPost,
            dpop_jkt: self.dpop_key.as_ref().map(DpopKey::thumbprint),
            extra: &extra,
            override_params: request.override_params,
            dialect: &server.dialect,
            ..AuthorizationRequest::new(endpoint, &server.settings.client_id, &self.redirect_uri, &self.state)
        };
        match self.is_pushed(server, request, known) {
            true => server.push(&wire, known).await,
            false => wire.url().map(String::from),
        }
    }

    fn is_pushed(&self, server: &Server, request: &TokenRequest, known: &Known) -> bool {
        let required = known.metadata.as_ref().is_some_and(|metadata| metadata.requires_pushed_authorization);
        request.par.unwrap_or(required || server.dialect.request.pushed_authorization)
    }

    /// What an answer to this sign-in must say.
    pub(crate) fn expectation(&self, server: &Server, known: &Known) -> Expectation {
        Expectation {
            state: self.state.clone(),
            issuer: known.issuer.clone(),
            stateless_refusals: server.dialect.redirect.state_dropped_on_errors,
            issuer_promised: known.metadata.as_ref().is_some_and(|metadata| metadata.promises_issuer),
        }
    }

    /// The token for an answer that was accepted. Effects: `[net]`.
    ///
    /// Errors: `Denied` with the provider's words; those of the token request; `Protocol` for an ID token that is wrong.
    pub(crate) async fn redeem(
        self: Arc<Self>,
        server: Arc<Server>,
        request: Arc<TokenRequest>,
        callback: Callback,
    ) -> Result<Token, Error> {
        let (code, scope) = callback.outcome.into_code()?;
        let grant = Grant::AuthorizationCode {
            code: &code,
            redirect_uri: &self.redirect_uri,
            verifier: self.verifier.as_ref(),
        };
        let mut ask = Ask::first(&request, Basis::Grant(grant), self.dpop_key.clone());
        ask.authorized_scope = scope;
        let token = server.token(&ask).await?;
        server.with_checked_id_token(token, &request, self.nonce.as_ref(), Some(&code)).await
    }
}

/// The account that the sign-in page is asked to suggest: what was given for it, else the address that is wanted.
fn suggested(request: &TokenRequest) -> Option<&str> {
    let is_address = |account: &&str| account.contains('@') && !account.contains('*');
    request.login_hint.as_deref().or(request.account.as_deref().filter(is_address))
}

/// The parameter that tells the sign-in page of which domain an account is wanted, for a provider that has one.
fn domain_hint(server: &Server, request: &TokenRequest) -> Option<(String, String)> {
    let name = server.dialect.request.domain_hint.as_ref()?;
    let domain = request.wanted_account().ok()?.domain()?;
    unless_given(request, name, domain)
}

/// The parameter that asks for a token which is good for earlier grants too, for a provider that has one.
fn earlier_grants(server: &Server, request: &TokenRequest) -> Option<(String, String)> {
    let name = server.dialect.request.include_granted.as_ref().filter(|_| request.include_granted_scopes)?;
    unless_given(request, name, "true".to_owned())
}

/// What the caller says about the page itself comes first.
fn unless_given(request: &TokenRequest, name: &str, value: String) -> Option<(String, String)> {
    let is_given = request.auth_params.iter().any(|(given, _)| given == name);
    (!is_given).then(|| (name.to_owned(), value))
}
