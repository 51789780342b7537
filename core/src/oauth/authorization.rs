//! The URL that sends the browser to the provider. Source: RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1.

use url::Url;

use super::pkce::{self, Challenge};
use super::scope::{self, ScopeSeparator};
use super::{form, parameters};
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
    /// What stands between two scopes.
    pub separator: ScopeSeparator,
    /// The one-time text that ties the answer to this request.
    pub state: &'a Secret,
    /// The PKCE challenge; `None` only for a provider that refuses it.
    pub challenge: Option<&'a Challenge>,
    /// Sent when the scopes ask for an ID token ([`scope::wants_id_token`]).
    pub nonce: Option<&'a Secret>,
    /// What the integration adds.
    pub extra: &'a [(String, String)],
}

impl AuthorizationRequest<'_> {
    /// The URL. It holds `state`, so it is for the browser and not for a log.
    ///
    /// Errors: `ConfigInvalid` for an impossible scope, or an additional parameter that the protocol sets itself.
    pub fn url(&self) -> Result<Url, Error> {
        parameters::check_extra(self.extra)?;
        let scope = scope::join(self.scopes, self.separator)?;
        let mut query = Query::after(self.endpoint.query());
        query.push("response_type", "code");
        query.push("client_id", self.client_id);
        query.push("redirect_uri", self.redirect_uri);
        query.push("scope", &scope);
        query.push("state", self.state.expose());
        if let Some(challenge) = self.challenge {
            query.push("code_challenge", challenge.as_str());
            query.push("code_challenge_method", pkce::METHOD);
        }
        if let Some(nonce) = self.nonce {
            query.push("nonce", nonce.expose());
        }
        for (name, value) in self.extra {
            query.push(name, value);
        }
        let mut url = self.endpoint.clone();
        url.set_query(Some(&query.0));
        Ok(url)
    }
}

/// A query under construction.
struct Query(String);

impl Query {
    fn after(existing: Option<&str>) -> Self {
        Self(existing.unwrap_or_default().to_owned())
    }

    /// Appends a parameter; one without a value is left out. Source: RFC 6749 §3.1.
    fn push(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        if !self.0.is_empty() && !self.0.ends_with('&') {
            self.0.push('&');
        }
        self.0.push_str(&form::encode_query(name));
        self.0.push('=');
        self.0.push_str(&form::encode_query(value));
    }
}
