//! The request to an endpoint: parameters, and the client's proof of who it is. Source: RFC 6749 §2.3.1, §3.2.

use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use url::Url;

use super::client_auth::{ClientAuth, RegisteredClient};
use super::dialect::{BodyFormat, HttpMethod, RequestDialect};
use super::form::{self, Form};
use crate::error::Error;
use crate::transport::{HttpRequest, Method};

/// The HTTP request, with the default limits and connection; the endpoint's own query is kept.
///
/// Errors: `ConfigInvalid` for credentials that the client's method cannot carry.
pub(super) fn build(
    endpoint: &Url,
    client: &RegisteredClient,
    mut form: Form,
    dialect: &RequestDialect,
) -> Result<HttpRequest, Error> {
    let authorization = match client.auth {
        ClientAuth::None if dialect.omit_client_id => None,
        _ => client.authenticate(&mut form)?,
    };
    if dialect.also_client_id && authorization.is_some() {
        form.push("client_id", &client.id);
    }
    let form = form.renamed(&dialect.rename);
    let request = match (dialect.method, dialect.body) {
        (HttpMethod::Get, _) => HttpRequest::new(Method::GET, with_query(endpoint, form.as_str())),
        (HttpMethod::Post, BodyFormat::Form) => HttpRequest::new(Method::POST, endpoint.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .body(form.as_str()),
        (HttpMethod::Post, BodyFormat::Json) => HttpRequest::new(Method::POST, endpoint.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(form.to_json().to_string()),
    };
    // Without `Accept`, some servers answer form-encoded.
    let request = request.header(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(match authorization {
        Some(value) => request.secret_header(AUTHORIZATION, value),
        None => request,
    })
}

/// `url` for a browser, with these parameters behind its own query.
pub(super) fn in_browser(url: &Url, parameters: &Form) -> Url {
    let encoded: Vec<String> = parameters
        .pairs()
        .map(|(name, value)| format!("{}={}", form::encode_query(&name), form::encode_query(&value)))
        .collect();
    with_query(url, &encoded.join("&"))
}

/// `url` with these parameters behind its own query.
pub(super) fn with_query(url: &Url, parameters: &str) -> Url {
    let mut url = url.clone();
    let query = match url.query().unwrap_or_default() {
        "" => parameters.to_owned(),
        own if own.ends_with('&') => format!("{own}{parameters}"),
        own => format!("{own}&{parameters}"),
    };
    url.set_query((!query.is_empty()).then_some(&query));
    url
}
