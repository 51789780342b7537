//! The Managed Credentials page: server-rendered, no external resource, works without JavaScript.
//!
//! Source: specs/workbench.md §4.2, §4.10.

mod callback;
mod cookies;
mod credentials;
mod details;
mod frame;
mod login;
mod message;
mod secure;
mod sessions;
mod status;
mod visitor;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Response, StatusCode};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::app::App;
use crate::unrouted::unrouted;

/// Forms are small. Units: bytes.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// The routes of the page.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/credentials", get(credentials::list))
        .route("/credentials/{guid}", get(credentials::details))
        .route("/credentials/{guid}/sign-in", post(credentials::sign_in))
        .route("/credentials/{guid}/sign-out", post(credentials::sign_out))
        .route("/credentials/{guid}/refresh", post(credentials::refresh))
        .route("/sessions", get(sessions::list))
        .route("/sessions/{id}/revoke", post(sessions::revoke))
        .route("/login", get(login::page))
        .route("/login/link", post(login::submit))
        .route("/logout", post(login::log_out))
        .route("/oauth_redirect_callback", get(callback::finish))
        .fallback(unrouted)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), secure::layer))
        .with_state(app)
}

async fn home(State(app): State<Arc<App>>) -> Response<Body> {
    see_other(&app, "/credentials")
}

/// What people see at a path that does not exist.
pub fn no_such_page(app: &App) -> Response<Body> {
    let mut page = message::page(app, StatusCode::NOT_FOUND, "Page not found", "There is nothing at this address.");
    secure::add_headers(app, &mut page);
    page
}

/// Sends the browser on to a path of ours, by GET.
fn see_other(app: &App, path: &str) -> Response<Body> {
    let location = format!("{}{path}", app.addresses.public_path);
    (StatusCode::SEE_OTHER, [("location", location)]).into_response()
}
