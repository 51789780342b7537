//! A token as programs hold it: what it is good for, how long, and where it came from.

pub(crate) mod freshness;
mod given;
pub(crate) mod life;

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

pub use self::freshness::Freshness;
use self::freshness::{Windows, effective_margin_s};
use crate::context::BootTime;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::dpop::DpopKey;
use crate::oauth::id_token::IdClaims;
use crate::oauth::{AuthMethod, Warning, redact};
use crate::secret::Secret;

/// A token that several owners read.
pub type SharedToken = Arc<Token>;

/// What stands before the token in the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// RFC 6750.
    Bearer,
    /// RFC 9449: every request needs a proof too.
    Dpop,
    /// RFC 8693 `N_A`: not for the `Authorization` header.
    NotApplicable,
    /// What the server wrote, if its profile lets it pass.
    Other(String),
}

impl TokenType {
    /// The type as it is written: `Bearer`, `DPoP`, `N_A`.
    pub fn name(&self) -> &str {
        match self {
            TokenType::Bearer => "Bearer",
            TokenType::Dpop => "DPoP",
            TokenType::NotApplicable => "N_A",
            TokenType::Other(name) => name,
        }
    }
}

impl From<&str> for TokenType {
    fn from(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "bearer" => TokenType::Bearer,
            "dpop" => TokenType::Dpop,
            "n_a" => TokenType::NotApplicable,
            _ => TokenType::Other(name.to_owned()),
        }
    }
}

/// A token, and all that is known about it. Printing one shows its type, scopes, account and expiry, never a secret.
#[derive(Clone)]
pub struct Token {
    pub(crate) access_token: Secret,
    pub(crate) token_type: TokenType,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    pub(crate) id_claims: Option<IdClaims>,
    pub(crate) scopes_requested: Vec<String>,
    pub(crate) scopes_granted: Option<Vec<String>>,
    pub(crate) requested_at_unix_s: i64,
    /// The same on the clock that nobody sets.
    pub(crate) requested_at_boot: Option<BootTime>,
    pub(crate) expires_at_unix_s: Option<i64>,
    /// When the server wants it to be renewed. Units: seconds since 1970.
    pub(crate) refresh_at_unix_s: Option<i64>,
    pub(crate) refresh_expires_at_unix_s: Option<i64>,
    pub(crate) issued_token_type: Option<String>,
    pub(crate) origin: Arc<Origin>,
    pub(crate) account: Option<String>,
    pub(crate) dpop_key: Option<DpopKey>,
    pub(crate) extra: Map<String, Value>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) generation: u64,
    pub(crate) windows: Windows,
    /// `Authorization` value, made once.
    pub(crate) authorization: Option<Secret>,
    /// When it stops being handed out without a second thought. Units: milliseconds since 1970.
    pub(crate) fresh_until_unix_ms: i64,
    /// Number of this record in this process; 0 while nobody has published it.
    pub(crate) version: u64,
}

/// Where a token comes from, so that a record explains itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The issuer, if one is configured.
    pub issuer: Option<String>,
    /// The endpoint that gave the token.
    pub token_endpoint: String,
    /// `client_id`.
    pub client_id: String,
    /// How the client authenticated.
    pub auth_method: Option<AuthMethod>,
    /// The grant by its short name.
    pub grant: String,
    /// Resources that the token is for.
    pub resource: Vec<String>,
    /// Audiences that the token is for.
    pub audience: Vec<String>,
}

impl Token {
    /// The access token.
    pub fn access_token(&self) -> &Secret {
        &self.access_token
    }

    /// Its type.
    pub fn token_type(&self) -> &TokenType {
        &self.token_type
    }

    /// The refresh token, if there is one.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// The ID token, if there is one.
    pub fn id_token(&self) -> Option<&Secret> {
        self.id_token.as_ref()
    }

    /// The claims of the ID token, if there is one and it was checked.
    pub fn id_claims(&self) -> Option<&IdClaims> {
        self.id_claims.as_ref()
    }

    /// Granted scopes; those that were requested where the server does not say.
    pub fn scopes(&self) -> &[String] {
        self.scopes_granted.as_deref().unwrap_or(&self.scopes_requested)
    }

    /// When the token expires. Units: seconds since 1970-01-01 UTC. Shape: `None` when unknown.
    pub fn expires_at_unix_s(&self) -> Option<i64> {
        self.expires_at_unix_s
    }

    /// When the refresh token expires, as [`Token::expires_at_unix_s`].
    pub fn refresh_expires_at_unix_s(&self) -> Option<i64> {
        self.refresh_expires_at_unix_s
    }

    /// When the request for it was sent. Units: seconds since 1970-01-01 UTC.
    pub fn requested_at_unix_s(&self) -> i64 {
        self.requested_at_unix_s
    }

    /// The type of an exchanged token. Source: RFC 8693 §2.2.1.
    pub fn issued_token_type(&self) -> Option<&str> {
        self.issued_token_type.as_deref()
    }

    /// Where it comes from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whose it is, as people say it: the address that the ID token tells, else its subject, or the caller's label.
    pub fn account(&self) -> Option<&str> {
        let address = self.id_claims.as_ref().and_then(|claims| claims.all.text("email"));
        address.or(self.account.as_deref())
    }

    /// The other members of the answer, as they came; may hold secrets, see [`Token::is_secret_member`].
    pub fn extra(&self) -> &Map<String, Value> {
        &self.extra
    }

    /// Whether a member of [`Token::extra`] is to be hidden when the token is printed.
    pub fn is_secret_member(name: &str) -> bool {
        redact::is_secret_name(name)
    }

    /// What was odd about the answer.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How often it was refreshed.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether the token has less than `margin_s` left, for callers who keep a reserve; never more than a fifth of its
    /// life, so that a short-lived token is usable at all. One of unknown expiry has enough. Units: seconds.
    pub fn is_expired(&self, now_unix_s: i64, margin_s: u64) -> bool {
        self.expires_at_unix_s.is_some_and(|at| {
            let lifetime_s = u64::try_from(at.saturating_sub(self.requested_at_unix_s)).unwrap_or(0);
            now_unix_s >= at.saturating_sub_unsigned(effective_margin_s(margin_s, lifetime_s))
        })
    }

    /// Has it renewed from this instant on, while it is handed out. Units: seconds since 1970.
    pub(crate) fn asked_again_at(&mut self, at_unix_s: i64) {
        self.refresh_at_unix_s = Some(at_unix_s);
        self.fresh_until_unix_ms = self.windows.fresh_until_unix_ms(self.expires_at_unix_s, self.refresh_at_unix_s);
    }

    /// The value of the `Authorization` header.
    ///
    /// Errors: `ConfigInvalid` for a token that is not made for it, and for a DPoP token, which needs a proof for each
    /// request.
    pub fn authorization(&self) -> Result<&Secret, Error> {
        self.authorization.as_ref().ok_or_else(|| match self.token_type {
            TokenType::Dpop => Error::new(Kind::ConfigInvalid, "a DPoP token needs a proof for each request")
                .with_hint("ask for the headers of the request, with its method and URL"),
            _ => Error::new(Kind::ConfigInvalid, "this token is not made for the Authorization header")
                .with_hint("give it where its issuer says, or exchange it for an access token"),
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("type", &self.token_type.name())
            .field("scopes", &self.scopes())
            .field("expires_at_unix_s", &self.expires_at_unix_s)
            .field("account", &self.account())
            .field("refresh_token", &self.refresh_token.is_some())
            .field("id_token", &self.id_token.is_some())
            .field("grant", &self.origin.grant)
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
