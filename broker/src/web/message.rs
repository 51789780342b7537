//! Pages that say one thing.

use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::frame::{Frame, render};
use crate::Error;
use crate::app::App;

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    frame: Frame,
    title: &'a str,
    tone: &'a str,
    text: &'a str,
    detail: Option<&'a str>,
}

/// A page with a title and a sentence.
pub fn page(app: &App, status: StatusCode, title: &str, text: &str) -> Response<Body> {
    with_detail(app, status, title, text, None)
}

/// The same, with what somebody else said; it is escaped.
pub fn with_detail(app: &App, status: StatusCode, title: &str, text: &str, detail: Option<&str>) -> Response<Body> {
    let tone = if status.is_server_error() { "bad" } else { "warn" };
    render(status, &MessagePage { frame: Frame::bare(app), title, tone, text, detail })
}

/// Something in the broker failed; what, is in its log.
pub fn trouble(app: &App, error: &Error) -> Response<Body> {
    tracing::error!(%error, "a page could not be served");
    let text = "The broker cannot reach its database. Nothing was changed; try again in a moment.";
    page(app, StatusCode::SERVICE_UNAVAILABLE, "Temporarily unavailable", text)
}

/// Too many of something.
pub fn too_many(app: &App, wait: Duration) -> Response<Body> {
    let seconds = wait.as_secs() + 1;
    let text = format!("Too many attempts. Try again in {seconds} seconds.");
    let mut response = page(app, StatusCode::TOO_MANY_REQUESTS, "Slow down", &text);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
