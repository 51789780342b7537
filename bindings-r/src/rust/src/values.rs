//! What R users get: lists of the shapes that rstudioapi's functions return.

use std::ffi::{c_char, c_int};

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{AzureToken, Credentials, Detection, Error, IdentityToken, Integration, Kind, Secret};

use crate::boundary::no_object;
use crate::json;

type Made = Result<Robj, Error>;

/// A named list with a class, from members in order. The second class is what a plain list has, so that code which
/// dispatches on it (`jsonlite::toJSON`) goes on working.
pub fn record(members: Vec<(&str, Robj)>, class: &str) -> Made {
    let mut list = named_list(members)?;
    list.set_class([class, "list"]).map_err(no_object)?;
    Ok(list)
}

/// A named list, from members in order.
pub fn named_list(members: Vec<(&str, Robj)>) -> Made {
    let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    List::from_names_and_values(names, values).map(List::into_robj).map_err(no_object)
}

/// Header fields or parameters as a named character vector.
pub fn pairs(pairs: &[(String, Secret)]) -> Made {
    let (names, texts): (Vec<&str>, Vec<&str>) =
        pairs.iter().map(|(name, text)| (name.as_str(), text.expose())).unzip();
    let mut vector = Robj::from(texts);
    vector.set_names(names).map_err(no_object)?;
    Ok(vector)
}

/// A time in R's own form. Shape: `POSIXct` in UTC, `NA` when unknown.
pub fn time(unix_s: Option<i64>) -> Made {
    let seconds = unix_s.map_or_else(Rfloat::na, |seconds| Rfloat::from(seconds as f64));
    let mut time = Doubles::from_values([seconds]);
    time.set_class(["POSIXct", "POSIXt"]).map_err(no_object)?;
    time.set_attrib("tzone", "UTC").map_err(no_object)?;
    Ok(time.into_robj())
}

/// A text, or `NULL`.
pub fn optional(text: Option<&str>) -> Robj {
    text.map_or_else(Robj::default, json::string)
}

#[expect(improper_ctypes, reason = "extendr declares R's objects as a type of unknown size; only pointers to it pass")]
unsafe extern "C" {
    /// `entrypoint.c`.
    fn tokcore_r_make_credentials(token: *const c_char, length: c_int, expiry: f64, audience: SEXP) -> SEXP;
}

/// The list of `getOAuthCredentials()`. Shape: `audience` is a character vector of length one.
///
/// The one value that is made in C: programs ask for it before each request.
pub fn oauth_credentials(credentials: &Credentials, audience: SEXP) -> Made {
    let token = credentials.access_token().expose();
    let too_long = |_| Error::new(Kind::Protocol, "the token is longer than a string of R can be");
    let length = c_int::try_from(token.len()).map_err(too_long)?;
    let expiry = credentials.expires_at_unix_s().map_or(f64::NEG_INFINITY, |seconds| seconds as f64);
    // SAFETY: `token` is text of that length without a NUL, which core does not let through; `audience` is alive and was
    // checked. This is R's thread, and `from_sexp` protects the list before anything else allocates.
    Ok(unsafe { Robj::from_sexp(tokcore_r_make_credentials(token.as_ptr().cast(), length, expiry, audience)) })
}

/// The list of `tok_credentials()`.
pub fn credentials(credentials: &Credentials) -> Made {
    record(
        vec![
            ("access_token", Robj::from(credentials.access_token().expose())),
            ("token_type", Robj::from(credentials.token_type())),
            ("expiry", time(credentials.expires_at_unix_s())?),
            ("integration_id", optional(credentials.integration_id())),
            ("backend", Robj::from(credentials.backend().name())),
        ],
        "tokcore_credentials",
    )
}

/// The list of `getIdentityToken()`.
pub fn identity_token(token: &IdentityToken) -> Made {
    record(
        vec![("token", Robj::from(token.token.expose())), ("expiry", time(token.expires_at_unix_s)?)],
        "tokcore_credentials",
    )
}

/// The list of `getDelegatedAzureToken()`; `expires_at` counts seconds, as in the SDK.
pub fn azure_token(token: &AzureToken) -> Made {
    let mut members = vec![
        ("access_token", Robj::from(token.access_token.expose())),
        ("token_type", json::string(&token.token_type)),
    ];
    if let Some(scope) = &token.scope {
        members.push(("scope", json::string(scope)));
    }
    if let Some(seconds) = token.expires_at_unix_s {
        members.push(("expires_at", Robj::from(seconds as f64)));
    }
    record(members, "tokcore_credentials")
}

/// One integration: the documented members in their documented order, absent ones left out, then what else the server
/// sent.
pub fn integration(integration: &Integration) -> Made {
    let text = |name, value: &Option<String>| value.as_deref().map(|value| (name, json::string(value)));
    let scopes = List::from_values(integration.scopes.iter().map(|scope| json::string(scope)).collect::<Vec<_>>());
    let mut members: Vec<(&str, Robj)> = [
        text("type", &integration.provider_type),
        text("name", &integration.name),
        text("display_name", &integration.display_name),
        text("client_id", &integration.client_id),
        text("auth_url", &integration.auth_url),
        text("token_url", &integration.token_url),
        Some(("scopes", scopes.into_robj())),
        text("issuer", &integration.issuer),
        integration.authenticated.map(|flag| ("authenticated", Robj::from(flag))),
        text("guid", &integration.guid),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (name, value) in &integration.raw {
        if !DOCUMENTED.contains(&name.as_str()) {
            members.push((name, json::value(value)?));
        }
    }
    record(members, "tokcore_integration")
}

/// Members of an integration that have a place of their own.
const DOCUMENTED: [&str; 10] =
    ["type", "name", "display_name", "client_id", "auth_url", "token_url", "scopes", "issuer", "authenticated", "guid"];

/// The list of `getOAuthIntegrations()`.
pub fn integrations(integrations: &[Integration]) -> Made {
    let items = integrations.iter().map(integration).collect::<Result<Vec<_>, _>>()?;
    let mut list = List::from_values(items);
    list.set_class(["tokcore_integrations", "list"]).map_err(no_object)?;
    Ok(list.into_robj())
}

/// The list of `tok_detect()`.
pub fn detection(detection: &Detection) -> Made {
    let choice = detection.outcome.as_ref().ok();
    let subject = choice.and_then(|choice| choice.subject).map(|subject| subject.name());
    let column = |of: fn(&tokcore::Attempt) -> &str| detection.tests.iter().map(of).collect::<Vec<_>>();
    record(
        vec![
            ("backend", optional(choice.map(|choice| choice.backend.name()))),
            ("subject", optional(subject)),
            ("rule", Robj::from(detection.rule)),
            ("problem", optional(detection.outcome.as_ref().err().map(Error::message))),
            ("next_step", optional(detection.outcome.as_ref().err().map(Error::hint))),
            ("source", Robj::from(column(|test| &test.source))),
            ("outcome", Robj::from(column(|test| &test.outcome))),
            ("warnings", Robj::from(detection.warnings.iter().map(String::as_str).collect::<Vec<_>>())),
        ],
        "tokcore_detection",
    )
}
