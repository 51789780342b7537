//! The claims of an ID token, each of its type.

use std::fmt;

use serde_json::Value;

use super::{invalid, wrong};
use crate::error::Error;
use crate::jose::{Claims, Jws};

/// How far an ID token was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Not at all, or by somebody else.
    Nothing,
    /// Its claims; the connection vouches for where it came from.
    Claims,
    /// Its claims, and a signature by the issuer's key or the client's secret.
    Signature,
}

impl Verified {
    /// Stable name, for stored records.
    pub const fn name(self) -> &'static str {
        match self {
            Verified::Nothing => "nothing",
            Verified::Claims => "claims",
            Verified::Signature => "signature",
        }
    }

    /// The one with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        [Verified::Nothing, Verified::Claims, Verified::Signature].into_iter().find(|one| one.name() == name)
    }
}

/// What an ID token says. Its print shows no value: they are somebody's name and address.
#[derive(Clone, PartialEq)]
pub struct IdClaims {
    /// `iss`, as the token has it.
    pub issuer: String,
    /// `sub`: the person, by the issuer's name for them.
    pub subject: String,
    /// `aud`.
    pub audience: Vec<String>,
    /// `exp`. Units: seconds since 1970-01-01 UTC.
    pub expires_at_unix_s: i64,
    /// `iat`. Units: seconds since 1970-01-01 UTC.
    pub issued_at_unix_s: i64,
    /// `nbf`. Units: seconds since 1970-01-01 UTC.
    pub not_before_unix_s: Option<i64>,
    /// `auth_time`: when the person last signed in. Units: seconds since 1970-01-01 UTC.
    pub signed_in_at_unix_s: Option<i64>,
    /// How far it was checked.
    pub verified: Verified,
    /// Every claim, in the token's order.
    pub all: Claims,
}

impl IdClaims {
    pub(super) fn of(token: &Jws<'_>, verified: Verified) -> Result<Self, Error> {
        let all = token.claims().ok_or_else(|| invalid("the ID token is not a JSON object with each claim once"))?;
        Ok(Self {
            issuer: text(&all, "iss")?,
            subject: text(&all, "sub")?,
            audience: texts(&all, "aud")?,
            expires_at_unix_s: instant(&all, "exp")?.ok_or_else(|| missing("exp"))?,
            issued_at_unix_s: instant(&all, "iat")?.ok_or_else(|| missing("iat"))?,
            not_before_unix_s: instant(&all, "nbf")?,
            signed_in_at_unix_s: instant(&all, "auth_time")?,
            verified,
            all,
        })
    }
}

impl fmt::Debug for IdClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdClaims").field("verified", &self.verified).field("all", &self.all).finish_non_exhaustive()
    }
}

fn missing(claim: &str) -> Error {
    wrong(claim, "is missing")
}

fn text(claims: &Claims, claim: &str) -> Result<String, Error> {
    let value = claims.get(claim).ok_or_else(|| missing(claim))?;
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(claim, "is not a text"))
}

/// A text, or a list of nothing but texts.
fn texts(claims: &Claims, claim: &str) -> Result<Vec<String>, Error> {
    let texts = match claims.get(claim).ok_or_else(|| missing(claim))? {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    texts.ok_or_else(|| wrong(claim, "is neither a text nor a list of texts"))
}

/// A claim that states an instant, in whole seconds; `None` when it is not there.
fn instant(claims: &Claims, claim: &str) -> Result<Option<i64>, Error> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    // A fraction is allowed; what is beyond every clock becomes the last instant of ours.
    let seconds = value.as_i64().or(value.as_f64().map(|seconds| seconds as i64));
    seconds.map(Some).ok_or_else(|| wrong(claim, "is not an instant"))
}
