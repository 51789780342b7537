//! Tokens as R shows them: members by name, in the clear for programs and redacted for people.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use serde_json::{Map, Value};
use tokcore::{Error, SharedToken, Token};

use super::{handle, settings};
use crate::boundary::answer;
use crate::{arguments, json, values};

/// What stands in a secret's place.
const REDACTED: &str = "<REDACTED>";

/// An object of class `tokcore_token`.
pub fn object(token: SharedToken) -> Result<Robj, Error> {
    handle::make(token, "tokcore_token")
}

/// The members that are there, in the order in which they are shown.
fn members(token: &Token, reveal: bool) -> Result<Vec<(&str, Robj)>, Error> {
    let text = |text: &str| Some(json::string(text));
    let secret = |secret: &tokcore::Secret| Some(json::string(if reveal { secret.expose() } else { REDACTED }));
    let words = |words: &[String]| (!words.is_empty()).then(|| json::string(&words.join(" ")));
    let time = |unix_s: Option<i64>| unix_s.map(|at| values::time(Some(at))).transpose();
    let origin = token.origin();
    let warnings: Vec<_> = token.warnings().iter().map(|warning| warning.slug()).collect();
    let own = [
        ("token_type", text(token.token_type().name())),
        ("access_token", secret(token.access_token())),
        ("expires_at", time(token.expires_at_unix_s())?),
        ("scope", words(token.scopes())),
        ("refresh_token", token.refresh_token().and_then(secret)),
        ("refresh_expires_at", time(token.refresh_expires_at_unix_s())?),
        ("id_token", token.id_token().and_then(secret)),
        ("id_claims", token.id_claims().map(|claims| claims_object(claims.all.iter())).transpose()?),
        ("account", token.account().and_then(text)),
        ("issued_token_type", token.issued_token_type().and_then(text)),
        ("issuer", origin.issuer.as_deref().and_then(text)),
        ("resource", words(&origin.resource)),
        ("audience", words(&origin.audience)),
        ("grant", (!origin.grant.is_empty()).then(|| json::string(&origin.grant))),
        ("warnings", (!warnings.is_empty()).then(|| Robj::from(warnings))),
    ];
    let mut members: Vec<_> = own.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    for (name, value) in token.extra() {
        // The server's members never take the place of tokcore's.
        if !members.iter().any(|(known, _)| known == name) {
            let shown = if reveal { value.clone() } else { redacted(name, value) };
            members.push((name, json::value(&shown)?));
        }
    }
    Ok(members)
}

fn claims_object<'a>(claims: impl Iterator<Item = (&'a str, &'a Value)>) -> Result<Robj, Error> {
    json::object(&claims.map(|(name, value)| (name.to_owned(), value.clone())).collect())
}

/// The value without what its name, or the name of a part, says is secret.
fn redacted(name: &str, value: &Value) -> Value {
    match value {
        _ if Token::is_secret_member(name) => Value::from(REDACTED),
        Value::Object(parts) => Value::Object(
            parts.iter().map(|(name, value)| (name.clone(), redacted(name, value))).collect::<Map<_, _>>(),
        ),
        Value::Array(items) => items.iter().map(|item| redacted("", item)).collect(),
        other => other.clone(),
    }
}

/// `oauth_token(...)`: `now` counts seconds since 1970.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_new_token(given: SEXP, now: SEXP) -> SEXP {
    answer(|| {
        let now = arguments::number("date", now)?;
        object(SharedToken::new(Token::from_settings(settings::settings("token", given)?, now as i64)?))
    })
}

/// One member in the clear; `NULL` when it is not there.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_token_member(token: SEXP, name: SEXP) -> SEXP {
    answer(|| {
        let (token, name) = (handle::token(token)?, arguments::text("name", name)?);
        let found = members(&token, true)?.into_iter().find(|(known, _)| *known == name);
        Ok(found.map(|(_, value)| value).unwrap_or_default())
    })
}

/// All members as a named list.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_token_members(token: SEXP, reveal: SEXP) -> SEXP {
    answer(|| {
        let token = handle::token(token)?;
        values::named_list(members(&token, arguments::flag("reveal", reveal)?)?)
    })
}

/// The value of the `Authorization` header.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_authorization(token: SEXP) -> SEXP {
    answer(|| Ok(json::string(handle::token(token)?.authorization()?.expose())))
}
