//! The answers of the RPC endpoints: bodies, statuses and the headers that all of them carry.
//!
//! Bodies are flat, and no success body holds a key that begins like one of the clients' own: R's `$` matches prefixes.
//! Source: specs/workbench.md §1.7, §1.9.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cookie::Rejection;

/// Tells tokcore's own client where people sign in. Other clients ignore it.
pub const PUBLIC_URL: HeaderName = HeaderName::from_static("tokcore-public-url");

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// The GET form makes answers cacheable by address alone in a naive shared cache, so this is a defence, not a nicety.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const VARY: HeaderValue = HeaderValue::from_static("X-RS-Session-Server-RPC-Cookie");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

/// Stands for "unknown". Later years overflow in some clients' time zones or nanosecond counters.
const UNKNOWN_EXPIRY: &str = "2200-01-01T00:00:00Z";
const UNKNOWN_EXPIRY_UNIX_S: i64 = 7_258_118_400;

/// One answer, before the common headers.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    body: Bytes,
    retry_after: Option<Duration>,
}

impl Reply {
    /// A token answer that was built when the token came: see [`token_body`].
    pub fn token(body: Bytes) -> Self {
        Self { status: StatusCode::OK, body, retry_after: None }
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Self {
        // These bodies are maps of texts and booleans, which always serialize.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, body: body.into(), retry_after: None }
    }

    fn error(status: StatusCode, error: &str) -> Self {
        Self::json(status, &ErrorBody { error })
    }

    fn after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// The list of integrations.
    pub fn integrations(list: &[IntegrationBody<'_>]) -> Self {
        let providers = [Provider { kind: "custom", integrations: list }];
        Self::json(StatusCode::OK, &Providers { providers: if list.is_empty() { &[] } else { &providers } })
    }

    /// Never signed in, or signed out: Python gives `None`, R stops with the text.
    pub fn not_signed_in(name: &str, public_url: &str) -> Self {
        Self::failed(&format!("{name}: not signed in. Open {public_url}/credentials"))
    }

    /// There is no identity token without a login through an OpenID provider.
    pub fn no_identity_token() -> Self {
        Self::failed("no identity token: this broker's users do not log in through an OpenID provider")
    }

    fn failed(detail: &str) -> Self {
        Self::json(StatusCode::OK, &Failed { result: false, detail })
    }

    /// The sign-in has lapsed, for the `reason` that the store gives.
    pub fn lapsed(reason: &str, public_url: &str) -> Self {
        let error = if reason == "expired_no_refresh" { "token_expired" } else { reason };
        let error_description = &*format!("Sign in again at {public_url}/credentials");
        Self::json(StatusCode::OK, &Lapsed { result: false, oauth2_error: OauthError { error, error_description } })
    }

    /// No integration answers to this GUID; the input is not echoed.
    pub fn not_found() -> Self {
        Self::error(StatusCode::OK, "Integration not found")
    }

    /// The integration is in the file but cannot work.
    pub fn misconfigured() -> Self {
        Self::error(StatusCode::OK, "Integration is misconfigured; contact the administrator")
    }

    /// No integration of the `azure` type is configured.
    pub fn no_azure() -> Self {
        Self::error(StatusCode::OK, "Delegated Azure credentials are not configured on this server")
    }

    /// A sign of life was received.
    pub fn heartbeat() -> Self {
        Self { status: StatusCode::OK, body: Bytes::from_static(b"{}"), retry_after: None }
    }

    /// The token is spent and its provider does not answer; signing in again would not help.
    pub fn provider_down(retry_after: Duration) -> Self {
        Self::error(StatusCode::SERVICE_UNAVAILABLE, "Provider temporarily unavailable").after(retry_after)
    }

    /// The database does not answer.
    pub fn unavailable() -> Self {
        Self::error(StatusCode::SERVICE_UNAVAILABLE, "Broker temporarily unavailable").after(Duration::from_secs(5))
    }

    /// The cookie proves nothing.
    pub fn rejected(reason: Rejection) -> Self {
        Self::error(StatusCode::UNAUTHORIZED, &reason.to_string())
    }

    /// Not JSON, of the wrong types, or ambiguous.
    pub fn invalid() -> Self {
        Self::error(StatusCode::BAD_REQUEST, "Invalid request")
    }

    /// The body did not arrive in time.
    pub fn slow() -> Self {
        Self::error(StatusCode::REQUEST_TIMEOUT, "Request body did not arrive")
    }

    /// The body is larger than any call needs.
    pub fn too_large() -> Self {
        Self::error(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large")
    }

    /// A browser sent this: no page may talk to the RPC endpoints.
    pub fn forbidden() -> Self {
        Self::error(StatusCode::FORBIDDEN, "Forbidden")
    }

    /// Only GET and POST mean something here.
    pub fn method_not_allowed() -> Self {
        Self::error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }

    /// Nothing lives at this path.
    pub fn no_such_path() -> Self {
        Self::error(StatusCode::NOT_FOUND, "Not found")
    }

    /// The `Host` header is not one of ours: a rebound name points a browser here.
    pub fn misdirected() -> Self {
        Self::error(StatusCode::MISDIRECTED_REQUEST, "Misdirected request")
    }

    /// Slow down.
    pub fn too_many(retry_after: Duration) -> Self {
        Self::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests").after(retry_after)
    }

    /// The status, for the log.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The complete answer.
    pub fn into_response(self, public_url: &HeaderValue) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(8);
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::CACHE_CONTROL, NO_STORE);
        headers.insert(header::PRAGMA, NO_CACHE);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.insert(header::VARY, VARY);
        headers.insert(PUBLIC_URL, public_url.clone());
        if let Some(pause) = self.retry_after {
            headers
                .insert(header::RETRY_AFTER, HeaderValue::from(pause.as_secs() + u64::from(pause.subsec_nanos() > 0)));
        }
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => drop(headers.insert(header::ALLOW, METHODS)),
            // What follows on this connection might be the rest of a body that was not read.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                drop(headers.insert(header::CONNECTION, HeaderValue::from_static("close")));
            }
            _ => {}
        }
        response
    }
}

/// The body of a token answer; built once per token and erased with the last answer that shares it.
pub fn token_body(access_token: &str, expires_at_unix_s: Option<i64>) -> Bytes {
    let expiry = expiry(expires_at_unix_s);
    // Reserved whole, so that no grown-out-of copy of the token stays behind in memory.
    let mut body = Zeroizing::new(Vec::with_capacity(access_token.len() * 6 + 64));
    // Writing two texts into a vector cannot fail.
    let _ = serde_json::to_writer(&mut *body, &Token { access_token, expiry: &expiry });
    Bytes::from_owner(body)
}

/// Whole seconds and always `Z`: the one form that every version of every client reads alike.
pub fn expiry(unix_s: Option<i64>) -> String {
    unix_s
        .filter(|at| (0..UNKNOWN_EXPIRY_UNIX_S).contains(at))
        .and_then(|at| Timestamp::from_second(at).ok())
        .map_or_else(|| UNKNOWN_EXPIRY.to_owned(), |at| at.to_string())
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
}

#[derive(Serialize)]
struct Failed<'a> {
    result: bool,
    detail: &'a str,
}

#[derive(Serialize)]
struct Lapsed<'a> {
    result: bool,
    oauth2_error: OauthError<'a>,
}

#[derive(Serialize)]
struct OauthError<'a> {
    error: &'a str,
    error_description: &'a str,
}

#[derive(Serialize)]
struct Token<'a> {
    access_token: &'a str,
    expiry: &'a str,
}

#[derive(Serialize)]
struct Providers<'a> {
    providers: &'a [Provider<'a>],
}

#[derive(Serialize)]
struct Provider<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    integrations: &'a [IntegrationBody<'a>],
}

/// One integration as the clients see it. Never holds a secret.
#[derive(Clone, Debug, Serialize)]
pub struct IntegrationBody<'a> {
    /// GUID; both clients rename it to `guid`.
    pub uid: &'a str,
    /// Always `custom`: that is what this file configures.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Section header.
    pub name: &'a str,
    /// Name for people.
    pub display_name: &'a str,
    /// Client ID.
    pub client_id: &'a str,
    /// Authorization endpoint.
    pub auth_url: &'a str,
    /// Token endpoint.
    pub token_url: &'a str,
    /// Always an array: documented snippets join it.
    pub scopes: &'a [String],
    /// Scheme, host and port of the authorization endpoint, unless configured.
    pub issuer: &'a str,
    /// Whether a token can be had without a new sign-in.
    pub authenticated: bool,
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
