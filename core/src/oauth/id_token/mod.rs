//! Whether an ID token says what it must. Source: OpenID Connect Core §3.1.3.7, §3.1.3.6, §12.2; RFC 8725.
//!
//! [`check`] is the whole of it: the signature first, as far as keys are at hand, then each claim. Delivery from the token
//! endpoint over TLS makes the signature optional, never the claims.

mod claims;
mod issuer;
mod rules;
mod signature;

pub use claims::{IdClaims, Verified};
pub use issuer::ExpectedIssuer;
pub use rules::left_half;

use crate::error::Error;
use crate::jose::{Algorithm, Jwks, Jws};
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// What is known about the sign-in, and so must stand in its ID token.
#[derive(Clone, Debug)]
pub struct Expectations<'a> {
    /// Who must have issued it.
    pub issuer: ExpectedIssuer<'a>,
    /// Whom it must be for.
    pub client_id: &'a str,
    /// The server's time, as far as it is known ([`super::clock`]). Units: seconds since 1970-01-01 UTC.
    pub now_unix_s: i64,
    /// The nonce that the authorization request carried; without one, the token must not have one either.
    pub nonce: Option<&'a Secret>,
    /// Whether the sign-in was somebody else's, so that its nonce is not known: of a refresh token from elsewhere.
    pub began_elsewhere: bool,
    /// `max_age` of the authorization request. Units: seconds.
    pub max_age_s: Option<u64>,
    /// The access token that came with it, for `at_hash`.
    pub access_token: Option<&'a Secret>,
    /// The code that it was redeemed for, for `c_hash`.
    pub code: Option<&'a Secret>,
    /// Algorithms that the issuer may sign with, by its metadata. Empty means RS256, as the specification says.
    pub algorithms: &'a [Algorithm],
    /// The client's secret, if it has one: only then may the token carry an HMAC.
    pub client_secret: Option<&'a Secret>,
    /// What the first ID token of this grant said, when this one came with a refresh.
    pub original: Option<&'a IdClaims>,
    /// Whether a token whose signature was not checked is refused.
    pub needs_signature: bool,
}

impl<'a> Expectations<'a> {
    /// The least that is known of a sign-in.
    pub fn new(issuer: ExpectedIssuer<'a>, client_id: &'a str, now_unix_s: i64) -> Self {
        Self {
            issuer,
            client_id,
            now_unix_s,
            nonce: None,
            began_elsewhere: false,
            max_age_s: None,
            access_token: None,
            code: None,
            algorithms: &[],
            client_secret: None,
            original: None,
            needs_signature: false,
        }
    }
}

/// Checks an ID token.
///
/// `jwks`: the issuer's keys, when they are at hand. With them, a token that none of them signed is refused; ask
/// [`names_unknown_key`] before, because a key may be newer than the copy of the set.
///
/// Errors: `Protocol` with reason `IdTokenInvalid`, or `NonceMismatch` for the claim `nonce`; the message names the claim.
pub fn check(id_token: &Secret, expected: &Expectations<'_>, jwks: Option<&Jwks>) -> Result<IdClaims, Error> {
    let token = signed(id_token)?;
    let algorithm = signature::allowed_algorithm(&token, expected)?;
    let verified = signature::check(&token, algorithm, expected, jwks)?;
    let claims = IdClaims::of(&token, verified)?;
    rules::check(&claims, algorithm, expected)?;
    Ok(claims)
}

/// What an ID token says, believed as it stands: for one that was checked when it came and was kept since, such as the
/// [`Expectations::original`] of a refresh.
///
/// Errors: `Protocol` with reason `IdTokenInvalid` when it cannot be read.
pub fn read_unchecked(id_token: &Secret) -> Result<IdClaims, Error> {
    IdClaims::of(&signed(id_token)?, Verified::Nothing)
}

fn signed(id_token: &Secret) -> Result<Jws<'_>, Error> {
    if is_encrypted(id_token) {
        return Err(invalid("the ID token is encrypted, which tokcore cannot read")
            .with_hint("register the client for signed, unencrypted ID tokens"));
    }
    Jws::read(id_token.expose()).map_err(|why| invalid(format!("the ID token cannot be read: {why}")))
}

/// Whether the token was signed by a key that is not in this copy of the issuer's set, so that fetching the set again may
/// help. Fetch it once, and not more often than every five minutes: anybody can write a key's name into a token.
pub fn names_unknown_key(id_token: &Secret, jwks: &Jwks) -> bool {
    let Ok(token) = Jws::read(id_token.expose()) else { return false };
    let Some(algorithm) = token.algorithm().filter(|algorithm| !algorithm.is_hmac()) else { return false };
    jwks.candidates(token.kid(), algorithm).next().is_none()
}

/// Whether it is five parts: encrypted, and opaque to us. Source: RFC 7516 §7.1.
pub fn is_encrypted(id_token: &Secret) -> bool {
    id_token.expose().split('.').count() == 5
}

/// What is told about a person is about another one than the ID token. Source: OpenID Connect Core §5.3.2.
pub(crate) fn invalid_subject() -> Error {
    invalid("the userinfo endpoint tells of another person (sub) than the ID token")
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Kind::Protocol, message).with_reason(Reason::IdTokenInvalid).with_hint("sign in again")
}

/// The claim is missing, or does not say what it must.
fn wrong(claim: &str, problem: &str) -> Error {
    invalid(format!("the ID token's claim `{claim}` {problem}"))
}
