//! The API that wants a token: says hello to whoever presents a valid one.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State as Extract;
use axum::http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{State, lock};

const GREETING: &str = "hello, demo";

/// `GET /api/me`. Source of the refusal's shape: RFC 6750 §3.
pub(super) async fn me(Extract(state): Extract<Arc<State>>, headers: HeaderMap) -> Response {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let token = text(AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    if !token.is_some_and(|token| lock(&state.grants).admits(token, Instant::now())) {
        let challenge = [(WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
        return (StatusCode::UNAUTHORIZED, challenge, Json(json!({"error": "invalid_token"}))).into_response();
    }
    let private = [(CACHE_CONTROL, "no-store")];
    // Plain text for programs that have no JSON reader, such as the C example.
    match text(ACCEPT) {
        Some("text/plain") => (private, GREETING).into_response(),
        _ => (private, Json(json!({"greeting": GREETING}))).into_response(),
    }
}
