//! The parts of a sign-in, and signed statements, for those who put their own together.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::jose::{Claims, SigningKey};
use tokcore::{Error, building_blocks};

use super::client::request;
use super::{handle, settings};
use crate::boundary::answer;
use crate::interrupt::User;
use crate::{arguments, json, values};

/// `oauth_flow_auth_code_pkce()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_pkce(verifier: SEXP) -> SEXP {
    answer(|| {
        let pkce = match arguments::optional_secret("verifier", verifier)? {
            Some(verifier) => building_blocks::pkce_of(&verifier)?,
            None => building_blocks::pkce()?,
        };
        values::named_list(vec![
            ("verifier", json::string(pkce.verifier.expose())),
            ("method", Robj::from(building_blocks::PKCE_METHOD)),
            ("challenge", json::string(&pkce.challenge)),
        ])
    })
}

/// A fresh state or nonce.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_one_time_text() -> SEXP {
    answer(|| Ok(json::string(building_blocks::one_time_text()?.expose())))
}

/// `oauth_flow_auth_code_url()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_authorization_url(
    client: SEXP,
    wanted: SEXP,
    redirect_uri: SEXP,
    state: SEXP,
    verifier: SEXP,
) -> SEXP {
    answer(|| {
        let (client, request) = (handle::client(client)?, request(wanted)?);
        let (redirect_uri, state) =
            (arguments::text("redirect_uri", redirect_uri)?, arguments::secret("state", state)?);
        let verifier = arguments::optional_secret("verifier", verifier)?;
        let url =
            building_blocks::authorization_url(&client, request, &redirect_uri, &state, verifier.as_ref(), &User)?;
        Ok(json::string(&url))
    })
}

/// `oauth_flow_auth_code_listen()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_listen(redirect_uri: SEXP, state: SEXP, timeout_s: SEXP) -> SEXP {
    answer(|| {
        let (redirect_uri, state) =
            (arguments::text("redirect_uri", redirect_uri)?, arguments::secret("state", state)?);
        let timeout = arguments::seconds("timeout", timeout_s)?;
        let code = building_blocks::listen(&redirect_uri, &state, timeout, &User)?;
        values::named_list(vec![("code", json::string(code.expose())), ("state", json::string(state.expose()))])
    })
}

/// `oauth_flow_auth_code_parse()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_parse_redirect(query: SEXP, state: SEXP) -> SEXP {
    answer(|| {
        let (query, state) = (arguments::secret("query", query)?, arguments::secret("state", state)?);
        Ok(json::string(building_blocks::parse_redirect(query.expose(), &state)?.expose()))
    })
}

/// `oauth_redirect_uri()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_default_redirect_uri() -> SEXP {
    answer(|| Ok(json::string(&building_blocks::default_redirect_uri()?)))
}

/// `jwt_encode_sig()` and `jwt_encode_hmac()`: `key` is a private key, or a secret when `is_secret`. `size`, the number of
/// the hash, picks the algorithm of that kind of key.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_jwt_encode(claim: SEXP, header: SEXP, key: SEXP, is_secret: SEXP, size: SEXP) -> SEXP {
    answer(|| {
        let text = arguments::secret("key", key)?;
        let key = match arguments::flag("is_secret", is_secret)? {
            true => SigningKey::from_client_secret(text, true),
            false => building_blocks::signing_key(&text, None, None)?,
        };
        let algorithm = algorithm(&key, arguments::number("size", size)? as i64)?;
        let (claim, header) = (claims("claim", claim)?, claims("header", header)?);
        Ok(json::string(building_blocks::jwt_encode(&claim, &header, &key, Some(&algorithm))?.expose()))
    })
}

/// `signing_alg` for a key and httr2's `size`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_algorithm(key: SEXP, size: SEXP) -> SEXP {
    answer(|| {
        let key = building_blocks::signing_key(&arguments::secret("key", key)?, None, None)?;
        Ok(Robj::from(algorithm(&key, arguments::number("size", size)? as i64)?))
    })
}

/// `RS256` with another size is `RS384`; a key whose algorithm has no number, such as Ed25519, has no size to choose.
fn algorithm(key: &SigningKey, size: i64) -> Result<String, Error> {
    let usual = key.choose(None)?.name();
    let family = usual.trim_end_matches(|digit: char| digit.is_ascii_digit());
    Ok(if family == usual { usual.to_owned() } else { format!("{family}{size}") })
}

/// A list as claims, in its order.
fn claims(name: &str, value: SEXP) -> Result<Claims, Error> {
    settings::settings(name, value)?.into_claims()
}
