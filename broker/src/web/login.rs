//! Logging in to the page with a one-time link from a terminal. Source: specs/workbench.md §4.10, threat T25.

use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};

use super::cookies::Cookie;
use super::frame::{Frame, render};
use super::visitor::{Form, Submitted, forbidden, is_our_form};
use super::{message, see_other};
use crate::app::App;
use crate::journal::Event;
use crate::rpc::identity::Peer;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
}

/// `GET /login`: the token of a link is in the fragment, which browsers keep to themselves, so that neither this
/// request nor a preview of it uses the link up.
pub async fn page(State(app): State<Arc<App>>) -> Response<Body> {
    render(StatusCode::OK, &LoginPage { frame: Frame::bare(&app) })
}

/// `POST /login/link`: a token from the link, or the code that was shown beside it.
pub async fn submit(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    match log_in(&app, request).await {
        Ok(response) | Err(response) => response,
    }
}

async fn log_in(app: &Arc<App>, request: Request) -> Result<Response<Body>, Response<Body>> {
    if !is_our_form(app, request.headers()) {
        return Err(forbidden(app));
    }
    let headers = request.headers().clone();
    let address = match request.extensions().get::<Peer>() {
        Some(Peer::Remote(address)) => *address,
        _ => std::net::Ipv4Addr::LOCALHOST.into(),
    };
    let form = Form::read(app, request).await?;
    let (store, now) = (app.ledger.store(), app.now_s());
    let trouble = |error| message::trouble(app, &error);
    let principal = match (form.get("token"), form.get("code")) {
        (Some(token), _) if !token.is_empty() => store.use_login_token(token, now).await.map_err(trouble)?,
        (_, Some(code)) => {
            let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            store.use_login_code(&code, now).await.map_err(trouble)?
        }
        _ => None,
    };
    let Some(principal) = principal else {
        let event = Event::of("login_failed", now).remote(address);
        app.journal.audit(event);
        if let Err(wait) = app.throttles.rejections.take(address, Instant::now()) {
            return Err(message::too_many(app, wait));
        }
        let text = "This link or code is no longer valid: it works once and for one minute. Make a new one with `tokcore login`.";
        return Err(message::page(app, StatusCode::BAD_REQUEST, "Log in again", text));
    };
    // Whoever was logged in here is not any more: an ID that somebody planted must not become a person's session.
    end_session(app, &headers).await?;
    let id = store.create_web_session(&principal, now).await.map_err(trouble)?;
    app.journal.audit(Event::of("login", now).principal(&principal).remote(address));
    let mut response = see_other(app, "/credentials");
    response.headers_mut().insert(header::SET_COOKIE, Cookie::Session.set(app, id.expose(), None));
    Ok(response)
}

/// `POST /logout`
pub async fn log_out(State(app): State<Arc<App>>, form: Submitted) -> Response<Body> {
    if let Err(response) = end_session(&app, &form.headers).await {
        return response;
    }
    let mut response = see_other(&app, "/login");
    response.headers_mut().insert(header::SET_COOKIE, Cookie::Session.clear(&app));
    response
}

async fn end_session(app: &App, headers: &HeaderMap) -> Result<(), Response<Body>> {
    let Some(id) = Cookie::Session.read(app, headers) else { return Ok(()) };
    app.ledger.store().end_web_session(&id).await.map_err(|error| message::trouble(app, &error))
}
