//! The daily sweep of what nobody will come back for. Source: specs/workbench.md §4.8.

use uuid::Uuid;

use super::Store;
use crate::error::Error;

const DAY_S: i64 = 24 * 3600;
/// A person who has to sign in again may be on holiday. Units: seconds.
const REAUTH_S: i64 = 30 * DAY_S;
/// An expired access token without a refresh token is good for nothing. Units: seconds.
const EXPIRED_S: i64 = DAY_S;
/// A section that vanished may come back with the next edit. Units: seconds.
const REMOVED_S: i64 = 7 * DAY_S;
/// Ended sessions are kept for the page that lists them. Units: seconds.
const SESSION_S: i64 = 30 * DAY_S;

/// Prefix of the rows of `meta` that say since when an integration is missing from the file.
const REMOVED: &str = "removed:";

/// How much was swept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Sign-ins.
    pub tokens: u64,
    /// Unfinished sign-ins.
    pub flows: u64,
    /// RPC and web sessions, and login links.
    pub sessions: u64,
}

impl Store {
    /// Deletes what is over. `known` are the GUIDs of all sections of the file, disabled ones included.
    ///
    /// Tokens of sections that are missing are deleted once they have been missing for seven days; the first sweep
    /// that misses them starts the count.
    pub async fn reap(&self, known: &[Uuid], now: i64) -> Result<Reaped, Error> {
        let mut reaped = Reaped { tokens: self.reap_removed(known, now).await?, ..Reaped::default() };
        reaped.tokens += self
            .delete("DELETE FROM oauth2_tokens WHERE state = 'reauth_required' AND updated_at < $1", now - REAUTH_S)
            .await?;
        reaped.tokens += self
            .delete(
                "DELETE FROM oauth2_tokens WHERE refresh_token_enc IS NULL AND state = 'active' AND expires_at < $1",
                now - EXPIRED_S,
            )
            .await?;
        reaped.flows += self.delete("DELETE FROM oauth2_flows WHERE expires_at < $1", now).await?;
        for (statement, before) in [
            ("DELETE FROM rpc_sessions WHERE absolute_expires_at < $1 OR revoked_at < $1", now - SESSION_S),
            ("DELETE FROM web_sessions WHERE absolute_expires_at < $1", now - SESSION_S),
            ("DELETE FROM login_links WHERE expires_at < $1", now),
        ] {
            reaped.sessions += self.delete(statement, before).await?;
        }
        Ok(reaped)
    }

    async fn reap_removed(&self, known: &[Uuid], now: i64) -> Result<u64, Error> {
        let stored: Vec<String> = sqlx::query_scalar("SELECT DISTINCT integration_guid FROM oauth2_tokens")
            .fetch_all(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        let known: Vec<String> = known.iter().map(Uuid::to_string).collect();
        let mut deleted = 0;
        for guid in stored {
            let name = format!("{REMOVED}{guid}");
            let since = self.meta(&name).await?.and_then(|since| since.parse::<i64>().ok());
            match (known.contains(&guid), since) {
                (true, None) => {}
                (true, Some(_)) => self.delete_meta(&name).await?,
                (false, None) => self.set_meta(&name, &now.to_string()).await?,
                (false, Some(since)) if since + REMOVED_S > now => {}
                (false, Some(_)) => {
                    let result = sqlx::query("DELETE FROM oauth2_tokens WHERE integration_guid = $1")
                        .bind(&guid)
                        .execute(self.pool())
                        .await;
                    deleted += result.map_err(|e| self.failed(e))?.rows_affected();
                    self.delete_meta(&name).await?;
                }
            }
        }
        Ok(deleted)
    }

    async fn delete(&self, statement: &'static str, before: i64) -> Result<u64, Error> {
        let result = sqlx::query(statement).bind(before).execute(self.pool()).await;
        Ok(result.map_err(|e| self.failed(e))?.rows_affected())
    }

    async fn delete_meta(&self, name: &str) -> Result<(), Error> {
        let result = sqlx::query("DELETE FROM meta WHERE name = $1").bind(name).execute(self.pool()).await;
        result.map_err(|e| self.failed(e)).map(drop)
    }
}
