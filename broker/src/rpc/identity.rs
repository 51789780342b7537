//! Who is calling: a session by its cookie, or a local user by the socket. Source: specs/workbench.md §4.10, §4.11.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName};
use tokcore::crypto::sha256;

use super::reply::Reply;
use crate::Principal;
use crate::app::App;
use crate::cookie::{self, Rejection};
use crate::hot::{HotSession, Permit, RememberedCookie};
use crate::journal::Event;

const COOKIE: HeaderName = HeaderName::from_static("x-rs-session-server-rpc-cookie");

/// The other end of a connection.
#[derive(Clone, Debug)]
pub enum Peer {
    /// Over TCP.
    Remote(IpAddr),
    /// Over the local socket, as the kernel reports it.
    Local {
        /// User.
        uid: u32,
        /// Process, if known.
        pid: Option<u32>,
    },
}

/// Who calls, and the permit for this call.
#[derive(Debug)]
pub enum Caller {
    /// A session with a good cookie.
    Session(Arc<HotSession>, Permit),
    /// A local user.
    Local(Principal),
}

impl Caller {
    /// Whose tokens these are.
    pub fn principal(&self) -> &Principal {
        match self {
            Self::Session(session, _) => &session.row.principal,
            Self::Local(principal) => principal,
        }
    }

    /// The session, if it is one.
    pub fn session(&self) -> Option<&HotSession> {
        match self {
            Self::Session(session, _) => Some(session),
            Self::Local(_) => None,
        }
    }
}

/// Finds out who calls, or gives the answer that says no.
pub fn identify(app: &App, headers: &HeaderMap, peer: &Peer) -> Result<Caller, Reply> {
    let address = match peer {
        Peer::Local { uid, .. } => {
            let principal = Principal::os(*uid);
            app.throttles.local.take(principal.clone(), Instant::now()).map_err(Reply::too_many)?;
            return Ok(Caller::Local(principal));
        }
        Peer::Remote(address) => *address,
    };
    let mut cookies = headers.get_all(COOKIE).iter();
    let cookie = cookies.next();
    // Two cookies: two readers could each take another one.
    if cookies.next().is_some() {
        return Err(Reply::invalid());
    }
    let now = app.now_s();
    let session = match verify(app, cookie.map(|value| value.as_bytes()), now) {
        Ok(session) => session,
        Err(rejection) => return Err(reject(app, rejection, address)),
    };
    if session.touch(now) {
        app.journal.last_seen(&session.row.sid_hash, now);
    }
    let permit = session.admit(&app.settings.limits).map_err(Reply::too_many)?;
    Ok(Caller::Session(session, permit))
}

/// The live session of a good cookie. The signature of a cookie that was found good once is not computed again.
fn verify(app: &App, header: Option<&[u8]>, now: i64) -> Result<Arc<HotSession>, Rejection> {
    let header = header.ok_or(Rejection::Missing)?;
    let hot = app.ledger.hot();
    let hash = sha256(header);
    if let Some(remembered) = hot.cookie(&hash).filter(|cookie| now < cookie.good_until) {
        return if remembered.session.is_live(now) { Ok(remembered.session) } else { Err(Rejection::Revoked) };
    }
    let verified = cookie::verify(app.ledger.store().keys(), Some(header), now)?;
    let session = hot.session(&verified.sid.hash()).filter(|session| session.is_live(now)).ok_or(Rejection::Revoked)?;
    hot.remember_cookie(hash, RememberedCookie { session: session.clone(), good_until: verified.expires_at_unix_s });
    Ok(session)
}

/// Good requests from the same address are never refused for the sake of bad ones: behind one address may sit a crowd.
fn reject(app: &App, rejection: Rejection, address: IpAddr) -> Reply {
    if let Err(wait) = app.throttles.rejections.take(address, Instant::now()) {
        return Reply::too_many(wait);
    }
    let event = Event::of("cookie_rejected", app.now_s()).remote(address);
    app.journal.audit(event.reason(&rejection.to_string()));
    Reply::rejected(rejection)
}
