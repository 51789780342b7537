//! Asking the server about a token. Source: RFC 7662.

use serde_json::{Map, Value};
use url::Url;

use super::client_auth::RegisteredClient;
use super::dialect::Dialect;
use super::endpoint_failure::EndpointFailure;
use super::endpoint_request;
use super::endpoint_response::{self, Rules};
use super::form::Form;
use super::members::{Member, Members};
use super::revocation::TokenHint;
use super::scope;
use super::token_response::Reading;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::transport::{HttpRequest, HttpResponse};

/// How long an answer may be kept: a token can be revoked at any moment. Units: seconds.
pub const LONGEST_CACHE_S: u64 = 60;

const ENDPOINT: &str = "the introspection endpoint";

/// A question about a token.
#[derive(Clone, Debug)]
pub struct IntrospectionRequest<'a> {
    /// The introspection endpoint, whose own query is kept.
    pub endpoint: &'a Url,
    /// Who asks.
    pub client: &'a RegisteredClient,
    /// The token.
    pub token: &'a Secret,
    /// What it is, if that is known.
    pub hint: Option<TokenHint>,
    /// How the provider departs from the RFC.
    pub dialect: &'a Dialect,
}

impl IntrospectionRequest<'_> {
    /// The HTTP request. Errors: `ConfigInvalid` for credentials that the chosen method cannot carry.
    pub fn to_http(&self) -> Result<HttpRequest, Error> {
        let mut form = Form::default();
        form.push("token", self.token.expose());
        form.push("token_type_hint", self.hint.map_or("", TokenHint::name));
        endpoint_request::build(self.endpoint, self.client, form, &self.dialect.request)
    }

    /// Every secret in the request, so that an error which quotes one of them can be masked.
    pub fn secrets(&self) -> Vec<&Secret> {
        [Some(self.token), self.client.secret()].into_iter().flatten().collect()
    }
}

/// What the server says about a token.
#[derive(Clone, Debug, PartialEq)]
pub enum Introspection {
    /// It is of no use: expired, revoked, or never issued. Nothing else in the answer is believed.
    Inactive,
    /// It is good at this moment.
    Active(Box<ActiveToken>),
}

/// A token that is good at this moment. Texts are the server's own; they are not fit to be shown unchecked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActiveToken {
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// The client that it was issued to.
    pub client_id: Option<String>,
    /// The person, as people call them.
    pub username: Option<String>,
    /// `Bearer`, `DPoP`, …, as the server writes it.
    pub token_type: Option<String>,
    /// When it expires. Units: seconds since 1970-01-01 UTC.
    pub expires_at_unix_s: Option<i64>,
    /// When it was issued. Units: seconds since 1970-01-01 UTC.
    pub issued_at_unix_s: Option<i64>,
    /// From when on it is good. Units: seconds since 1970-01-01 UTC.
    pub not_before_unix_s: Option<i64>,
    /// The person, as the server calls them.
    pub subject: Option<String>,
    /// Whom it is for.
    pub audience: Vec<String>,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Its number.
    pub jwt_id: Option<String>,
    /// The other members, as they came.
    pub extra: Map<String, Value>,
}

impl ActiveToken {
    /// All members by their registered names, as they were understood.
    pub fn to_json(&self) -> Map<String, Value> {
        let texts = [
            ("client_id", &self.client_id),
            ("username", &self.username),
            ("token_type", &self.token_type),
            ("sub", &self.subject),
            ("iss", &self.issuer),
            ("jti", &self.jwt_id),
        ];
        let times = [("exp", self.expires_at_unix_s), ("iat", self.issued_at_unix_s), ("nbf", self.not_before_unix_s)];
        let scope = (!self.scopes.is_empty()).then(|| Value::from(self.scopes.join(" ")));
        let audience = (!self.audience.is_empty()).then(|| Value::from(self.audience.clone()));
        let mut members = self.extra.clone();
        members.insert("active".into(), true.into());
        members.extend([("scope", scope), ("aud", audience)].into_iter().filter_map(named));
        members.extend(texts.map(|(name, text)| (name, text.clone().map(Value::from))).into_iter().filter_map(named));
        members.extend(times.map(|(name, time)| (name, time.map(Value::from))).into_iter().filter_map(named));
        members
    }
}

fn named((name, value): (&str, Option<Value>)) -> Option<(String, Value)> {
    value.map(|value| (name.to_owned(), value))
}

/// What an active token must be; what is `None` is not compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expectation<'a> {
    /// Who must have issued it.
    pub issuer: Option<&'a str>,
    /// Whom it must be for.
    pub audience: Option<&'a str>,
}

/// Reads the introspection endpoint's answer. Of `reading`, the dialect, the instant and the secrets count.
///
/// Strict where a decision hangs on it: an answer that does not say plainly whether the token is good says nothing.
///
/// Errors: as of every endpoint; `Protocol` for an active token of another issuer or audience.
pub fn read(
    response: &HttpResponse,
    reading: &Reading<'_>,
    expected: &Expectation<'_>,
) -> Result<Introspection, Error> {
    let rules = Rules {
        dialect: reading.dialect,
        sent_at_unix_s: reading.sent_at_unix_s,
        secrets: &reading.secrets,
        success: &[200],
    };
    let introspection = endpoint_response::read(response, &rules)
        .and_then(|members| interpret(members).map_err(|answer| EndpointFailure::malformed(answer, response)))
        .map_err(|failure| failure.into_error(ENDPOINT))?;
    match &introspection {
        Introspection::Active(token) => token.check(expected).map(|()| introspection),
        Introspection::Inactive => Ok(introspection),
    }
}

fn interpret(mut members: Members<'_>) -> Result<Introspection, &'static str> {
    match members.take("active") {
        Some(Member::Other("true")) => {}
        Some(Member::Other("false")) => return Ok(Introspection::Inactive),
        _ => return Err("no plain yes or no"),
    }
    let scopes = members.take("scope").as_ref().and_then(Member::text).map(|text| {
        let (scopes, _) = scope::split(text, 1);
        scopes
    });
    Ok(Introspection::Active(Box::new(ActiveToken {
        scopes: scopes.unwrap_or_default(),
        client_id: text(&mut members, "client_id"),
        username: text(&mut members, "username"),
        token_type: text(&mut members, "token_type"),
        expires_at_unix_s: instant(&mut members, "exp")?,
        issued_at_unix_s: instant(&mut members, "iat")?,
        not_before_unix_s: instant(&mut members, "nbf")?,
        subject: text(&mut members, "sub"),
        audience: audience(&mut members),
        issuer: text(&mut members, "iss"),
        jwt_id: text(&mut members, "jti"),
        extra: members.rest().filter_map(|(name, member)| Some((name, member.to_json()?))).collect(),
    })))
}

fn text(members: &mut Members<'_>, name: &str) -> Option<String> {
    members.take(name)?.text().map(str::to_owned)
}

/// An instant that cannot be read must not pass for one that was not given: the token would never end.
fn instant(members: &mut Members<'_>, name: &str) -> Result<Option<i64>, &'static str> {
    match members.take(name) {
        None | Some(Member::Null) => Ok(None),
        Some(Member::Number(digits)) => digits.parse().map(Some).map_err(|_| "an instant that is no whole number"),
        Some(_) => Err("an instant that is no whole number"),
    }
}

/// One text, or a list of texts. Source: RFC 7519 §4.1.3.
fn audience(members: &mut Members<'_>) -> Vec<String> {
    match members.take("aud").and_then(|member| member.to_json()) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

impl ActiveToken {
    fn check(&self, expected: &Expectation<'_>) -> Result<(), Error> {
        if expected.issuer.is_some_and(|issuer| self.issuer.as_deref().is_some_and(|said| said != issuer)) {
            return Err(Error::new(Kind::Protocol, "the token was issued by another issuer")
                .with_reason(Reason::IssuerMismatch)
                .with_hint("ask the issuer that the token is from"));
        }
        let is_for = |audience: &str| self.audience.is_empty() || self.audience.iter().any(|said| said == audience);
        match expected.audience.is_none_or(is_for) {
            true => Ok(()),
            false => Err(Error::new(Kind::Denied, "the token is meant for another audience")
                .with_hint("use a token that was asked for with this audience")),
        }
    }
}
