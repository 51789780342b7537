//! The URL that sends the browser to the provider. Source: RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1.

use url::Url;

use super::dialect::Dialect;
use super::form::Form;
use super::parameters::Additions;
use super::pkce::{self, Challenge};
use super::{endpoint_request, resource, scope};
use crate::error::Error;
use crate::secret::Secret;

/// An authorization request for a code.
///
/// `redirect_uri` is a text, not a URL: the token request must repeat it byte for byte.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest<'a> {
    /// The authorization endpoint, whose own query is kept as it stands.
    pub endpoint: &'a Url,
    /// `client_id`.
    pub client_id: &'a str,
    /// Where the provider sends the browser back to.
    pub redirect_uri: &'a str,
    /// Wanted scopes, in order; none means no `scope` parameter.
    pub scopes: &'a [String],
    /// The one-time text that ties the answer to this request.
    pub state: &'a Secret,
    /// The PKCE challenge; `None` only for a provider that refuses it.
    pub challenge: Option<&'a Challenge>,
    /// Sent when the scopes ask for an ID token ([`scope::wants_id_token`]).
    pub nonce: Option<&'a Secret>,
    /// What the token is to be good for, by address.
    pub resources: &'a [String],
    /// What the provider shall ask of the person: `login`, `consent`, `select_account`, `none`.
    pub prompt: Option<&'a str>,
    /// Whom the provider shall expect: a name or an address that the person signs in with.
    pub login_hint: Option<&'a str>,
    /// How long ago the person may have signed in. Units: seconds.
    pub max_age_s: Option<u64>,
    /// Wanted authentication classes, the preferred one first.
    pub acr_values: &'a [String],
    /// Thumbprint of the key that the code shall be bound to. Source: RFC 9449 §10.
    pub dpop_jkt: Option<&'a str>,
    /// Whether to ask for what this provider wants to hear before it gives a refresh token.
    pub offline: bool,
    /// Whether the answer is to be posted instead of standing in the URL. Source: OAuth 2.0 Form Post Response Mode.
    pub form_post: bool,
    /// What the caller adds.
    pub extra: &'a [(String, String)],
    /// Whether `extra` may replace the protocol's own parameters.
    pub override_params: bool,
    /// How the provider departs from the RFCs.
    pub dialect: &'a Dialect,
}

impl<'a> AuthorizationRequest<'a> {
    /// A request with nothing but what every one has.
    pub fn new(endpoint: &'a Url, client_id: &'a str, redirect_uri: &'a str, state: &'a Secret) -> Self {
        Self {
            endpoint,
            client_id,
            redirect_uri,
            scopes: &[],
            state,
            challenge: None,
            nonce: None,
            resources: &[],
            prompt: None,
            login_hint: None,
            max_age_s: None,
            acr_values: &[],
            dpop_jkt: None,
            offline: false,
            form_post: false,
            extra: &[],
            override_params: false,
            dialect: Dialect::rfc(),
        }
    }

    /// The URL. It holds `state`, so it is for the browser and not for a log.
    ///
    /// Errors: `ConfigInvalid` for an impossible scope or resource, or an additional parameter that the protocol sets
    /// itself.
    pub fn url(&self) -> Result<Url, Error> {
        let form = self.parameters()?.renamed(&self.dialect.request.rename);
        Ok(endpoint_request::in_browser(self.endpoint, &form))
    }

    /// The parameters by the RFCs' names, for the URL or for a pushed request.
    pub(super) fn parameters(&self) -> Result<Form, Error> {
        resource::check(self.resources)?;
        let dialect = &self.dialect.request;
        let additions = Additions { extra: self.extra, override_params: self.override_params };
        let mut form = additions.begin()?;
        form.push("response_type", "code");
        form.push("client_id", self.client_id);
        form.push("redirect_uri", self.redirect_uri);
        form.push("scope", &self.scope()?);
        form.push("state", self.state.expose());
        if let Some(challenge) = self.challenge {
            form.push("code_challenge", challenge.as_str());
            form.push("code_challenge_method", pkce::METHOD);
        }
        if let Some(nonce) = self.nonce {
            form.push("nonce", nonce.expose());
        }
        for resource in self.resources {
            form.push("resource", resource);
        }
        self.write_options(&mut form);
        match self.offline {
            true => additions.end(&mut form, &[&dialect.authorization, &dialect.offline.authorization])?,
            false => additions.end(&mut form, &[&dialect.authorization])?,
        }
        Ok(form)
    }

    /// What may be left out.
    fn write_options(&self, form: &mut Form) {
        let max_age = self.max_age_s.map(|seconds| seconds.to_string()).unwrap_or_default();
        let options = [
            ("response_mode", if self.form_post { "form_post" } else { "" }),
            ("prompt", self.prompt.unwrap_or_default()),
            ("login_hint", self.login_hint.unwrap_or_default()),
            ("max_age", &max_age),
            ("acr_values", &self.acr_values.join(" ")),
            ("dpop_jkt", self.dpop_jkt.unwrap_or_default()),
        ];
        for (name, value) in options {
            form.push(name, value);
        }
    }

    fn scope(&self) -> Result<String, Error> {
        let dialect = &self.dialect.request;
        let offline = if self.offline { dialect.offline.scopes.as_slice() } else { &[] };
        scope::join(&[self.scopes, offline].concat(), dialect.scope_separator)
    }
}
