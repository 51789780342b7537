//! A signed statement in exchange for a token. Source: RFC 7523 §2.1, §3.
//!
//! Signed anew for every attempt and never stored: a second use of the same `jti` is a replay to the server.

use crate::error::Error;
use crate::jose::{Algorithm, Claims, SigningKey, jws};
use crate::kinds::Kind;
use crate::secret::Secret;

/// The value of `grant_type`.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Time for a slow network and a clock that is a little off.
pub const DEFAULT_LIFETIME_S: u64 = 300;
/// Longer assertions are refused by a large provider; shortening one harms nobody, because none is used twice.
pub const LONGEST_LIFETIME_S: u64 = 3600;

/// What goes into one assertion of the grant.
#[derive(Clone, Debug)]
pub struct BearerAssertion<'a> {
    /// `iss`: who says it.
    pub issuer: Option<&'a str>,
    /// `sub`: about whom. The RFC demands one; some servers want none when the issuer speaks for itself.
    pub subject: Option<&'a str>,
    /// `aud`: whom it is for. There is no safe default: some want the token endpoint, most the issuer.
    pub audience: Option<&'a str>,
    /// The server's time, as far as it is known ([`super::clock`]). Units: seconds since 1970-01-01 UTC.
    pub now_unix_s: i64,
    /// `jti` ([`super::client_assertion::fresh_id`]).
    pub id: &'a str,
    /// How long it lasts. Units: seconds; more than 3600 counts as 3600.
    pub lifetime_s: u64,
    /// Whether `nbf` is said too; a server whose clock is behind would refuse it.
    pub not_before: bool,
    /// The caller's own claims, which replace ours member by member; `null` leaves a member out.
    pub claims: &'a Claims,
    /// Additional header members; `typ` replaces ours, `null` leaves it out.
    pub header: &'a Claims,
    /// The order of the claims, as far as it matters to anybody; others follow.
    pub order: &'a [String],
}

impl BearerAssertion<'_> {
    /// The claims, in the order in which they are signed.
    ///
    /// Errors: `ConfigInvalid` when nobody says `iss` or `aud`.
    pub fn claims(&self) -> Result<Claims, Error> {
        let mut claims = Claims::new();
        let said = [("iss", self.issuer), ("sub", self.subject), ("aud", self.audience)];
        for (name, text) in said.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            claims.set(name, text);
        }
        let lifetime_s = self.lifetime_s.clamp(1, LONGEST_LIFETIME_S);
        claims.set("iat", self.now_unix_s);
        claims.set("exp", self.now_unix_s.saturating_add_unsigned(lifetime_s));
        claims.set("jti", self.id);
        if self.not_before {
            claims.set("nbf", self.now_unix_s);
        }
        claims.merge(self.claims);
        cap_expiry(&mut claims, self.now_unix_s);
        match ["iss", "aud"].into_iter().find(|name| claims.get(name).is_none()) {
            None => Ok(claims.in_order(self.order)),
            Some(missing) => Err(Error::new(Kind::ConfigInvalid, format!("the assertion has no `{missing}` claim"))
                .with_hint("name the issuer and the audience that the provider asks for, often its token endpoint")),
        }
    }

    /// The signed assertion.
    ///
    /// Errors: `ConfigInvalid`, with reason `Crypto` when the key cannot sign so.
    pub fn sign(&self, key: &SigningKey, algorithm: Option<Algorithm>) -> Result<Secret, Error> {
        self.sign_claims(&self.claims()?, key, algorithm)
    }

    /// The same with claims that [`BearerAssertion::claims`] gave. Errors: as [`BearerAssertion::sign`].
    pub(crate) fn sign_claims(
        &self,
        claims: &Claims,
        key: &SigningKey,
        algorithm: Option<Algorithm>,
    ) -> Result<Secret, Error> {
        let mut header = Claims::new().with("typ", "JWT");
        header.merge(self.header);
        jws::sign_claims(key, algorithm, &header, claims)
    }
}

/// Holds a caller's own `exp` to the cap as well, counted from the `iat` that is said with it.
fn cap_expiry(claims: &mut Claims, now_unix_s: i64) {
    let seconds = |name| claims.get(name).and_then(serde_json::Value::as_i64);
    let latest = seconds("iat").unwrap_or(now_unix_s).saturating_add_unsigned(LONGEST_LIFETIME_S);
    if seconds("exp").is_some_and(|expiry| expiry > latest) {
        claims.set("exp", latest);
    }
}

/// What the token request sends as `assertion`.
#[derive(Clone, Debug)]
pub enum Assertion<'a> {
    /// Made by somebody else, such as a hardware module; sent as it is.
    Ready(&'a Secret),
    /// Signed here, with the key's usual algorithm unless one is named.
    Signed(BearerAssertion<'a>, &'a SigningKey, Option<Algorithm>),
}

impl Assertion<'_> {
    /// The text. Errors: as [`BearerAssertion::sign`].
    pub fn text(&self) -> Result<Secret, Error> {
        match self {
            Assertion::Ready(text) => Ok((*text).clone()),
            Assertion::Signed(assertion, key, algorithm) => assertion.sign(key, *algorithm),
        }
    }
}
