//! Who signed an ID token. Source: OpenID Connect Core §3.1.3.7 items 6 to 8.

use super::{Expectations, Verified, invalid};
use crate::error::Error;
use crate::jose::{Algorithm, Jwks, Jws};

/// The algorithm, if it may sign this client's ID tokens. Checked also where the signature is not, so that a server which
/// sends `none` is noticed at once.
pub(super) fn allowed_algorithm(token: &Jws<'_>, expected: &Expectations<'_>) -> Result<Algorithm, Error> {
    let refuse = |what: &str| Err(invalid(format!("the ID token's `alg` {what}")));
    let Some(algorithm) = token.algorithm() else {
        return refuse("is none of those that prove anything");
    };
    if algorithm.is_hmac() && expected.client_secret.is_none() {
        return refuse("needs a client secret, and this client has none");
    }
    let is_listed = match expected.algorithms {
        [] => algorithm == Algorithm::Rs256,
        listed => listed.contains(&algorithm),
    };
    if !is_listed {
        return refuse(&format!("is {}, which the issuer does not announce", algorithm.name()))
            .map_err(|error| error.with_hint("name the algorithms of ID tokens in the client's settings"));
    }
    Ok(algorithm)
}

/// How far the token is verified before its claims are read.
pub(super) fn check(
    token: &Jws<'_>,
    algorithm: Algorithm,
    expected: &Expectations<'_>,
    jwks: Option<&Jwks>,
) -> Result<Verified, Error> {
    let verified = match (algorithm.is_hmac(), expected.client_secret, jwks) {
        (true, Some(secret), _) => token.is_authentic_under(secret),
        (false, _, Some(jwks)) => {
            let mut candidates = jwks.candidates(token.kid(), algorithm).peekable();
            if candidates.peek().is_none() {
                return Err(invalid("the ID token's `kid` names no key of the issuer"));
            }
            candidates.any(|key| token.is_signed_by(key))
        }
        _ if expected.needs_signature => {
            return Err(invalid("the ID token's signature cannot be checked without the issuer's keys")
                .with_hint("give the address of the issuer's key set"));
        }
        _ => return Ok(Verified::Claims),
    };
    match verified {
        true => Ok(Verified::Signature),
        false => Err(invalid("the ID token's signature is not the issuer's")),
    }
}
