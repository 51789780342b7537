//! One-time links from a shell to the broker's pages. Source: specs/workbench.md §4.10, threat T25.

use tokcore::Secret;

use super::Store;
use crate::error::Error;
use crate::{Principal, random};

/// From the shell to the browser takes seconds. Units: seconds.
const LIFETIME_S: i64 = 60;

/// Wrong codes that an open link survives: 40 random bits and a minute leave a guesser no hope beyond this.
const MAX_ATTEMPTS: i64 = 5;

/// What the person gets; the store keeps only hashes.
#[derive(Debug)]
pub struct LoginLink {
    /// For the fragment of the URL.
    pub token: Secret,
    /// For typing, where the browser is on another machine: eight characters.
    pub code: Secret,
}

impl Store {
    /// Makes a link for this person, good for one minute and one use.
    pub async fn create_login_link(&self, principal: &Principal, now: i64) -> Result<LoginLink, Error> {
        let link = LoginLink { token: random::token()?, code: random::code()? };
        sqlx::query(
            "INSERT INTO login_links (token_hash, code_hash, principal, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(random::hashed(link.token.expose()))
        .bind(random::hashed(link.code.expose()))
        .bind(principal.as_str())
        .bind(now)
        .bind(now + LIFETIME_S)
        .execute(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        Ok(link)
    }

    /// Uses up a link by its token. Shape: `None` when it is unknown, used or expired.
    pub async fn use_login_token(&self, token: &str, now: i64) -> Result<Option<Principal>, Error> {
        let taken: Option<(String, i64)> =
            sqlx::query_as("DELETE FROM login_links WHERE token_hash = $1 RETURNING principal, expires_at")
                .bind(random::hashed(token))
                .fetch_optional(self.pool())
                .await
                .map_err(|e| self.failed(e))?;
        self.unless_expired(taken, now)
    }

    /// Uses up a link by its typed code, in either letter case. A wrong code counts against every open link.
    ///
    /// Shape: `None` when it is unknown, used, expired, or guessed at too often.
    pub async fn use_login_code(&self, code: &str, now: i64) -> Result<Option<Principal>, Error> {
        let hash = random::hashed(&code.trim().to_ascii_uppercase());
        let run = async {
            let mut transaction = self.pool().begin().await?;
            let taken: Option<(String, i64)> = sqlx::query_as(
                "DELETE FROM login_links WHERE code_hash = $1 AND attempts < $2 RETURNING principal, expires_at",
            )
            .bind(hash)
            .bind(MAX_ATTEMPTS)
            .fetch_optional(&mut *transaction)
            .await?;
            if taken.is_none() {
                sqlx::query("UPDATE login_links SET attempts = attempts + 1").execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(taken)
        };
        let taken = run.await.map_err(|e| self.failed(e))?;
        self.unless_expired(taken, now)
    }

    fn unless_expired(&self, taken: Option<(String, i64)>, now: i64) -> Result<Option<Principal>, Error> {
        let live = taken.filter(|(_, expires_at)| *expires_at > now);
        live.map(|(principal, _)| self.principal(&principal, "login_links.principal")).transpose()
    }
}
