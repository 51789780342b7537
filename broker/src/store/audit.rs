//! Who did what, when: append-only. Source: specs/workbench.md §4.14.

use sqlx::FromRow;

use super::Store;
use crate::error::Error;

/// One event. Never holds a token, code, state, secret, cookie or response body.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct AuditEvent {
    /// Units: seconds since the epoch.
    pub at: i64,
    /// What happened: `signed_in`, `token_served`, `refresh_failed`, …
    pub event: String,
    /// Who, in the form of [`crate::Principal`].
    pub principal: Option<String>,
    /// Which integration.
    pub integration_guid: Option<String>,
    /// Its name at that time.
    pub integration_name: Option<String>,
    /// Which RPC session, by hash.
    pub sid_hash: Option<String>,
    /// From where.
    pub remote: Option<String>,
    /// What came of it.
    pub result: Option<String>,
    /// A class of reasons.
    pub reason: Option<String>,
}

impl Store {
    /// Appends an event.
    pub async fn append_audit(&self, event: &AuditEvent) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO audit_log (at, instance, event, principal, integration_guid, integration_name, sid_hash,
               remote, result, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(event.at)
        .bind(self.instance())
        .bind(&event.event)
        .bind(&event.principal)
        .bind(&event.integration_guid)
        .bind(&event.integration_name)
        .bind(&event.sid_hash)
        .bind(&event.remote)
        .bind(&event.result)
        .bind(&event.reason)
        .execute(self.pool())
        .await
        .map_err(|e| self.failed(e))
        .map(drop)
    }

    /// The last events, the newest first.
    pub async fn recent_audit(&self, limit: u32) -> Result<Vec<AuditEvent>, Error> {
        sqlx::query_as(
            "SELECT at, event, principal, integration_guid, integration_name, sid_hash, remote, result, reason
             FROM audit_log ORDER BY id DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await
        .map_err(|e| self.failed(e))
    }
}
