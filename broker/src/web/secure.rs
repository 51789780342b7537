//! The headers of every page, and the hashes that let our own style and script run and nothing else.
//!
//! Source: specs/workbench.md §6, threats T16, T18, T19.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response, header};
use axum::middleware::Next;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokcore::crypto::sha256;

use super::see_other;
use crate::app::App;

/// The one style sheet, inlined in every page.
pub const STYLE: &str = include_str!("../../templates/style.css");
/// The one script, inlined in the login page.
pub const SCRIPT: &str = include_str!("../../templates/login.js");

static SOURCES: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(sha256(text.as_bytes()));
    format!("style-src 'sha256-{}'; script-src 'sha256-{}'", hash(STYLE), hash(SCRIPT))
});

const FIXED: [(HeaderName, HeaderValue); 7] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // With `no-referrer`, browsers send forms with `Origin: null`, and the check of the origin could not work.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Adds the headers to every answer of the page.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response<Body> {
    let mut response = match elsewhere(&app, &request) {
        Some(path) => see_other_host(&app, &path),
        None => next.run(request).await,
    };
    add_headers(&app, &mut response);
    response
}

/// Adds the headers to one answer; what it has set itself stays.
pub fn add_headers(app: &App, response: &mut Response<Body>) {
    let policy = format!(
        "default-src 'none'; {}; img-src data:; form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'",
        *SOURCES,
        app.current().form_targets()
    );
    let headers = response.headers_mut();
    // Made of hashes and origins: always a header value.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in FIXED {
        headers.entry(name).or_insert(value);
    }
    if app.addresses.secure {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, a_year);
    }
}

/// The path to continue at under the public address, for a browser that came by another name of this machine: cookies
/// belong to one name, so a sign-in begun at `localhost` could not be finished at `127.0.0.1`.
///
/// Only on loopback, where no proxy stands between that may have changed the name.
fn elsewhere(app: &App, request: &Request) -> Option<String> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let by_other_name =
        app.addresses.public_loopback_host.as_deref().is_some_and(|ours| !ours.eq_ignore_ascii_case(host));
    (by_other_name && request.method() == Method::GET).then(|| request.uri().path().to_owned())
}

fn see_other_host(app: &App, path: &str) -> Response<Body> {
    let mut response = see_other(app, path);
    let location = format!("{}{path}", app.addresses.public_url);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
