//! The token endpoint's answer. Source: RFC 6749 §5.1; lenient wherever a strict reader would lose a token.
//!
//! The answer is only borrowed: whoever keeps grants stores its raw body, encrypted, before interpreting it here.

use std::fmt;

use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::endpoint_failure::EndpointFailure;
use super::endpoint_response::{self, Rules};
use super::grant::Grant;
use super::lifetime::Lifetime;
use super::token_exchange::Exchange;
use super::token_members::{self, Unusable};
use super::token_request::TokenRequest;
use super::warning::Warning;
use crate::secret::Secret;
use crate::transport::HttpResponse;

/// What is known about the request whose answer is read.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// How the provider departs from the RFCs.
    pub dialect: &'a Dialect,
    /// The wall clock before the request was sent. Units: seconds since 1970-01-01 UTC.
    pub sent_at_unix_s: i64,
    /// How many scopes were requested.
    pub requested_scopes: usize,
    /// The scopes that the authorization response told of, from providers that tell them there.
    pub authorized_scope: Option<&'a str>,
    /// The exchange that was asked for, if it was one.
    pub exchange: Option<&'a Exchange<'a>>,
    /// What the request held and no error may quote ([`TokenRequest::secrets`]).
    pub secrets: Vec<&'a Secret>,
}

impl Default for Reading<'_> {
    fn default() -> Self {
        Self {
            dialect: Dialect::rfc(),
            sent_at_unix_s: 0,
            requested_scopes: 0,
            authorized_scope: None,
            exchange: None,
            secrets: Vec::new(),
        }
    }
}

impl<'a> Reading<'a> {
    /// What this request tells, sent at this instant. Units: seconds since 1970-01-01 UTC.
    pub fn of(request: &'a TokenRequest<'a>, sent_at_unix_s: i64) -> Self {
        Self {
            dialect: request.dialect,
            sent_at_unix_s,
            requested_scopes: request.scopes.len(),
            authorized_scope: None,
            exchange: match &request.grant {
                Grant::TokenExchange(exchange) => Some(exchange),
                _ => None,
            },
            secrets: request.secrets(),
        }
    }
}

/// A token, as received.
#[derive(Clone, PartialEq)]
pub struct TokenReply {
    /// The access token: printable ASCII, at most 64 KiB.
    pub access_token: Secret,
    /// `Bearer`, `DPoP` and `N_A` in this spelling, others as the server wrote them.
    pub token_type: String,
    /// The rotated refresh token; `None` means that the old one stays valid.
    pub refresh_token: Option<Secret>,
    /// The ID token, not verified.
    pub id_token: Option<Secret>,
    /// Granted scopes; `None` means those that were requested.
    pub scope: Option<Vec<String>>,
    /// How long the access token lasts.
    pub lifetime: Lifetime,
    /// When the server would like the token to be renewed. Units: seconds since 1970-01-01 UTC.
    pub refresh_at_unix_s: Option<i64>,
    /// When the refresh token expires. Units: seconds since 1970-01-01 UTC. Shape: `None` when unknown, or never.
    pub refresh_expires_at_unix_s: Option<i64>,
    /// The type of an exchanged token. Source: RFC 8693 §2.2.1.
    pub issued_token_type: Option<String>,
    /// What was odd about the answer; sorted, each once.
    pub warnings: Vec<Warning>,
    /// The other members as they came; may hold secrets.
    pub extra: Map<String, Value>,
}

impl TokenReply {
    /// The scopes among `requested` that were not granted, for an event and not for an error.
    pub fn missing_scopes<'a>(&self, requested: &'a [String]) -> Vec<&'a str> {
        let Some(granted) = &self.scope else { return Vec::new() };
        requested.iter().filter(|scope| !granted.contains(scope)).map(String::as_str).collect()
    }
}

/// Reads the answer to a token request.
///
/// A member that makes no sense costs a warning; only a missing or unusable `access_token`, or a type that nobody knows,
/// costs the token.
pub fn read(response: &HttpResponse, reading: &Reading<'_>) -> Result<TokenReply, EndpointFailure> {
    let rules = Rules {
        dialect: reading.dialect,
        sent_at_unix_s: reading.sent_at_unix_s,
        secrets: &reading.secrets,
        ..Rules::default()
    };
    let members = endpoint_response::read(response, &rules)?;
    token_members::interpret(members, reading).map_err(|Unusable { answer, hint }| {
        let mut failure = EndpointFailure::malformed(answer, response);
        failure.hint = hint;
        failure
    })
}

/// Shows what is there, and no text that the server chose.
impl fmt::Debug for TokenReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenReply")
            .field("bearer", &(self.token_type == "Bearer"))
            .field("refresh_token", &self.refresh_token.is_some())
            .field("id_token", &self.id_token.is_some())
            .field("scopes", &self.scope.as_ref().map(Vec::len))
            .field("lifetime", &self.lifetime)
            .field("refresh_expires_at_unix_s", &self.refresh_expires_at_unix_s)
            .field("warnings", &self.warnings)
            .field("extra", &self.extra.len())
            .finish_non_exhaustive()
    }
}
