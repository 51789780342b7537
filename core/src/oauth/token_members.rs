//! From the members of a token response to a token: each is read alone, and what is odd about it is noted.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::dialect::{ResponseDialect, UnknownTokenType};
use super::lifetime::{self, Lifetime};
use super::members::{Member, Members};
use super::scope::ScopeSeparator;
use super::token_response::{Reading, TokenReply};
use super::warning::Warning;
use super::{scope, text, token_exchange};
use crate::secret::Secret;

/// Providers' additions are kept, but not without limit. Units: bytes of JSON.
const EXTRA_BYTES: usize = 64 * 1024;
/// Longer than any token type in use.
const TOKEN_TYPE_BYTES: usize = 64;
/// What providers call the lifetime of a refresh token.
const REFRESH_LIFETIMES: [&str; 3] = ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"];

/// An answer without a usable token.
pub(super) struct Unusable {
    /// What came instead, in a few words.
    pub(super) answer: &'static str,
    pub(super) hint: Option<String>,
}

impl From<&'static str> for Unusable {
    fn from(answer: &'static str) -> Self {
        Self { answer, hint: None }
    }
}

/// The token in these members.
pub(super) fn interpret(members: Members<'_>, reading: &Reading<'_>) -> Result<TokenReply, Unusable> {
    Interpreter { members, reading, dialect: &reading.dialect.response, warnings: BTreeSet::new() }.reply()
}

/// Takes the members one after the other and collects what is odd about them.
struct Interpreter<'a> {
    members: Members<'a>,
    reading: &'a Reading<'a>,
    dialect: &'a ResponseDialect,
    warnings: BTreeSet<Warning>,
}

impl Interpreter<'_> {
    fn reply(mut self) -> Result<TokenReply, Unusable> {
        let id_token = self.optional_secret("id_token", is_compact_jose, Warning::BadIdToken);
        let (access_token, token_type) = match self.access_token(id_token.is_some())? {
            Some(token) => (token, self.token_type()?),
            None => (id_token.clone().ok_or("no access token")?, "N_A".into()),
        };
        self.members.take("error");
        if self.members.has_duplicates() {
            self.warnings.insert(Warning::DuplicateMember);
        }
        let refresh_token = self.optional_secret("refresh_token", text::is_header_safe, Warning::BadRefreshToken);
        let scope = self.scope();
        let lifetime = self.lifetime();
        let refresh_at_unix_s = self.refresh_at();
        let refresh_expires_at_unix_s = REFRESH_LIFETIMES.iter().find_map(|name| self.instant_after(name));
        let issued_token_type = self.issued_token_type();
        let (extra, warnings) = self.remainder()?;
        Ok(TokenReply {
            access_token,
            token_type,
            refresh_token,
            id_token,
            scope,
            lifetime,
            refresh_at_unix_s,
            refresh_expires_at_unix_s,
            issued_token_type,
            warnings,
            extra,
        })
    }

    /// The access token; `None` where an ID token alone is enough.
    fn access_token(&mut self, id_token: bool) -> Result<Option<Secret>, Unusable> {
        let Some(member) = self.members.take("access_token") else {
            return match id_token && self.dialect.id_token_only {
                true => {
                    self.warnings.insert(Warning::IdTokenOnly);
                    Ok(None)
                }
                false => Err(self.no_access_token(id_token)),
            };
        };
        match member.text() {
            Some(token) if text::is_header_safe(token) => Ok(Some(Secret::new(token))),
            _ => Err("an access token that cannot be used".into()),
        }
    }

    fn no_access_token(&self, id_token: bool) -> Unusable {
        let general = "an ID token came alone: request a scope of the API that the token is for";
        let hint = self.reading.dialect.hints.no_access_token.clone();
        Unusable { answer: "no access token", hint: hint.or_else(|| id_token.then(|| general.to_owned())) }
    }

    fn token_type(&mut self) -> Result<String, Unusable> {
        let member = self.members.take("token_type");
        let Some(written) = member.as_ref().and_then(Member::text) else {
            self.warnings.insert(Warning::MissingTokenType);
            return Ok("Bearer".into());
        };
        let lower = written.to_ascii_lowercase();
        let meaning = self.dialect.token_types.get(&lower).map_or(lower.as_str(), String::as_str);
        let known = ["Bearer", "DPoP", "N_A"].into_iter().find(|known| known.eq_ignore_ascii_case(meaning));
        let (token_type, odd) = match (known, self.dialect.unknown_token_type) {
            // Who keeps whatever comes has not asked for any of these.
            (Some(known), policy) => (known.to_owned(), policy == UnknownTokenType::Keep && known != "Bearer"),
            (None, UnknownTokenType::Reject) => return Err("a token of a type that is unknown".into()),
            (None, UnknownTokenType::Bearer) => ("Bearer".into(), true),
            // It is going to stand in a header, before the token.
            (None, UnknownTokenType::Keep) => match written {
                safe if text::is_header_safe(safe) && safe.len() <= TOKEN_TYPE_BYTES => (safe.to_owned(), true),
                other => (text::code(other), true),
            },
        };
        if odd {
            self.warnings.insert(Warning::UnusualTokenType);
        }
        Ok(token_type)
    }

    fn optional_secret(&mut self, name: &str, fits: fn(&str) -> bool, warning: Warning) -> Option<Secret> {
        let member = self.members.take(name).filter(|member| !member.is_absent())?;
        let secret = member.text().filter(|text| fits(text)).map(Secret::new);
        if secret.is_none() {
            self.warnings.insert(warning);
        }
        secret
    }

    /// `scope`, or `scopes` where that is what the server calls it; a text or a list of texts. Else what the browser
    /// brought.
    fn scope(&mut self) -> Option<Vec<String>> {
        let separator = self.reading.dialect.request.scope_separator;
        let split = |text: &str| match separator {
            ScopeSeparator::Comma => scope::split_at_commas(text),
            ScopeSeparator::Space => scope::split(text, self.reading.requested_scopes),
        };
        let member = self.members.take("scope").or_else(|| self.members.take("scopes"));
        let (scopes, odd) = match member.filter(|member| !member.is_absent()) {
            Some(Member::Text(text)) => split(&text),
            Some(member) => scope::from_json(&member.to_json().unwrap_or_default()),
            None => split(self.reading.authorized_scope?),
        };
        if odd {
            self.warnings.insert(Warning::BadScope);
        }
        (!scopes.is_empty()).then_some(scopes)
    }

    /// `expires_in`, else the absolute instants that some servers send in its place or beside it.
    fn lifetime(&mut self) -> Lifetime {
        let member = self.members.take("expires_in");
        if self.dialect.strict && !member.as_ref().is_none_or(is_whole_number) {
            self.warnings.insert(Warning::BadExpiresIn);
        }
        let zero = self.dialect.zero_expires;
        let (lifetime, warning) =
            member.as_ref().map_or((Lifetime::Unknown, None), |member| lifetime::relative(member, zero));
        self.warnings.extend(warning);
        if lifetime != Lifetime::Unknown {
            return lifetime;
        }
        ["expires_at", "expires_on", "expiration"]
            .iter()
            .find_map(|name| lifetime::absolute(self.members.get(name)?, self.reading.sent_at_unix_s))
            .unwrap_or(Lifetime::Unknown)
            .or(self.dialect.default_lifetime_s)
    }

    /// When the server would like to be asked again: after `refresh_in` seconds, or at `refresh_on`.
    fn refresh_at(&self) -> Option<i64> {
        let absolute = || lifetime::absolute(self.members.get("refresh_on")?, self.reading.sent_at_unix_s);
        self.instant_after("refresh_in").or_else(|| absolute()?.expires_at_unix_s(self.reading.sent_at_unix_s))
    }

    /// The instant so many seconds after the request. Zero, like anything unreadable, is none.
    fn instant_after(&self, name: &str) -> Option<i64> {
        let (lifetime, _) = lifetime::relative(self.members.get(name)?, self.dialect.zero_expires);
        match lifetime {
            Lifetime::Known(1..) => lifetime.expires_at_unix_s(self.reading.sent_at_unix_s),
            _ => None,
        }
    }

    fn issued_token_type(&mut self) -> Option<String> {
        let member = self.members.take("issued_token_type");
        let written = member.as_ref().and_then(Member::text);
        let issued = written.filter(|text| text::is_header_safe(text)).map(str::to_owned);
        if let Some(exchange) = self.reading.exchange {
            let odd = token_exchange::check_issued(issued.as_deref(), exchange.requested_token_type);
            self.warnings.extend(odd);
        }
        issued
    }

    fn remainder(self) -> Result<(Map<String, Value>, Vec<Warning>), Unusable> {
        let Self { members, mut warnings, dialect, .. } = self;
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
        match dialect.strict && !warnings.is_empty() {
            true => Err("a token response that is not as the standard says, read strictly".into()),
            false => Ok((extra, warnings.into_iter().collect())),
        }
    }
}

/// Whether the lifetime is written as the standard says: a JSON number without a fraction.
fn is_whole_number(member: &Member<'_>) -> bool {
    matches!(member, Member::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Three or five parts of base64url: a signed or an encrypted token. Source: RFC 7515 §7.1, RFC 7516 §7.1.
fn is_compact_jose(text: &str) -> bool {
    let parts = text.split('.').count();
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    matches!(parts, 3 | 5) && text.len() <= 64 * 1024 && text.bytes().all(base64url)
}
