//! How a token is shown to an API. Source: RFC 6750 §2.1, RFC 9449 §7.1.

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use super::dialect::{Placement, TokenUse};
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// Where a token goes in a request, and in what shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// A header field; its value is marked sensitive.
    Header(HeaderName, HeaderValue),
    /// A parameter of the query, not encoded yet.
    Query(String, Secret),
}

/// Puts a token of this type where the API expects it. A DPoP token needs its proof besides.
///
/// Errors: `ConfigInvalid` for a token that was not issued to be shown to an API (`N_A`), and for a profile that names an
/// impossible header.
pub fn carry(token_type: &str, token: &Secret, usage: &TokenUse) -> Result<Carried, Error> {
    if token_type == "N_A" {
        return Err(Error::new(Kind::ConfigInvalid, "the token was not issued for requests to an API")
            .with_hint("exchange it for an access token, or hand it to the program that asked for it"));
    }
    if usage.placement == Placement::Query {
        let name = usage.query_parameter.as_deref().unwrap_or("access_token");
        return Ok(Carried::Query(name.to_owned(), token.clone()));
    }
    let (name, value) = match &usage.header {
        Some(name) => (name.parse().map_err(|_| impossible())?, token.clone()),
        None => {
            let scheme = usage.scheme.as_deref().unwrap_or(token_type);
            (AUTHORIZATION, Secret::new(format!("{scheme} {}", token.expose())))
        }
    };
    let mut value = HeaderValue::from_str(value.expose()).map_err(|_| impossible())?;
    value.set_sensitive(true);
    Ok(Carried::Header(name, value))
}

fn impossible() -> Error {
    Error::new(Kind::ConfigInvalid, "the token, its scheme or its header field cannot stand in a request")
        .with_hint("check the profile's use.scheme and use.header")
}
