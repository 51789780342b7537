//! What requests are answered from: every stored sign-in and every live session, decrypted, in memory.
//!
//! A hand-out is two look-ups and no database; the database is written first and this after it, by [`crate::ledger`].
//! Source: design.md §5.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::body::Bytes;
use uuid::Uuid;

use crate::Principal;
use crate::limits::{Bucket, Limits};
use crate::rpc::reply;
use crate::store::{RpcSession, TokenKey, TokenRow};

/// How exact "last used" and "last seen" are. Units: seconds.
const TOUCH_S: i64 = 60;
/// Units: seconds.
const HOUR_S: i64 = 3600;
/// Cookies remembered as good; the rest are verified again, at a few microseconds each.
const MAX_REMEMBERED: usize = 20_000;

/// The memory.
#[derive(Debug, Default)]
pub struct Hot {
    tokens: Mutex<HashMap<Principal, HashMap<Uuid, Arc<HotToken>>>>,
    sessions: Mutex<HashMap<String, Arc<HotSession>>>,
    cookies: Mutex<HashMap<[u8; 32], RememberedCookie>>,
}

/// A stored sign-in and its ready-made answer.
#[derive(Debug)]
pub struct HotToken {
    /// As stored.
    pub row: TokenRow,
    /// The body of the token answer; `None` when the row does not decrypt.
    pub answer: Option<Bytes>,
    last_used_at: AtomicI64,
}

impl HotToken {
    fn new(row: TokenRow) -> Self {
        let answer = row.access_token.as_ref().map(|token| reply::token_body(token.expose(), row.expires_at));
        Self { answer, last_used_at: AtomicI64::new(row.last_used_at.unwrap_or(i64::MIN)), row }
    }

    /// When it was last handed out, to the minute. Units: seconds since the epoch.
    pub fn last_used_at(&self) -> Option<i64> {
        Some(self.last_used_at.load(Ordering::Relaxed)).filter(|at| *at != i64::MIN)
    }

    /// Notes a hand-out; `true` at most once a minute, when it should be written down.
    pub fn touch(&self, now: i64) -> bool {
        is_due(&self.last_used_at, now, TOUCH_S)
    }
}

/// A live session.
#[derive(Debug)]
pub struct HotSession {
    /// As stored.
    pub row: RpcSession,
    revoked: AtomicBool,
    last_seen_at: AtomicI64,
    bucket: Mutex<Bucket>,
    under_way: AtomicU32,
    served: Mutex<HashMap<Uuid, i64>>,
}

impl HotSession {
    fn new(row: RpcSession, limits: &Limits) -> Self {
        Self {
            revoked: AtomicBool::new(row.revoked_at.is_some()),
            last_seen_at: AtomicI64::new(row.last_seen_at),
            bucket: Mutex::new(Bucket::full(limits.rpc, Instant::now())),
            under_way: AtomicU32::new(0),
            served: Mutex::default(),
            row,
        }
    }

    /// Whether its requests are answered.
    pub fn is_live(&self, now: i64) -> bool {
        !self.revoked.load(Ordering::Relaxed) && now < self.row.absolute_expires_at
    }

    /// When it was last seen, to the minute. Units: seconds since the epoch.
    pub fn last_seen_at(&self) -> i64 {
        self.last_seen_at.load(Ordering::Relaxed)
    }

    /// Notes a request; `true` at most once a minute, when it should be written down.
    pub fn touch(&self, now: i64) -> bool {
        is_due(&self.last_seen_at, now, TOUCH_S)
    }

    /// Notes a hand-out of this integration's token; `true` at most once an hour, when it belongs into the audit log.
    pub fn note_served(&self, guid: Uuid, now: i64) -> bool {
        let mut served = lock(&self.served);
        let due = served.get(&guid).is_none_or(|at| now >= at + HOUR_S || now < *at);
        if due {
            served.insert(guid, now);
        }
        due
    }

    /// Lets a request in, or says how long to wait. The permit counts it as under way until dropped.
    pub fn admit(self: &Arc<Self>, limits: &Limits) -> Result<Permit, std::time::Duration> {
        lock(&self.bucket).take(limits.rpc, Instant::now())?;
        if self.under_way.fetch_add(1, Ordering::Relaxed) >= limits.concurrent_rpc {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            return Err(std::time::Duration::from_secs(1));
        }
        Ok(Permit(self.clone()))
    }
}

/// A request under way.
#[derive(Debug)]
pub struct Permit(Arc<HotSession>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A cookie whose signature was found good, by the SHA-256 of its text.
#[derive(Clone, Debug)]
pub struct RememberedCookie {
    /// Its session.
    pub session: Arc<HotSession>,
    /// When it stops being good, leeway included. Units: seconds since the epoch.
    pub good_until: i64,
}

impl Hot {
    /// Fills the memory, at start and after the daily sweep.
    pub fn replace_tokens(&self, rows: Vec<TokenRow>) {
        let mut tokens: HashMap<Principal, HashMap<Uuid, Arc<HotToken>>> = HashMap::new();
        for row in rows {
            let of_principal = tokens.entry(row.key.principal.clone()).or_default();
            of_principal.insert(row.key.guid, Arc::new(HotToken::new(row)));
        }
        *lock(&self.tokens) = tokens;
    }

    /// The sign-in of one person to the integration that answers to one of these GUIDs.
    pub fn token(&self, principal: &Principal, guids: impl IntoIterator<Item = Uuid>) -> Option<Arc<HotToken>> {
        let tokens = lock(&self.tokens);
        let of_principal = tokens.get(principal)?;
        guids.into_iter().find_map(|guid| of_principal.get(&guid)).cloned()
    }

    /// Every sign-in, for the sweep.
    pub fn all_tokens(&self) -> Vec<Arc<HotToken>> {
        lock(&self.tokens).values().flat_map(HashMap::values).cloned().collect()
    }

    /// Follows the database after a write: the row as it is now, or that there is none.
    pub fn set_token(&self, key: &TokenKey, row: Option<TokenRow>) {
        let mut tokens = lock(&self.tokens);
        match row {
            Some(row) => {
                let token = Arc::new(HotToken::new(row));
                tokens.entry(key.principal.clone()).or_default().insert(key.guid, token);
            }
            None => {
                if let Some(of_principal) = tokens.get_mut(&key.principal) {
                    of_principal.remove(&key.guid);
                    if of_principal.is_empty() {
                        tokens.remove(&key.principal);
                    }
                }
            }
        }
    }

    /// Adds a session.
    pub fn insert_session(&self, row: RpcSession, limits: &Limits) -> Arc<HotSession> {
        let session = Arc::new(HotSession::new(row, limits));
        lock(&self.sessions).insert(session.row.sid_hash.clone(), session.clone());
        session
    }

    /// The session of this hash, if it was live when last looked at.
    pub fn session(&self, sid_hash: &str) -> Option<Arc<HotSession>> {
        lock(&self.sessions).get(sid_hash).cloned()
    }

    /// One person's live sessions, the newest first.
    pub fn sessions_of(&self, principal: &Principal, now: i64) -> Vec<Arc<HotSession>> {
        let of_principal = |session: &&Arc<HotSession>| session.row.principal == *principal && session.is_live(now);
        let mut sessions: Vec<_> = lock(&self.sessions).values().filter(of_principal).cloned().collect();
        sessions.sort_by(|a, b| (b.row.created_at, &a.row.sid_hash).cmp(&(a.row.created_at, &b.row.sid_hash)));
        sessions
    }

    /// How many sessions are live.
    pub fn live_sessions(&self, now: i64) -> usize {
        lock(&self.sessions).values().filter(|session| session.is_live(now)).count()
    }

    /// Ends a session: its cookies stop working at once, remembered or not.
    pub fn revoke_session(&self, sid_hash: &str) {
        if let Some(session) = lock(&self.sessions).remove(sid_hash) {
            session.revoked.store(true, Ordering::Relaxed);
        }
    }

    /// Drops sessions that are over.
    pub fn forget_ended_sessions(&self, now: i64) {
        lock(&self.sessions).retain(|_, session| session.is_live(now));
        lock(&self.cookies).retain(|_, cookie| cookie.session.is_live(now) && now < cookie.good_until);
    }

    /// What is known of the cookie with this hash.
    pub fn cookie(&self, hash: &[u8; 32]) -> Option<RememberedCookie> {
        lock(&self.cookies).get(hash).cloned()
    }

    /// Remembers a cookie as good.
    pub fn remember_cookie(&self, hash: [u8; 32], cookie: RememberedCookie) {
        let mut cookies = lock(&self.cookies);
        if cookies.len() >= MAX_REMEMBERED {
            cookies.clear();
        }
        cookies.insert(hash, cookie);
    }
}

fn is_due(last: &AtomicI64, now: i64, every: i64) -> bool {
    let before = last.load(Ordering::Relaxed);
    // A clock that was set back must not silence the record for as long as it was ahead.
    let due = now >= before.saturating_add(every) || now < before;
    if due {
        last.store(now, Ordering::Relaxed);
    }
    due
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
