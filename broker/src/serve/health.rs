//! Whether the broker lives, and whether it can work. Source: specs/workbench.md §4.14.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use serde::Serialize;

use crate::app::App;

#[derive(Serialize)]
struct Health<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing: Vec<&'a str>,
}

/// The answer, when this path is one of the two.
pub async fn answer(app: &App, path: &str, method: &Method) -> Option<Response<Body>> {
    let failing = match path {
        "/healthz" => Vec::new(),
        "/readyz" => failing(app).await,
        _ => return None,
    };
    if method != Method::GET && method != Method::HEAD {
        let mut response =
            respond(StatusCode::METHOD_NOT_ALLOWED, &Health { status: "method not allowed", failing: vec![] });
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    Some(match failing.is_empty() {
        true => respond(StatusCode::OK, &Health { status: "ok", failing }),
        false => respond(StatusCode::SERVICE_UNAVAILABLE, &Health { status: "not ready", failing }),
    })
}

/// The parts that do not work, by name and without a reason: probes are not authenticated.
async fn failing(app: &App) -> Vec<&'static str> {
    let mut failing = Vec::new();
    if app.ledger.store().ping().await.is_err() {
        failing.push("database");
    }
    let current = app.current();
    if !current.integrations().is_empty() && current.usable() == 0 {
        failing.push("configuration");
    }
    failing
}

fn respond(status: StatusCode, health: &Health<'_>) -> Response<Body> {
    let mut response = Response::new(Body::from(serde_json::to_vec(health).unwrap_or_default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
