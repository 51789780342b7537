//! Where the provider sends the browser back to. Source: specs/workbench.md §4.4.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::cookies::Cookie;
use super::visitor::Visitor;
use super::{message, see_other};
use crate::app::App;
use crate::signin::{self, Failed};
use tokcore::oauth::FailureClass;

/// `GET /oauth_redirect_callback`
pub async fn finish(State(app): State<Arc<App>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response<Body> {
    let mut response = match handle(&app, &headers, query.as_deref().unwrap_or_default()).await {
        Ok(response) | Err(response) => response,
    };
    // The address of this very request holds a code; nobody needs to learn it.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn handle(app: &Arc<App>, headers: &HeaderMap, query: &str) -> Result<Response<Body>, Response<Body>> {
    let visitor = Visitor::of(app, headers).await?;
    let flow_cookie = Cookie::Flow.read(app, headers);
    let session = visitor.as_ref().map(|visitor| &visitor.session);
    let finished = signin::finish(app, query, flow_cookie.as_deref(), session).await;
    finished.map_err(|failed| failure(app, failed))?;
    let mut response = see_other(app, "/credentials?done=signed-in");
    // A new ID after every change of what the session can do.
    if let Some(visitor) = visitor {
        let rotated = app.ledger.store().rotate_web_session(&visitor.id, app.now_s()).await;
        if let Some(id) = rotated.map_err(|error| message::trouble(app, &error))? {
            response.headers_mut().insert(header::SET_COOKIE, Cookie::Session.set(app, id.expose(), None));
        }
    }
    Ok(response)
}

fn failure(app: &App, failed: Failed) -> Response<Body> {
    let (status, title, text) = match &failed {
        Failed::NotValid => (StatusCode::BAD_REQUEST, "Sign-in not finished", "This sign-in link is no longer valid."),
        Failed::NotYours => (
            StatusCode::FORBIDDEN,
            "Sign-in not accepted",
            "This sign-in was not begun in this browser. Begin it again on the Managed Credentials page.",
        ),
        Failed::WrongIssuer => {
            (StatusCode::BAD_REQUEST, "Sign-in not accepted", "The answer came from another provider than expected.")
        }
        Failed::WrongNonce => {
            (StatusCode::BAD_REQUEST, "Sign-in not accepted", "The provider’s answer belongs to another sign-in.")
        }
        Failed::Changed => (
            StatusCode::CONFLICT,
            "Sign-in not finished",
            "The administrator changed this integration while you signed in. Begin again.",
        ),
        Failed::Refused { error, .. } => (StatusCode::OK, "Sign-in not finished", refusal(error)),
        Failed::Exchange(refusal) => (StatusCode::BAD_GATEWAY, "Sign-in not finished", exchange(refusal.class)),
        Failed::Store(error) => return message::trouble(app, error),
    };
    let detail = match &failed {
        Failed::Refused { description, .. } => description.as_deref(),
        Failed::Exchange(refusal) => refusal.description.as_deref(),
        _ => None,
    };
    message::with_detail(app, status, title, text, detail)
}

/// The provider's codes in words of ours: what it sends is not shown as if we had said it.
fn refusal(code: &str) -> &'static str {
    match code {
        "access_denied" => "You did not allow the access, so nothing was changed.",
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            "The provider needs you to log in or consent first."
        }
        "temporarily_unavailable" | "server_error" => "The provider is temporarily unavailable. Try again later.",
        "invalid_scope" => "The provider does not know a requested scope. The administrator should check the scopes.",
        "unauthorized_client" | "invalid_request" | "unsupported_response_type" => {
            "The provider refuses this integration. The administrator should check its registration."
        }
        _ => "The provider refused the sign-in.",
    }
}

fn exchange(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Revoked => "The provider did not accept its own code any more. Begin again.",
        FailureClass::ClientRejected | FailureClass::RequestRejected => {
            "The provider refuses this integration’s client. The administrator should check its configuration."
        }
        FailureClass::InteractionRequired | FailureClass::Denied => "The provider refused the sign-in.",
        FailureClass::Transient => "The provider did not answer. Try again in a moment.",
        FailureClass::BadResponse => "The provider’s answer could not be understood.",
    }
}
