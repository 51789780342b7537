//! RPC sessions: programs that were started with a cookie. Source: specs/workbench.md §4.8, §4.11.

use sqlx::FromRow;

use super::Store;
use crate::Principal;
use crate::error::Error;

/// One session. Whether its cookie is good is [`crate::cookie::verify`]'s business; whether it still counts, this row's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcSession {
    /// [`crate::cookie::Sid::hash`].
    pub sid_hash: String,
    /// Whose.
    pub principal: Principal,
    /// What the person sees in the list, such as the program's name.
    pub label: Option<String>,
    /// The program's process.
    pub pid: Option<u32>,
    /// Units: seconds since the epoch, like all that follow.
    pub created_at: i64,
    /// However often the cookie is renewed, the session ends then.
    pub absolute_expires_at: i64,
    /// Last request, to the minute.
    pub last_seen_at: i64,
    /// When it was ended by hand.
    pub revoked_at: Option<i64>,
}

impl RpcSession {
    /// Whether requests are answered.
    pub fn is_live(&self, now: i64) -> bool {
        self.revoked_at.is_none() && now < self.absolute_expires_at
    }
}

impl Store {
    /// Stores a new session.
    pub async fn insert_rpc_session(&self, session: &RpcSession) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO rpc_sessions (sid_hash, principal, label, pid, created_at, absolute_expires_at, last_seen_at,
               revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&session.sid_hash)
        .bind(session.principal.as_str())
        .bind(&session.label)
        .bind(session.pid)
        .bind(session.created_at)
        .bind(session.absolute_expires_at)
        .bind(session.last_seen_at)
        .bind(session.revoked_at)
        .execute(self.pool())
        .await
        .map_err(|e| self.failed(e))
        .map(drop)
    }

    /// The session of this hash, live or not.
    pub async fn rpc_session(&self, sid_hash: &str) -> Result<Option<RpcSession>, Error> {
        let row: Option<RawSession> = sqlx::query_as("SELECT * FROM rpc_sessions WHERE sid_hash = $1")
            .bind(sid_hash)
            .fetch_optional(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.session(row)).transpose()
    }

    /// All live sessions, to fill the broker's memory at start.
    pub async fn live_rpc_sessions(&self, now: i64) -> Result<Vec<RpcSession>, Error> {
        let rows: Vec<RawSession> =
            sqlx::query_as("SELECT * FROM rpc_sessions WHERE revoked_at IS NULL AND absolute_expires_at > $1")
                .bind(now)
                .fetch_all(self.pool())
                .await
                .map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.session(row)).collect()
    }

    /// A person's live sessions, the newest first.
    pub async fn rpc_sessions_of(&self, principal: &Principal, now: i64) -> Result<Vec<RpcSession>, Error> {
        let rows: Vec<RawSession> = sqlx::query_as(
            "SELECT * FROM rpc_sessions WHERE principal = $1 AND revoked_at IS NULL AND absolute_expires_at > $2
             ORDER BY created_at DESC, sid_hash",
        )
        .bind(principal.as_str())
        .bind(now)
        .fetch_all(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.session(row)).collect()
    }

    /// Ends one of the person's own sessions. Shape: `false` when there was nothing to end.
    pub async fn revoke_rpc_session(&self, principal: &Principal, sid_hash: &str, now: i64) -> Result<bool, Error> {
        let updated = sqlx::query(
            "UPDATE rpc_sessions SET revoked_at = $1 WHERE sid_hash = $2 AND principal = $3 AND revoked_at IS NULL",
        )
        .bind(now)
        .bind(sid_hash)
        .bind(principal.as_str())
        .execute(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        Ok(updated.rows_affected() > 0)
    }

    /// Ends all of a person's sessions and returns their hashes.
    pub async fn revoke_rpc_sessions_of(&self, principal: &Principal, now: i64) -> Result<Vec<String>, Error> {
        sqlx::query_scalar(
            "UPDATE rpc_sessions SET revoked_at = $1 WHERE principal = $2 AND revoked_at IS NULL RETURNING sid_hash",
        )
        .bind(now)
        .bind(principal.as_str())
        .fetch_all(self.pool())
        .await
        .map_err(|e| self.failed(e))
    }

    /// Records a request. The caller sees to it that this happens at most once a minute per session.
    pub async fn touch_rpc_session(&self, sid_hash: &str, now: i64) -> Result<(), Error> {
        sqlx::query("UPDATE rpc_sessions SET last_seen_at = $1 WHERE sid_hash = $2")
            .bind(now)
            .bind(sid_hash)
            .execute(self.pool())
            .await
            .map_err(|e| self.failed(e))
            .map(drop)
    }

    fn session(&self, row: RawSession) -> Result<RpcSession, Error> {
        Ok(RpcSession {
            principal: self.principal(&row.principal, "rpc_sessions.principal")?,
            pid: row.pid.map(u32::try_from).transpose().map_err(|_| self.corrupt("rpc_sessions.pid"))?,
            sid_hash: row.sid_hash,
            label: row.label,
            created_at: row.created_at,
            absolute_expires_at: row.absolute_expires_at,
            last_seen_at: row.last_seen_at,
            revoked_at: row.revoked_at,
        })
    }
}

#[derive(FromRow)]
struct RawSession {
    sid_hash: String,
    principal: String,
    label: Option<String>,
    pid: Option<i64>,
    created_at: i64,
    absolute_expires_at: i64,
    last_seen_at: i64,
    revoked_at: Option<i64>,
}
