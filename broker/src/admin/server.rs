//! The broker's side of the admin socket.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Serialize;

use super::{
    IntegrationInfo, KeyInfo, LoginWire, MintedWire, NewSession, Refused, Reloaded, RenewWire, Resealed, SessionInfo,
    Status,
};
use crate::app::App;
use crate::cookie::{self, Sid};
use crate::hot::HotSession;
use crate::journal::Event;
use crate::rpc::identity::Peer;
use crate::store::{KeyUse, RpcSession};
use crate::unrouted::unrouted;
use crate::{Error, Principal, rpc};

/// Requests are small. Units: bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// What the store gives a login link. Units: seconds.
const LOGIN_LINK_S: u32 = 60;
/// A label is one line of a table.
const LABEL_CHARS: usize = 120;

/// The routes of the admin interface.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/v1/status", get(status))
        .route("/api/v1/integrations", get(integrations))
        .route("/api/v1/sessions", get(sessions).post(mint))
        .route("/api/v1/sessions/{id}/cookie", post(renew))
        .route("/api/v1/sessions/{id}/revoke", post(revoke))
        .route("/api/v1/login-link", post(login_link))
        .route("/api/v1/reload", post(reload))
        .route("/api/v1/keys", get(keys))
        .route("/api/v1/keys/reencrypt", post(reencrypt))
        .fallback(unrouted)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(app)
}

type Answer = Result<Response<Body>, Refusal>;

/// Why a request was not carried out, as a status and a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal(StatusCode, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let mut response = ok(&Refused { error: self.1.into() });
        *response.status_mut() = self.0;
        response
    }
}

/// Whoever is at the other end of the socket, as the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asking {
    uid: u32,
}

impl Asking {
    fn of(peer: &Peer) -> Result<Self, Refusal> {
        match peer {
            Peer::Local { uid, .. } => Ok(Self { uid: *uid }),
            Peer::Remote(_) => Err(Refusal(StatusCode::FORBIDDEN, "the admin interface is local")),
        }
    }

    fn principal(self) -> Principal {
        Principal::os(self.uid)
    }

    /// For whom this request is: whom it names, if that is allowed, else whoever asks.
    fn acting_for(self, named: Option<&str>) -> Result<Principal, Refusal> {
        let Some(named) = named else { return Ok(self.principal()) };
        let named: Principal =
            named.parse().map_err(|_| Refusal(StatusCode::BAD_REQUEST, "that principal is not written as os:<uid>"))?;
        match self.uid == 0 || named == self.principal() {
            true => Ok(named),
            false => Err(Refusal(StatusCode::FORBIDDEN, "only root may act for somebody else")),
        }
    }

    /// Whether this is root or the broker's own user.
    fn is_operator(self) -> bool {
        self.uid == 0 || self.uid == rustix::process::geteuid().as_raw()
    }

    fn must_be_operator(self) -> Result<(), Refusal> {
        let refusal = Refusal(StatusCode::FORBIDDEN, "only root and the broker's own user may do this");
        self.is_operator().then_some(()).ok_or(refusal)
    }
}

async fn status(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Answer {
    let asking = Asking::of(&peer)?;
    let current = app.current();
    let diagnostics = current.configuration().diagnostics.iter().map(ToString::to_string);
    Ok(ok(&Status {
        version: env!("CARGO_PKG_VERSION").into(),
        instance: app.ledger.store().instance().into(),
        pid: std::process::id(),
        uptime_s: app.started.elapsed().as_secs(),
        rpc_url: app.addresses.rpc_url.clone(),
        public_url: app.addresses.public_url.clone(),
        integrations: current.integrations().len(),
        usable_integrations: current.usable(),
        sessions: app.ledger.hot().live_sessions(app.now_s()),
        diagnostics: if asking.is_operator() { diagnostics.collect() } else { Vec::new() },
    }))
}

async fn integrations(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Answer {
    let principal = Asking::of(&peer)?.principal();
    let current = app.current();
    let mut list = Vec::new();
    for integration in current.integrations() {
        list.push(IntegrationInfo {
            guid: integration.guid.to_string(),
            name: integration.name.clone(),
            display_name: integration.display_name.clone(),
            usable: integration.provider().is_some(),
            authenticated: rpc::is_authenticated(&app, &current, integration, &principal).await,
        });
    }
    Ok(ok(&list))
}

async fn sessions(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Answer {
    let principal = Asking::of(&peer)?.principal();
    let sessions = app.ledger.hot().sessions_of(&principal, app.now_s());
    let list: Vec<SessionInfo> = sessions
        .iter()
        .map(|session| SessionInfo {
            id: session.row.sid_hash.clone(),
            principal: session.row.principal.to_string(),
            label: session.row.label.clone(),
            pid: session.row.pid,
            created_at: session.row.created_at,
            last_seen_at: session.last_seen_at(),
            expires_at: session.row.absolute_expires_at,
        })
        .collect();
    Ok(ok(&list))
}

async fn mint(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>, body: Bytes) -> Answer {
    let asking = Asking::of(&peer)?;
    let wanted: NewSession =
        serde_json::from_slice(&body).map_err(|_| Refusal(StatusCode::BAD_REQUEST, "the request is not understood"))?;
    let principal = asking.acting_for(wanted.principal.as_deref())?;
    let now = app.now_s();
    let sid = Sid::random().map_err(|error| trouble(&error.into()))?;
    let label = wanted.label.map(|label| label.chars().filter(|c| !c.is_control()).take(LABEL_CHARS).collect());
    let session = RpcSession {
        sid_hash: sid.hash(),
        principal: principal.clone(),
        label,
        pid: wanted.pid,
        created_at: now,
        absolute_expires_at: now.saturating_add(seconds(app.settings.session_ttl)),
        last_seen_at: now,
        revoked_at: None,
    };
    let (id, expires_at) = (session.sid_hash.clone(), session.absolute_expires_at);
    app.ledger.insert_session(session, &app.settings.limits).await.map_err(|error| trouble(&error))?;
    app.journal.audit(Event::of("session_minted", now).principal(&principal).session(&id));
    minted(&app, &sid, id, expires_at)
}

/// The broker knows only the hash of a session's secret name, so whoever wants another cookie shows the present one.
async fn renew(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let session = own_session(&app, Asking::of(&peer)?, &id)?;
    let shown: RenewWire =
        serde_json::from_slice(&body).map_err(|_| Refusal(StatusCode::BAD_REQUEST, "the request is not understood"))?;
    let verified = cookie::verify(app.ledger.store().keys(), Some(shown.cookie.as_bytes()), app.now_s());
    match verified {
        Ok(verified) if verified.sid.hash() == id => minted(&app, &verified.sid, id, session.row.absolute_expires_at),
        _ => {
            Err(Refusal(StatusCode::FORBIDDEN, "that cookie does not open this session any more; begin a new session"))
        }
    }
}

fn minted(app: &App, sid: &Sid, id: String, expires_at: i64) -> Answer {
    let cookie_expires_at = app.now_s().saturating_add(seconds(app.settings.cookie_ttl)).min(expires_at);
    let cookie =
        cookie::mint(app.ledger.store().keys(), sid, cookie_expires_at).map_err(|error| trouble(&error.into()))?;
    Ok(ok(&MintedWire {
        id,
        cookie: cookie.expose().into(),
        cookie_expires_at,
        expires_at,
        rpc_url: app.addresses.rpc_url.clone(),
        public_url: app.addresses.public_url.clone(),
    }))
}

async fn revoke(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>, Path(id): Path<String>) -> Answer {
    let Ok(session) = own_session(&app, Asking::of(&peer)?, &id) else { return Ok(ok(&false)) };
    let principal = &session.row.principal;
    let revoked = app.ledger.revoke_session(principal, &id, app.now_s()).await.map_err(|error| trouble(&error))?;
    if revoked {
        app.journal.audit(Event::of("session_revoked", app.now_s()).principal(principal).session(&id));
    }
    Ok(ok(&revoked))
}

/// Somebody else's session is as unknown as one that never was.
fn own_session(app: &App, asking: Asking, id: &str) -> Result<Arc<HotSession>, Refusal> {
    let session = app.ledger.hot().session(id).filter(|session| session.is_live(app.now_s()));
    let own = session.filter(|session| asking.uid == 0 || session.row.principal == asking.principal());
    own.ok_or(Refusal(StatusCode::NOT_FOUND, "there is no such session, or it has ended"))
}

async fn login_link(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Answer {
    let principal = Asking::of(&peer)?.principal();
    let link = app.ledger.store().create_login_link(&principal, app.now_s()).await.map_err(|error| trouble(&error))?;
    app.journal.audit(Event::of("admin_action", app.now_s()).principal(&principal).reason("login_link"));
    Ok(ok(&LoginWire {
        // In the fragment: browsers send it to nobody, so it reaches neither logs nor `Referer`.
        url: format!("{}/login#{}", app.addresses.public_url, link.token.expose()),
        code: link.code.expose().into(),
        expires_in_s: LOGIN_LINK_S,
    }))
}

async fn reload(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Answer {
    let asking = Asking::of(&peer)?;
    asking.must_be_operator()?;
    app.journal.audit(Event::of("admin_action", app.now_s()).principal(&asking.principal()).reason("reload"));
    let (accepted, diagnostics) = match app.reload() {
        Ok(current) => (true, current.configuration().diagnostics.iter().map(ToString::to_string).collect()),
        Err(rejected) => (false, rejected.diagnostics.iter().map(ToString::to_string).collect()),
    };
    Ok(ok(&Reloaded { accepted, integrations: app.current().integrations().len(), diagnostics }))
}

async fn keys(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Answer {
    Asking::of(&peer)?.must_be_operator()?;
    let uses = app.ledger.store().key_uses().await.map_err(|error| trouble(&error))?;
    let info =
        |key: KeyUse| KeyInfo { name: key.kid, id: key.id, active: key.active, values: key.cells, needed: key.needed };
    Ok(ok(&uses.into_iter().map(info).collect::<Vec<_>>()))
}

async fn reencrypt(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Answer {
    let asking = Asking::of(&peer)?;
    asking.must_be_operator()?;
    app.journal.audit(Event::of("admin_action", app.now_s()).principal(&asking.principal()).reason("reencrypt"));
    let done = app.ledger.store().reencrypt().await.map_err(|error| trouble(&error))?;
    Ok(ok(&Resealed { sealed: done.sealed, unreadable: done.unreadable }))
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn trouble(error: &Error) -> Refusal {
    tracing::error!(%error, "an admin request failed");
    Refusal(StatusCode::SERVICE_UNAVAILABLE, "the broker cannot reach its database; its log says why")
}

fn ok(body: &impl Serialize) -> Response<Body> {
    // These are plain structures, which always serialize.
    let mut response = Response::new(Body::from(serde_json::to_vec(body).unwrap_or_default()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_acts_for_somebody_else() {
        let user = Asking { uid: 1001 };
        assert_eq!(user.acting_for(None).unwrap(), Principal::os(1001));
        assert_eq!(user.acting_for(Some("os:1001")).unwrap(), Principal::os(1001));
        assert_eq!(user.acting_for(Some("os:1000")).unwrap_err().0, StatusCode::FORBIDDEN);
        assert_eq!(user.acting_for(Some("nonsense")).unwrap_err().0, StatusCode::BAD_REQUEST);
        assert_eq!(Asking { uid: 0 }.acting_for(Some("os:1000")).unwrap(), Principal::os(1000));
    }
}
