//! What each claim of an ID token must say. Source: OpenID Connect Core §3.1.3.7 items 2 to 13, §3.1.3.6, §12.2.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Expectations, IdClaims, wrong};
use crate::crypto;
use crate::error::Error;
use crate::jose::Algorithm;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// Clocks of honest machines differ by this much. Units: seconds.
const TOLERANCE_S: i64 = 60;
/// Source: OpenID Connect Core §2.
const SUBJECT_CHARS: usize = 255;

/// Applies every rule; the first that is broken is the error.
pub(super) fn check(claims: &IdClaims, algorithm: Algorithm, expected: &Expectations<'_>) -> Result<(), Error> {
    issuer(claims, expected)?;
    audience(claims, expected)?;
    subject(claims)?;
    instants(claims, expected.now_unix_s)?;
    sign_in(claims, expected)?;
    nonce(claims, expected)?;
    hash(claims, "at_hash", algorithm, expected.access_token)?;
    hash(claims, "c_hash", algorithm, expected.code)?;
    expected.original.map_or(Ok(()), |original| continuation(claims, original))
}

fn issuer(claims: &IdClaims, expected: &Expectations<'_>) -> Result<(), Error> {
    if expected.issuer.is(&claims.issuer, &claims.all) {
        return Ok(());
    }
    Err(match expected.issuer.differs_by_slash(&claims.issuer) {
        true => wrong("iss", "differs from the configured issuer by a slash at the end")
            .with_hint("write the issuer exactly as its metadata does"),
        false => wrong("iss", "is not the configured issuer"),
    })
}

/// `aud`, and `azp` which says for whom of several the token was made.
fn audience(claims: &IdClaims, expected: &Expectations<'_>) -> Result<(), Error> {
    if !claims.audience.iter().any(|one| one == expected.client_id) {
        return Err(wrong("aud", "does not name this client"));
    }
    match claims.all.get("azp") {
        Some(party) if party.as_str() == Some(expected.client_id) => Ok(()),
        Some(_) => Err(wrong("azp", "names another client")),
        None if claims.audience.len() > 1 => Err(wrong("azp", "is missing, although the token is for several parties")),
        None => Ok(()),
    }
}

fn subject(claims: &IdClaims) -> Result<(), Error> {
    match (1..=SUBJECT_CHARS).contains(&claims.subject.chars().count()) {
        true => Ok(()),
        false => Err(wrong("sub", "is not a name of 1 to 255 characters")),
    }
}

fn instants(claims: &IdClaims, now: i64) -> Result<(), Error> {
    if claims.expires_at_unix_s <= now.saturating_sub(TOLERANCE_S) {
        return Err(wrong("exp", "is in the past").with_hint("sign in again; if it stays, set this machine's clock"));
    }
    let is_future = |instant: i64| instant > now.saturating_add(TOLERANCE_S);
    let future = |claim| Err(wrong(claim, "is in the future").with_hint("set this machine's clock"));
    match claims.not_before_unix_s {
        _ if is_future(claims.issued_at_unix_s) => future("iat"),
        Some(not_before) if is_future(not_before) => future("nbf"),
        _ => Ok(()),
    }
}

/// When the person signed in: not too long ago, if the request set a limit.
fn sign_in(claims: &IdClaims, expected: &Expectations<'_>) -> Result<(), Error> {
    let Some(max_age_s) = expected.max_age_s else { return Ok(()) };
    let Some(signed_in_at) = claims.signed_in_at_unix_s else {
        return Err(wrong("auth_time", "is missing, although the request set a maximum age"));
    };
    let latest = signed_in_at.saturating_add_unsigned(max_age_s).saturating_add(TOLERANCE_S);
    match latest >= expected.now_unix_s {
        true => Ok(()),
        false => Err(wrong("auth_time", "is longer ago than the request allows")),
    }
}

/// The nonce of this sign-in; after a refresh, the first one's or none.
fn nonce(claims: &IdClaims, expected: &Expectations<'_>) -> Result<(), Error> {
    let mismatch = |problem: &str| {
        Err(Error::new(Kind::Protocol, format!("the ID token's claim `nonce` {problem}"))
            .with_reason(Reason::NonceMismatch)
            .with_hint("start the sign-in again"))
    };
    let said = claims.all.get("nonce").map(|nonce| nonce.as_str().unwrap_or_default());
    let original = expected.original.map(|original| original.all.text("nonce"));
    match (original, expected.nonce, said) {
        (Some(_), _, None) | (None, None, None) => Ok(()),
        (None, None, Some(_)) if expected.began_elsewhere => Ok(()),
        (Some(first), _, said) if first == said => Ok(()),
        (None, Some(sent), Some(said)) if same(said, sent.expose()) => Ok(()),
        (None, Some(_), None) => mismatch("is missing"),
        (None, None, Some(_)) => mismatch("stands there, although none was sent"),
        _ => mismatch("belongs to another sign-in"),
    }
}

/// The left half of the hash of what came with the token, where the token has it.
fn hash(claims: &IdClaims, claim: &str, algorithm: Algorithm, of: Option<&Secret>) -> Result<(), Error> {
    let (Some(said), Some(text)) = (claims.all.get(claim), of) else { return Ok(()) };
    match said.as_str().is_some_and(|said| same(said, &left_half(algorithm, text))) {
        true => Ok(()),
        false => Err(wrong(claim, "does not belong to what came with the token")),
    }
}

/// Whether a refreshed token speaks of the same sign-in. Source: OpenID Connect Core §12.2.
fn continuation(claims: &IdClaims, original: &IdClaims) -> Result<(), Error> {
    // Order says nothing in a list of audiences.
    let is_within = |some: &[String], all: &[String]| some.iter().all(|one| all.contains(one));
    let is_same_audience =
        is_within(&claims.audience, &original.audience) && is_within(&original.audience, &claims.audience);
    let is_same_sign_in = match (claims.signed_in_at_unix_s, original.signed_in_at_unix_s) {
        (Some(now), Some(first)) => now == first,
        _ => true,
    };
    let rules = [
        ("iss", claims.issuer == original.issuer),
        ("sub", claims.subject == original.subject),
        ("aud", is_same_audience),
        ("auth_time", is_same_sign_in),
        ("azp", claims.all.get("azp") == original.all.get("azp")),
    ];
    match rules.into_iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((claim, _)) => Err(wrong(claim, "is not that of the first sign-in")),
    }
}

/// `at_hash` of an access token, `c_hash` of a code, under a token signed with `algorithm`: half of a hash, as base64url.
/// Source: OpenID Connect Core §3.1.3.6, §3.3.2.11.
pub fn left_half(algorithm: Algorithm, text: &Secret) -> String {
    let hash = algorithm.hash().of(text.expose().as_bytes());
    URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2])
}

fn same(left: &str, right: &str) -> bool {
    crypto::constant_time_eq(left.as_bytes(), right.as_bytes())
}
