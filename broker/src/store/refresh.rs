//! The durable side of a refresh: a lease, an intent, the raw answer, the commit.
//!
//! Providers that rotate refresh tokens forget the old one the moment they answer. So the store knows *before* the
//! call that one is under way, holds the answer before anybody reads it, and a death in between is told apart from a
//! refusal. No transaction is open while the network is. Source: specs/workbench.md §4.5–4.7; V83, V84, V98–V102.

use tokcore::Secret;
use uuid::Uuid;

use super::token_row::RawRow;
use super::{NewTokens, Store, TokenKey, TokenRow};
use crate::error::Error;
use crate::random;

/// Longer than the longest exchange (20 s), so that a lease ends only when its holder is gone. Units: seconds.
const LEASE_S: i64 = 30;

/// The right to refresh one row, at one version of it.
#[derive(Debug)]
pub struct Lease {
    /// Which row.
    pub key: TokenKey,
    /// The version that was read; the commit succeeds only on it.
    pub version: i64,
    /// What to send.
    pub refresh_token: Secret,
    /// The configuration it was issued under: when the running one differs, it must not be sent.
    pub config_fp: String,
    /// This refresh token was sent before and no answer was stored: an `invalid_grant` now means that the rotated one
    /// was lost ([`super::Reason::RotationLost`]).
    pub rotation_in_doubt: bool,
    /// An answer that a previous process received and did not live to interpret: use it instead of calling.
    pub staged: Option<Staged>,
    id: Uuid,
}

/// A provider's answer, stored before it was interpreted.
#[derive(Debug)]
pub struct Staged {
    /// The body as received.
    pub response: Secret,
    /// When its request was sent. Units: seconds since the epoch.
    pub sent_at: i64,
}

/// What came of asking for a lease.
#[derive(Debug)]
pub enum BeginRefresh {
    /// Ours: call the provider.
    Started(Box<Lease>),
    /// Somebody else is at it, or just died at it: wait and read again.
    Busy,
    /// The row was signed in or out, ended, or refreshed since: read it again.
    Changed,
}

/// Why a refresh brought no token.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// A class such as `network` or `http_503`; never a message.
    pub class: &'a str,
    /// No attempt before this moment. Units: seconds since the epoch.
    pub next_attempt_at: Option<i64>,
    /// The request may have reached the provider: keep the intent, so that a lost rotation can be told from a refusal.
    pub outcome_unknown: bool,
}

impl Store {
    /// Takes the lease and writes the intent, durably, before the provider is called.
    pub async fn begin_refresh(&self, key: &TokenKey, version: i64, now: i64) -> Result<BeginRefresh, Error> {
        let Some(row) = self.raw_row(key).await?.filter(|row| row.version == version && row.state == "active") else {
            return Ok(BeginRefresh::Changed);
        };
        let cells = (
            self.open_cell(&row, "refresh_token_enc", row.refresh_token_enc.as_deref()),
            self.open_cell(&row, "raw_response_enc", row.raw_response_enc.as_deref()),
        );
        let (Ok(Some(refresh_token)), Ok(response)) = cells else {
            // Reading the row marks it; the caller sees why when it reads again.
            return Ok(BeginRefresh::Changed);
        };
        let hash = random::hashed(refresh_token.expose());
        let staged = response.map(|response| Staged { response, sent_at: row.intent_at.unwrap_or(now) });
        let intent_at = staged.as_ref().map_or(now, |staged| staged.sent_at);
        let taken = sqlx::query(
            "UPDATE oauth2_tokens SET lease_owner = $1, lease_until = $2, intent_at = $3, intent_rt_hash = $4
             WHERE id = $5 AND version = $6 AND (lease_until IS NULL OR lease_until <= $7)",
        )
        .bind(&self.0.lease_owner)
        .bind(now + LEASE_S)
        .bind(intent_at)
        .bind(&hash)
        .bind(&row.id)
        .bind(version)
        .bind(now)
        .execute(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        if taken.rows_affected() == 0 {
            let unchanged = self.raw_row(key).await?.is_some_and(|row| row.version == version);
            return Ok(if unchanged { BeginRefresh::Busy } else { BeginRefresh::Changed });
        }
        Ok(BeginRefresh::Started(Box::new(Lease {
            key: key.clone(),
            version,
            refresh_token,
            rotation_in_doubt: row.intent_rt_hash.as_deref() == Some(&hash),
            staged,
            id: self.guid(&row.id, "oauth2_tokens.id")?,
            config_fp: row.config_fp,
        })))
    }

    /// Stores a successful answer as received, durably, before it is interpreted.
    ///
    /// Shape: `false` when the row changed or vanished meanwhile.
    pub async fn stage_response(&self, lease: &Lease, response: &Secret) -> Result<bool, Error> {
        let updated = sqlx::query(
            "UPDATE oauth2_tokens SET raw_response_enc = $1 WHERE id = $2 AND version = $3 AND lease_owner = $4",
        )
        .bind(self.seal(&lease.key, lease.id, "raw_response_enc", Some(response))?)
        .bind(lease.id.to_string())
        .bind(lease.version)
        .bind(&self.0.lease_owner)
        .execute(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        Ok(updated.rows_affected() > 0)
    }

    /// Stores new tokens; they are on disk when this returns. A refresh token that was not replaced is kept.
    ///
    /// Shape: `None` when the person signed in or out meanwhile: the newest sign-in wins, and nothing is resurrected.
    pub async fn commit_refresh(&self, lease: &Lease, tokens: &NewTokens, now: i64) -> Result<Option<TokenRow>, Error> {
        let refresh_token = tokens.refresh_token.as_ref().unwrap_or(&lease.refresh_token);
        let row: Option<RawRow> = sqlx::query_as(
            "UPDATE oauth2_tokens SET state = 'active', reason = NULL, access_token_enc = $1, refresh_token_enc = $2,
               id_token_enc = COALESCE($3, id_token_enc), raw_response_enc = NULL, token_type = $4,
               scopes_granted = COALESCE($5, scopes_granted), expires_at = $6, obtained_at = $7, refreshed_at = $8,
               updated_at = $8, version = version + 1, lease_owner = NULL, lease_until = NULL, intent_at = NULL,
               intent_rt_hash = NULL, fail_count = 0, next_attempt_at = NULL, last_error = NULL, key_id = $9
             WHERE id = $10 AND version = $11 AND lease_owner = $12 RETURNING *",
        )
        .bind(self.seal(&lease.key, lease.id, "access_token_enc", Some(&tokens.access_token))?)
        .bind(self.seal(&lease.key, lease.id, "refresh_token_enc", Some(refresh_token))?)
        .bind(self.seal(&lease.key, lease.id, "id_token_enc", tokens.id_token.as_ref())?)
        .bind(&tokens.token_type)
        .bind(tokens.scopes_granted.as_ref().map(|scopes| scopes.join(" ")))
        .bind(tokens.expires_at)
        .bind(tokens.obtained_at)
        .bind(now)
        .bind(self.keys().active().kid())
        .bind(lease.id.to_string())
        .bind(lease.version)
        .bind(&self.0.lease_owner)
        .fetch_optional(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        self.read_if_any(row, now).await
    }

    /// Records that a refresh brought no token and gives the lease back. The tokens and their version stay.
    ///
    /// Shape: `None` when the row changed or vanished meanwhile.
    pub async fn record_failure(
        &self,
        lease: &Lease,
        failure: Failure<'_>,
        now: i64,
    ) -> Result<Option<TokenRow>, Error> {
        let row: Option<RawRow> = sqlx::query_as(
            "UPDATE oauth2_tokens SET lease_owner = NULL, lease_until = NULL, raw_response_enc = NULL,
               intent_at = CASE WHEN $1 THEN intent_at END, intent_rt_hash = CASE WHEN $1 THEN intent_rt_hash END,
               fail_count = fail_count + 1, next_attempt_at = $2, last_error = $3, updated_at = $4
             WHERE id = $5 AND version = $6 AND lease_owner = $7 RETURNING *",
        )
        // A doubt from an earlier attempt is not settled by one that never left the machine.
        .bind(failure.outcome_unknown || lease.rotation_in_doubt)
        .bind(failure.next_attempt_at)
        .bind(failure.class)
        .bind(now)
        .bind(lease.id.to_string())
        .bind(lease.version)
        .bind(&self.0.lease_owner)
        .fetch_optional(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        self.read_if_any(row, now).await
    }

    /// Leases of a previous run: its process is gone, or we would not hold the database. Intents stay.
    pub(super) async fn clear_leases(&self) -> Result<(), Error> {
        sqlx::query("UPDATE oauth2_tokens SET lease_owner = NULL, lease_until = NULL WHERE lease_owner IS NOT NULL")
            .execute(self.pool())
            .await
            .map_err(|e| self.failed(e))
            .map(drop)
    }
}
