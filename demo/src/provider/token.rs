//! The token endpoint. Source: RFC 6749 §4.1.3, §5, §6; client authentication in the body.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde_json::json;
use tokcore::crypto::constant_time_eq;

use super::grants::{ACCESS_TOKEN_LIFETIME, Issued, Refusal};
use super::{State, lock};

/// `POST /token`.
pub(super) async fn issue(Extract(state): Extract<Arc<State>>, Form(form): Form<HashMap<String, String>>) -> Response {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let (client_id, secret) = (field("client_id"), field("client_secret"));
    let known = state
        .clients
        .iter()
        .any(|client| client.id == client_id && constant_time_eq(client.secret.expose().as_bytes(), secret.as_bytes()));
    if !known {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "unknown client or wrong secret");
    }
    let (mut grants, now) = (lock(&state.grants), Instant::now());
    let outcome = match field("grant_type") {
        "authorization_code" => {
            grants.redeem(client_id, field("code"), field("redirect_uri"), field("code_verifier"), now)
        }
        "refresh_token" => grants.refresh(client_id, field("refresh_token"), now),
        _ => return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "not a grant of this server"),
    };
    match outcome {
        Ok(issued) => success(&issued),
        Err(Refusal::InvalidGrant(why)) => refuse(StatusCode::BAD_REQUEST, "invalid_grant", why),
        Err(Refusal::Failed(error)) => refuse(StatusCode::SERVICE_UNAVAILABLE, "server_error", error.message()),
    }
}

fn success(issued: &Issued) -> Response {
    let body = json!({
        "access_token": issued.access_token.expose(),
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_LIFETIME.as_secs(),
        "refresh_token": issued.refresh_token.expose(),
        "scope": issued.scope,
    });
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn refuse(status: StatusCode, error: &str, why: &str) -> Response {
    let body = json!({"error": error, "error_description": why});
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
