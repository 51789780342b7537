//! The programs that may ask for this person's tokens.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{Response, StatusCode};

use super::frame::{Frame, Notice, render};
use super::visitor::{Submitted, Visitor};
use super::{message, see_other, words};
use crate::app::App;
use crate::journal::Event;

struct SessionLine {
    id: String,
    short_id: String,
    label: String,
    created: String,
    last_seen: String,
    expires: String,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<SessionLine>,
}

/// `GET /sessions`
pub async fn list(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let now = app.now_s();
    let sessions = app.ledger.hot().sessions_of(&visitor.session.principal, now);
    let line = |session: Arc<crate::hot::HotSession>| SessionLine {
        id: session.row.sid_hash.clone(),
        short_id: session.row.sid_hash.chars().take(8).collect(),
        label: session.row.label.clone().unwrap_or_else(|| "unnamed".into()),
        created: words::relative(session.row.created_at, now),
        last_seen: words::relative(session.last_seen_at(), now),
        expires: words::relative(session.row.absolute_expires_at, now),
    };
    let frame = Frame::of(&app, visitor.csrf(&app), "sessions", Notice::of_query(query.as_deref()));
    render(StatusCode::OK, &SessionsPage { frame, sessions: sessions.into_iter().map(line).collect() })
}

/// `POST /sessions/{id}/revoke`
pub async fn revoke(State(app): State<Arc<App>>, Path(id): Path<String>, form: Submitted) -> Response<Body> {
    let principal = &form.visitor.session.principal;
    match app.ledger.revoke_session(principal, &id, app.now_s()).await {
        Ok(true) => {
            let event = Event::of("session_revoked", app.now_s()).principal(principal);
            app.journal.audit(event.session(&id).reason("page"));
            see_other(&app, "/sessions?done=revoked")
        }
        Ok(false) => see_other(&app, "/sessions?done=gone"),
        Err(error) => message::trouble(&app, &error),
    }
}
