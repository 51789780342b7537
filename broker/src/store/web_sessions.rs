//! Browsers that are signed in to the broker's pages. Source: specs/workbench.md §4.10.

use sqlx::FromRow;
use tokcore::Secret;

use super::Store;
use crate::error::Error;
use crate::{Principal, random};

/// Units: seconds.
const IDLE_S: i64 = 8 * 3600;
/// Units: seconds.
const ABSOLUTE_S: i64 = 24 * 3600;
/// How exact `last_seen_at` is; each update costs a write to the disk. Units: seconds.
const TOUCH_S: i64 = 60;

/// One browser's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    /// SHA-256 of the ID in the browser's cookie.
    pub id_hash: String,
    /// Who.
    pub principal: Principal,
    /// Units: seconds since the epoch, like all that follow.
    pub created_at: i64,
    /// Last page, to the minute.
    pub last_seen_at: i64,
    /// Ends then even if used.
    pub absolute_expires_at: i64,
}

impl Store {
    /// Begins a session and returns the ID for the browser's cookie.
    pub async fn create_web_session(&self, principal: &Principal, now: i64) -> Result<Secret, Error> {
        let id = random::token()?;
        sqlx::query(
            "INSERT INTO web_sessions (id_hash, principal, created_at, last_seen_at, absolute_expires_at)
             VALUES ($1, $2, $3, $3, $4)",
        )
        .bind(random::hashed(id.expose()))
        .bind(principal.as_str())
        .bind(now)
        .bind(now + ABSOLUTE_S)
        .execute(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        Ok(id)
    }

    /// The session of this ID, if it is neither idle nor over; its last use is recorded.
    pub async fn web_session(&self, id: &str, now: i64) -> Result<Option<WebSession>, Error> {
        let row: Option<RawSession> = sqlx::query_as(
            "SELECT * FROM web_sessions WHERE id_hash = $1 AND absolute_expires_at > $2 AND last_seen_at > $3",
        )
        .bind(random::hashed(id))
        .bind(now)
        .bind(now - IDLE_S)
        .fetch_optional(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        let Some(row) = row else { return Ok(None) };
        if row.last_seen_at + TOUCH_S <= now {
            sqlx::query("UPDATE web_sessions SET last_seen_at = $1 WHERE id_hash = $2")
                .bind(now)
                .bind(&row.id_hash)
                .execute(self.pool())
                .await
                .map_err(|e| self.failed(e))?;
        }
        Ok(Some(WebSession {
            principal: self.principal(&row.principal, "web_sessions.principal")?,
            id_hash: row.id_hash,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            absolute_expires_at: row.absolute_expires_at,
        }))
    }

    /// Gives a session a new ID, as after every sign-in; flows that it began stay its own.
    ///
    /// Shape: `None` when there is no such session.
    pub async fn rotate_web_session(&self, id: &str, now: i64) -> Result<Option<Secret>, Error> {
        let (old, new) = (random::hashed(id), random::token()?);
        let hash = random::hashed(new.expose());
        let run = async {
            let mut transaction = self.pool().begin().await?;
            let updated = sqlx::query("UPDATE web_sessions SET id_hash = $1, last_seen_at = $2 WHERE id_hash = $3")
                .bind(&hash)
                .bind(now)
                .bind(&old)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("UPDATE oauth2_flows SET web_session_hash = $1 WHERE web_session_hash = $2")
                .bind(&hash)
                .bind(&old)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(updated.rows_affected() > 0)
        };
        let rotated = run.await.map_err(|e| self.failed(e))?;
        Ok(rotated.then_some(new))
    }

    /// Ends a session.
    pub async fn end_web_session(&self, id: &str) -> Result<(), Error> {
        sqlx::query("DELETE FROM web_sessions WHERE id_hash = $1")
            .bind(random::hashed(id))
            .execute(self.pool())
            .await
            .map_err(|e| self.failed(e))
            .map(drop)
    }

    /// Ends all sessions of a person.
    pub async fn end_web_sessions_of(&self, principal: &Principal) -> Result<(), Error> {
        sqlx::query("DELETE FROM web_sessions WHERE principal = $1")
            .bind(principal.as_str())
            .execute(self.pool())
            .await
            .map_err(|e| self.failed(e))
            .map(drop)
    }
}

#[derive(FromRow)]
struct RawSession {
    id_hash: String,
    principal: String,
    created_at: i64,
    last_seen_at: i64,
    absolute_expires_at: i64,
}
