//! What a program asks for, and what it gets.

use std::fmt;
use std::sync::Arc;

use crate::secret::Secret;

/// Who answered: the environment that the detection table found (docs: where tokcore looks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Posit Workbench or `tokcore serve`, asked with the session's RPC cookie.
    Workbench,
    /// Posit Connect or Connect Cloud, asked with the content's API key.
    Connect,
    /// A tokcore broker of this machine, asked over its Unix socket as the user of this process.
    LocalBroker,
}

impl Backend {
    /// Every backend, in the order of the detection table.
    pub const ALL: &'static [Backend] = &[Backend::Connect, Backend::Workbench, Backend::LocalBroker];

    /// The name used in `TOKCORE_BACKEND`, in `--json` output and in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Backend::Workbench => "workbench",
            Backend::Connect => "connect",
            Backend::LocalBroker => "broker",
        }
    }

    /// The backend of this name.
    pub fn from_name(name: &str) -> Option<Backend> {
        Backend::ALL.iter().copied().find(|backend| backend.name() == name)
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What credentials are wanted for.
#[derive(Clone, Debug, Default)]
pub struct CredentialsRequest {
    /// An integration: its GUID in any case, `name:` and its internal name, or a logical name that the variable
    /// `TOKCORE_AUDIENCE_<NAME>` maps to one of these. `None` only on Connect, where one may be associated.
    pub audience: Option<String>,
    /// Connect only: the token of the person who is looking at the content (`Posit-Connect-User-Session-Token`).
    pub user_session_token: Option<Secret>,
    /// Connect only: the type of token wanted; an access token when `None`. Source: RFC 8693 §2.1.
    pub requested_token_type: Option<String>,
}

impl CredentialsRequest {
    /// A request for the credentials of one integration.
    pub fn for_audience(audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..Self::default() }
    }
}

/// An access token and what is known about it. Immutable; printing it shows everything but the token.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) access_token: Secret,
    pub(crate) token_type: String,
    pub(crate) expires_at_unix_s: Option<i64>,
    pub(crate) integration_id: Option<String>,
    pub(crate) backend: Backend,
    /// Until when a client may hand this very object out again. Units: milliseconds of the wall clock.
    pub(crate) reusable: Option<Window>,
}

/// A stretch of wall-clock time, and the state of the client that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from_unix_ms: i64,
    pub(crate) until_unix_ms: i64,
    /// Number of the client's cache when this was stored; see `Client::forget`.
    pub(crate) epoch: u64,
}

impl Window {
    /// Whether `now` lies inside. A clock that was set back ends the window too: better one request too many.
    pub(crate) fn contains(&self, now_unix_ms: i64) -> bool {
        (self.from_unix_ms..self.until_unix_ms).contains(&now_unix_ms)
    }
}

impl Credentials {
    /// The token. Shape: visible text, never empty.
    pub fn access_token(&self) -> &Secret {
        &self.access_token
    }

    /// How to present it. Shape: `Bearer` unless the server said otherwise (Connect: `Key`, `aws_credentials`).
    pub fn token_type(&self) -> &str {
        &self.token_type
    }

    /// When it expires. Shape: `None` if the server gave no expiry. Units: seconds since 1970-01-01 UTC.
    pub fn expires_at_unix_s(&self) -> Option<i64> {
        self.expires_at_unix_s
    }

    /// The GUID of the integration, in lower case. Shape: `None` on Connect when no audience was asked for.
    pub fn integration_id(&self) -> Option<&str> {
        self.integration_id.as_deref()
    }

    /// Who issued it.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The value of an `Authorization` header. Source: RFC 6750 §2.1.
    pub fn authorization(&self) -> Secret {
        let scheme = if self.token_type.eq_ignore_ascii_case("bearer") { "Bearer" } else { &self.token_type };
        Secret::new(format!("{scheme} {}", self.access_token.expose()))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_token", &self.access_token)
            .field("token_type", &self.token_type)
            .field("expires_at_unix_s", &self.expires_at_unix_s)
            .field("integration_id", &self.integration_id)
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

/// Credentials as callers share them.
pub type SharedCredentials = Arc<Credentials>;

/// One integration that an administrator configured.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Integration {
    /// Stable identifier. Shape: as the server spells it, usually a lower-case UUID; `None` if the server sent none.
    pub guid: Option<String>,
    /// Kind of provider: `custom`, `azure`, … `None` if not stated.
    pub provider_type: Option<String>,
    /// Internal name: the section of `oauth-clients.conf`.
    pub name: Option<String>,
    /// Name for people.
    pub display_name: Option<String>,
    /// OAuth client identifier; no secret.
    pub client_id: Option<String>,
    /// Authorization endpoint.
    pub auth_url: Option<String>,
    /// Token endpoint.
    pub token_url: Option<String>,
    /// Scopes that are asked for, in order.
    pub scopes: Vec<String>,
    /// Issuer of the provider.
    pub issuer: Option<String>,
    /// Whether this user is signed in. Shape: `None` if the server did not say.
    pub authenticated: Option<bool>,
    /// The members as the server sent them, `uid` renamed to `guid`, for callers that need them all.
    pub raw: serde_json::Map<String, serde_json::Value>,
}

/// What to look for among the integrations. Every given field must match exactly; an empty filter matches the first.
///
/// Regular expressions are the host language's matter (design ruling D19): a skin passes them as a predicate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Internal name.
    pub name: Option<String>,
    /// Name for people.
    pub display_name: Option<String>,
    /// GUID, compared without regard to letter case.
    pub guid: Option<String>,
    /// Whether the user is signed in.
    pub authenticated: Option<bool>,
}

impl Filter {
    /// Whether `integration` has every field that this filter names.
    pub fn matches(&self, integration: &Integration) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let guid = match (&self.guid, &integration.guid) {
            (None, _) => true,
            (Some(wanted), Some(found)) => wanted.eq_ignore_ascii_case(found),
            (Some(_), None) => false,
        };
        guid && same(&self.name, &integration.name)
            && same(&self.display_name, &integration.display_name)
            && (self.authenticated.is_none() || self.authenticated == integration.authenticated)
    }
}

/// A token that says who the user is.
#[derive(Clone, Debug)]
pub struct IdentityToken {
    /// The token, a JWT.
    pub token: Secret,
    /// Units: seconds since 1970-01-01 UTC. Shape: `None` if the server gave no expiry.
    pub expires_at_unix_s: Option<i64>,
}

/// A delegated Azure token for one resource.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AzureToken {
    /// The token.
    pub access_token: Secret,
    /// How to present it, usually `Bearer`.
    pub token_type: String,
    /// Lifetime as the server stated it. Units: seconds from the answer. Shape: `None` if it stated none.
    pub expires_in_s: Option<i64>,
    /// Units: seconds since 1970-01-01 UTC.
    pub expires_at_unix_s: Option<i64>,
    /// Granted scopes, as the server spells them.
    pub scope: Option<String>,
    /// Refresh token, when the server hands one out.
    pub refresh_token: Option<Secret>,
    /// ID token, when the server hands one out.
    pub id_token: Option<Secret>,
    /// Resource this token is for.
    pub resource: String,
    /// Members of the answer that hold no token, as the server sent them.
    pub extra: serde_json::Map<String, serde_json::Value>,
}
