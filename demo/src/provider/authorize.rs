//! The authorization endpoint: asks the demo user for consent. Source: RFC 6749 §4.1.1, RFC 7636 §4.3.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State as Extract};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Redirect, Response};
use tokcore_broker::random;
use url::Url;

use super::grants::Consent;
use super::{State, lock};

/// A request that waits for a person's answer.
#[derive(Debug)]
pub(super) struct Pending {
    consent: Consent,
    state: String,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Page<'a> {
    client: &'a str,
    scopes: Vec<&'a str>,
    request: &'a str,
}

/// `GET /authorize`: checks the request and shows the consent page.
pub(super) async fn ask(Extract(state): Extract<Arc<State>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let field = |name: &str| query.get(name).map_or("", String::as_str);
    let redirect_uri = lock(&state.redirect_uri).clone();
    // Until client and redirect URI are known good, nothing is sent anywhere: this server is no open redirector.
    if !state.clients.iter().any(|client| client.id == field("client_id")) {
        return (StatusCode::BAD_REQUEST, "unknown client_id").into_response();
    }
    if redirect_uri.is_empty() || field("redirect_uri") != redirect_uri {
        return (StatusCode::BAD_REQUEST, "redirect_uri is not the registered one").into_response();
    }
    if field("response_type") != "code" {
        return back(&redirect_uri, &[("error", "unsupported_response_type"), ("state", field("state"))]);
    }
    if field("code_challenge_method") != "S256" || field("code_challenge").len() != 43 {
        let why = ("error_description", "PKCE with S256 is required");
        return back(&redirect_uri, &[("error", "invalid_request"), why, ("state", field("state"))]);
    }
    let Ok(request) = random::token() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let consent = Consent {
        client_id: field("client_id").to_owned(),
        redirect_uri: redirect_uri.clone(),
        challenge: field("code_challenge").to_owned(),
        scope: field("scope").to_owned(),
    };
    let scopes = consent.scope.split_ascii_whitespace().collect();
    let page = Page { client: &consent.client_id, scopes, request: request.expose() }.render();
    let Ok(page) = page else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    // Browsers apply `form-action` to the redirect that follows the form, too.
    let origin = Url::parse(&redirect_uri).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {origin}; frame-ancestors 'none'; base-uri 'none'"
    );
    let pending = Pending { consent, state: field("state").to_owned() };
    lock(&state.pending).insert(request.expose().to_owned(), pending);
    let headers =
        [(CONTENT_SECURITY_POLICY, policy.as_str()), (REFERRER_POLICY, "no-referrer"), (CACHE_CONTROL, "no-store")];
    (headers, Html(page)).into_response()
}

/// `POST /authorize/answer`: allow or deny, once.
pub(super) async fn answer(Extract(state): Extract<Arc<State>>, Form(form): Form<HashMap<String, String>>) -> Response {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let Some(Pending { consent, state: theirs }) = lock(&state.pending).remove(field("request")) else {
        return (StatusCode::BAD_REQUEST, "this request has been answered; go back and start again").into_response();
    };
    let redirect_uri = consent.redirect_uri.clone();
    if field("answer") != "allow" {
        return back(&redirect_uri, &[("error", "access_denied"), ("state", &theirs)]);
    }
    match lock(&state.grants).code(consent, Instant::now()) {
        Ok(code) => back(&redirect_uri, &[("code", code.expose()), ("state", &theirs)]),
        Err(_) => back(&redirect_uri, &[("error", "server_error"), ("state", &theirs)]),
    }
}

/// Sends the browser back to the client.
fn back(redirect_uri: &str, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(redirect_uri) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    url.query_pairs_mut().extend_pairs(parameters);
    ([(REFERRER_POLICY, "no-referrer")], Redirect::to(url.as_str())).into_response()
}
