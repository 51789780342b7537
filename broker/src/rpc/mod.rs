//! The RPC endpoints: what Workbench's clients call. Source: specs/workbench.md §1.
//!
//! The order of the checks is the order of cost and of what an answer gives away: verb, browser, cookie, rate, body.

pub mod identity;
pub mod reply;
pub mod request;
mod strict;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method as Verb, Request as HttpRequest, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use uuid::Uuid;

use self::identity::{Caller, Peer};
use self::reply::{IntegrationBody, Reply};
use self::request::{MAX_BODY_BYTES, Method, Request};
use crate::Principal;
use crate::app::App;
use crate::config::Integration;
use crate::current::{self, Current, Target};
use crate::hot::HotToken;
use crate::journal::Event;
use crate::refresh::policy::Standing;
use crate::refresh::{self, Handout};
use crate::store::TokenState;

/// Answers one call.
pub async fn answer(app: &Arc<App>, method: Method, request: HttpRequest<Incoming>, peer: &Peer) -> Reply {
    let verbs: &[Verb] = if method == Method::Heartbeat { &[Verb::POST] } else { &[Verb::GET, Verb::POST] };
    if !verbs.contains(request.method()) {
        return Reply::method_not_allowed();
    }
    if is_from_a_browser(request.headers()) {
        return Reply::forbidden();
    }
    let caller = match identity::identify(app, request.headers(), peer) {
        Ok(caller) => caller,
        Err(reply) => return reply,
    };
    let body = match read_body(request, app.settings.limits.header_timeout).await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    match request::read(method, &body) {
        Ok(Request::Token(Some(guid))) => token(app, &caller, guid).await,
        Ok(Request::Token(None)) => Reply::not_found(),
        Ok(Request::Integrations) => integrations(app, &caller).await,
        Ok(Request::IdentityToken) => Reply::no_identity_token(),
        Ok(Request::AzureToken) => Reply::no_azure(),
        Ok(Request::Heartbeat) => Reply::heartbeat(),
        Err(request::Invalid) => Reply::invalid(),
    }
}

/// No page may talk to these endpoints, not even one of ours: browsers always say where a request comes from.
fn is_from_a_browser(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    headers.contains_key(header::ORIGIN) || !matches!(site, None | Some(b"none" | b"same-origin"))
}

async fn read_body(request: HttpRequest<Incoming>, timeout: Duration) -> Result<Bytes, Reply> {
    let body = Limited::new(request.into_body(), MAX_BODY_BYTES);
    match tokio::time::timeout(timeout, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Reply::too_large()),
        Ok(Err(_)) => Err(Reply::invalid()),
        Err(_) => Err(Reply::slow()),
    }
}

async fn token(app: &Arc<App>, caller: &Caller, guid: Uuid) -> Reply {
    let current = app.current();
    let Some(integration) = current.integration(guid) else { return Reply::not_found() };
    let Some(target) = current.target(guid) else { return Reply::misconfigured() };
    let url = &app.addresses.public_url;
    let token = find(app, caller.principal(), integration);
    let Some(token) = token else { return Reply::not_signed_in(&integration.name, url) };
    // Nobody learns more than that there is nothing for them; the page says why.
    if !app.access.allows(caller.principal(), &target.provider.options).await {
        return Reply::not_signed_in(&integration.name, url);
    }
    note_use(app, caller, target, &token);
    match refresh::hand_out(app, target, token).await {
        Handout::Token(body) => Reply::token(body),
        Handout::NotSignedIn => Reply::not_signed_in(&integration.name, url),
        Handout::Lapsed(reason) => Reply::lapsed(reason.word(), url),
        Handout::Misconfigured => Reply::misconfigured(),
        Handout::TryAgain(pause) => Reply::provider_down(pause),
        Handout::Unavailable => Reply::unavailable(),
    }
}

fn find(app: &App, principal: &Principal, integration: &Integration) -> Option<Arc<HotToken>> {
    app.ledger.hot().token(principal, current::guids(integration))
}

fn note_use(app: &App, caller: &Caller, target: &Target, token: &HotToken) {
    let now = app.now_s();
    if token.touch(now) {
        app.journal.last_used(token.row.key.clone(), now);
    }
    if let Some(session) = caller.session().filter(|session| session.note_served(target.guid, now)) {
        let event = Event::of("token_served", now).principal(caller.principal()).session(&session.row.sid_hash);
        app.journal.audit(event.integration(target.guid, &target.name));
    }
}

async fn integrations(app: &App, caller: &Caller) -> Reply {
    let current = app.current();
    let mut authenticated = Vec::new();
    for integration in current.integrations() {
        authenticated.push(is_authenticated(app, &current, integration, caller.principal()).await);
    }
    let guids: Vec<String> = current.integrations().iter().map(|integration| integration.guid.to_string()).collect();
    let list: Vec<IntegrationBody<'_>> = std::iter::zip(current.integrations(), std::iter::zip(&guids, authenticated))
        .map(|(integration, (uid, authenticated))| IntegrationBody {
            uid,
            kind: "custom",
            name: &integration.name,
            display_name: &integration.display_name,
            client_id: &integration.client_id,
            auth_url: &integration.authorization_url,
            token_url: &integration.token_url,
            scopes: &integration.scopes,
            issuer: &integration.issuer,
            authenticated,
        })
        .collect();
    Reply::integrations(&list)
}

/// Whether this person gets a token without a new sign-in, judged without asking the provider: lists are polled.
pub async fn is_authenticated(app: &App, current: &Current, integration: &Integration, principal: &Principal) -> bool {
    let Some(target) = current.target(integration.guid) else { return false };
    let Some(token) = find(app, principal, integration) else { return false };
    let standing = refresh::judge(app, target, &token);
    token.row.state == TokenState::Active
        && matches!(standing, Standing::Serve | Standing::Due | Standing::Spent)
        && app.access.allows(principal, &target.provider.options).await
}
