//! The list of integrations, the details of one, and what can be done with it.

use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{Response, StatusCode, header};

use super::cookies::Cookie;
use super::frame::{Frame, Notice, render};
use super::status::Status;
use super::visitor::{Submitted, Visitor};
use super::{details, message, see_other};
use crate::app::App;
use crate::config::Integration;
use crate::current::{self, Current};
use crate::hot::HotToken;
use crate::rpc::request::guid;
use crate::store::ReturnTo;
use crate::{Principal, refresh, signin};

/// How long the flow cookie lives, like the flow itself. Units: seconds.
const FLOW_S: u32 = 600;

/// One integration as the page shows it.
#[derive(Clone, Debug)]
pub struct Card {
    /// Current GUID.
    pub guid: String,
    /// Name for people.
    pub display_name: String,
    /// Badge.
    pub status: Status,
    /// One line below the name.
    pub subtitle: String,
    /// Whether signing in is the next step.
    pub can_sign_in: bool,
    /// Whether there is anything to sign out of.
    pub can_sign_out: bool,
}

impl Card {
    /// What one person sees of an integration.
    async fn of(
        app: &App,
        current: &Current,
        integration: &Integration,
        principal: &Principal,
        token: Option<&HotToken>,
    ) -> Self {
        let status = Status::of(app, current, integration, principal, token).await;
        Self {
            guid: integration.guid.to_string(),
            display_name: integration.display_name.clone(),
            subtitle: details::subtitle(app, integration, status, token),
            can_sign_in: matches!(status, Status::NotSignedIn | Status::SignInAgain(_)),
            can_sign_out: token.is_some(),
            status,
        }
    }
}

#[derive(Template)]
#[template(path = "credentials.html")]
struct ListPage {
    frame: Frame,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "credential.html")]
struct DetailsPage {
    frame: Frame,
    card: Card,
    warnings: Vec<String>,
    facts: Vec<(&'static str, String)>,
    can_sign_in_again: bool,
    can_refresh: bool,
}

fn token_of(app: &App, principal: &Principal, integration: &Integration) -> Option<Arc<HotToken>> {
    app.ledger.hot().token(principal, current::guids(integration))
}

fn notice(query: &RawQuery) -> Option<Notice> {
    Notice::of_query(query.0.as_deref())
}

/// `GET /credentials`
pub async fn list(State(app): State<Arc<App>>, visitor: Visitor, query: RawQuery) -> Response<Body> {
    let current = app.current();
    let principal = &visitor.session.principal;
    let mut cards = Vec::new();
    for integration in current.integrations() {
        let token = token_of(&app, principal, integration);
        cards.push(Card::of(&app, &current, integration, principal, token.as_deref()).await);
    }
    let frame = Frame::of(&app, visitor.csrf(&app), "credentials", notice(&query));
    render(StatusCode::OK, &ListPage { frame, cards })
}

/// `GET /credentials/{guid}`
pub async fn details(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(path): Path<String>,
    query: RawQuery,
) -> Response<Body> {
    let current = app.current();
    let Some(integration) = guid(&path).and_then(|guid| current.integration(guid)) else { return no_such(&app) };
    let principal = &visitor.session.principal;
    let token = token_of(&app, principal, integration);
    let card = Card::of(&app, &current, integration, principal, token.as_deref()).await;
    let refreshable = |token: &Arc<HotToken>| token.row.refresh_token.is_some();
    let page = DetailsPage {
        frame: Frame::of(&app, visitor.csrf(&app), "credentials", notice(&query)),
        warnings: details::warnings(&app, integration, token.as_deref()),
        facts: details::facts(&app, integration, token.as_deref()),
        can_sign_in_again: card.status == Status::Authenticated,
        can_refresh: integration.provider().is_some()
            && card.status != Status::NotForYou
            && token.as_ref().is_some_and(refreshable),
        card,
    };
    render(StatusCode::OK, &page)
}

/// `POST /credentials/{guid}/sign-in`
pub async fn sign_in(State(app): State<Arc<App>>, Path(path): Path<String>, form: Submitted) -> Response<Body> {
    let current = app.current();
    let Some(integration) = guid(&path).and_then(|guid| current.integration(guid)) else { return no_such(&app) };
    let Some(target) = current.target(integration.guid) else {
        let text = "This integration cannot be used until the administrator corrects its configuration.";
        return message::page(&app, StatusCode::CONFLICT, "Configuration error", text);
    };
    let principal = &form.visitor.session.principal;
    if !app.access.allows(principal, &target.provider.options).await {
        return not_for_you(&app);
    }
    if let Err(wait) = app.throttles.sign_ins.take(principal.clone(), Instant::now()) {
        return message::too_many(&app, wait);
    }
    let begun = match signin::begin(&app, target, &form.visitor.session, ReturnTo::Credentials).await {
        Ok(begun) => begun,
        Err(error) => return message::trouble(&app, &error),
    };
    let before = Cookie::Flow.read(&app, &form.headers);
    let value = signin::flow_cookie::add(app.ledger.store().keys(), before.as_deref(), &begun.state);
    let mut response = see_other(&app, "/credentials");
    let headers = response.headers_mut();
    // A URL's text is always a header value; should it not be, the browser merely comes back to the list.
    if let Ok(location) = begun.location.as_str().parse() {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::SET_COOKIE, Cookie::Flow.set(&app, &value, Some(FLOW_S)));
    response
}

/// `POST /credentials/{guid}/sign-out`
pub async fn sign_out(State(app): State<Arc<App>>, Path(path): Path<String>, form: Submitted) -> Response<Body> {
    let current = app.current();
    let Some(integration) = guid(&path).and_then(|guid| current.integration(guid)) else { return no_such(&app) };
    match signin::sign_out(&app, integration, &form.visitor.session.principal).await {
        Ok(()) => see_other(&app, "/credentials?done=signed-out"),
        Err(error) => message::trouble(&app, &error),
    }
}

/// `POST /credentials/{guid}/refresh`
pub async fn refresh(State(app): State<Arc<App>>, Path(path): Path<String>, form: Submitted) -> Response<Body> {
    let current = app.current();
    let Some(integration) = guid(&path).and_then(|guid| current.integration(guid)) else { return no_such(&app) };
    let token = token_of(&app, &form.visitor.session.principal, integration);
    let (Some(target), Some(token)) = (current.target(integration.guid), token) else { return no_such(&app) };
    if !app.access.allows(&form.visitor.session.principal, &target.provider.options).await {
        return not_for_you(&app);
    }
    if let Err(wait) = app.throttles.refreshes.take(token.row.key.clone(), Instant::now()) {
        return message::too_many(&app, wait);
    }
    let done = if refresh::force(&app, target, &token).await { "refreshed" } else { "not-refreshed" };
    see_other(&app, &format!("/credentials/{}?done={done}", integration.guid))
}

fn not_for_you(app: &App) -> Response<Body> {
    let text = "The administrator has not opened this integration for you.";
    message::page(app, StatusCode::FORBIDDEN, "Not for you", text)
}

fn no_such(app: &App) -> Response<Body> {
    let text = "There is no integration with this GUID, or it was removed.";
    message::page(app, StatusCode::NOT_FOUND, "Integration not found", text)
}
