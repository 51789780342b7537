//! Reading the token endpoint's answer. Source: RFC 6749 §5.1; lenient wherever a strict reader would lose a token.
//!
//! The answer is only borrowed: whoever keeps grants stores its raw body, encrypted, before interpreting it here.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::endpoint_failure::EndpointFailure;
use super::endpoint_response::{self, Rules};
use super::lifetime::{self, Lifetime};
use super::members::{Member, Members, ResponseFormat};
use super::warning::Warning;
use super::{scope, text};
use crate::secret::Secret;
use crate::transport::HttpResponse;

/// Providers' additions are kept, but not without limit. Units: bytes of JSON.
const EXTRA_BYTES: usize = 64 * 1024;
/// Longer than any token type in use.
const TOKEN_TYPE_BYTES: usize = 64;

/// What is known about the request whose answer is read.
#[derive(Clone, Debug, Default)]
pub struct Reading<'a> {
    /// The syntax that the integration's provider answers in.
    pub format: ResponseFormat,
    /// The wall clock before the request was sent. Units: seconds since 1970-01-01 UTC.
    pub sent_at_unix_s: i64,
    /// How many scopes were requested.
    pub requested_scopes: usize,
    /// What the request held and no error may quote ([`super::TokenRequest::secrets`]).
    pub secrets: Vec<&'a Secret>,
}

/// A token, as received.
#[derive(Clone, PartialEq)]
pub struct TokenReply {
    /// The access token: printable ASCII, at most 64 KiB.
    pub access_token: Secret,
    /// `Bearer` and `DPoP` in this spelling, others as the server wrote them.
    pub token_type: String,
    /// The rotated refresh token; `None` means that the old one stays valid.
    pub refresh_token: Option<Secret>,
    /// The ID token, not verified.
    pub id_token: Option<Secret>,
    /// Granted scopes; `None` means those that were requested.
    pub scope: Option<Vec<String>>,
    /// How long the access token lasts.
    pub lifetime: Lifetime,
    /// What was odd about the answer; sorted, each once.
    pub warnings: Vec<Warning>,
    /// The other members as they came; may hold secrets.
    pub extra: Map<String, Value>,
}

/// Reads the answer to a token request.
///
/// A member that makes no sense costs a warning; only a missing or unusable `access_token` costs the token.
pub fn read(response: &HttpResponse, reading: &Reading<'_>) -> Result<TokenReply, EndpointFailure> {
    let rules = Rules {
        format: reading.format,
        sent_at_unix_s: reading.sent_at_unix_s,
        secrets: &reading.secrets,
        ..Rules::default()
    };
    let members = endpoint_response::read(response, &rules)?;
    Interpreter { members, warnings: BTreeSet::new() }
        .reply(reading)
        .map_err(|answer| EndpointFailure::malformed(answer, response))
}

/// Takes the members one after the other and collects what is odd about them.
struct Interpreter<'a> {
    members: Members<'a>,
    warnings: BTreeSet<Warning>,
}

impl Interpreter<'_> {
    fn reply(mut self, reading: &Reading<'_>) -> Result<TokenReply, &'static str> {
        let access_token = self.access_token()?;
        self.members.take("error");
        if self.members.has_duplicates() {
            self.warnings.insert(Warning::DuplicateMember);
        }
        let token_type = self.token_type();
        let refresh_token = self.optional_secret("refresh_token", text::is_header_safe, Warning::BadRefreshToken);
        let id_token = self.optional_secret("id_token", is_compact_jose, Warning::BadIdToken);
        let scope = self.scope(reading.requested_scopes);
        let lifetime = self.lifetime(reading.sent_at_unix_s);
        let (extra, warnings) = self.remainder();
        Ok(TokenReply { access_token, token_type, refresh_token, id_token, scope, lifetime, warnings, extra })
    }

    fn access_token(&mut self) -> Result<Secret, &'static str> {
        match self.members.take("access_token") {
            None => Err("no access token"),
            Some(member) => match member.text() {
                Some(token) if text::is_header_safe(token) => Ok(Secret::new(token)),
                _ => Err("an access token that cannot be used"),
            },
        }
    }

    fn token_type(&mut self) -> String {
        let member = self.members.take("token_type");
        let Some(written) = member.as_ref().and_then(Member::text) else {
            self.warnings.insert(Warning::MissingTokenType);
            return "Bearer".into();
        };
        if written.eq_ignore_ascii_case("bearer") {
            return "Bearer".into();
        }
        self.warnings.insert(Warning::UnusualTokenType);
        match written {
            dpop if dpop.eq_ignore_ascii_case("dpop") => "DPoP".into(),
            // It is going to stand in a header, before the token.
            safe if text::is_header_safe(safe) && safe.len() <= TOKEN_TYPE_BYTES => safe.to_owned(),
            other => text::code(other),
        }
    }

    fn optional_secret(&mut self, name: &str, fits: fn(&str) -> bool, warning: Warning) -> Option<Secret> {
        let member = self.members.take(name).filter(|member| !member.is_absent())?;
        let secret = member.text().filter(|text| fits(text)).map(Secret::new);
        if secret.is_none() {
            self.warnings.insert(warning);
        }
        secret
    }

    /// `scope`, or `scopes` where that is what the server calls it; a text or a list of texts.
    fn scope(&mut self, requested: usize) -> Option<Vec<String>> {
        let member = self.members.take("scope").or_else(|| self.members.take("scopes"))?;
        let (scopes, odd) = match &member {
            _ if member.is_absent() => return None,
            Member::Text(text) => scope::split(text, requested),
            _ => scope::from_json(&member.to_json().unwrap_or_default()),
        };
        if odd {
            self.warnings.insert(Warning::BadScope);
        }
        (!scopes.is_empty()).then_some(scopes)
    }

    /// `expires_in`, else the absolute instants that some servers send in its place or beside it.
    fn lifetime(&mut self, sent_at_unix_s: i64) -> Lifetime {
        let member = self.members.take("expires_in");
        let (lifetime, warning) = member.as_ref().map_or((Lifetime::Unknown, None), lifetime::relative);
        self.warnings.extend(warning);
        if lifetime != Lifetime::Unknown {
            return lifetime;
        }
        ["expires_at", "expires_on"]
            .iter()
            .find_map(|name| lifetime::absolute(self.members.get(name)?, sent_at_unix_s))
            .unwrap_or(Lifetime::Unknown)
    }

    fn remainder(self) -> (Map<String, Value>, Vec<Warning>) {
        let Self { members, mut warnings } = self;
        let mut extra = Map::new();
        let mut bytes = 0;
        for (name, member) in members.rest() {
            let value = member.to_json();
            bytes += name.len() + value.as_ref().map_or(0, |value| value.to_string().len());
            match value.filter(|_| bytes <= EXTRA_BYTES) {
                Some(value) => drop(extra.insert(name, value)),
                None => drop(warnings.insert(Warning::ExtraDropped)),
            }
        }
        (extra, warnings.into_iter().collect())
    }
}

/// Three or five parts of base64url: a signed or an encrypted token. Source: RFC 7515 §7.1, RFC 7516 §7.1.
fn is_compact_jose(text: &str) -> bool {
    let parts = text.split('.').count();
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    matches!(parts, 3 | 5) && text.len() <= 64 * 1024 && text.bytes().all(base64url)
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
            .field("warnings", &self.warnings)
            .field("extra", &self.extra.len())
            .finish_non_exhaustive()
    }
}
