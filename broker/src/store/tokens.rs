//! One row per person and integration: the tokens they signed in for.

use tokcore::Secret;
use uuid::Uuid;

use super::Store;
use super::token_row::{NewTokens, RawRow, Reason, TokenKey, TokenRow, TokenState};
use crate::cell::{self, Place};
use crate::error::Error;

const TABLE: &str = "oauth2_tokens";

impl Store {
    /// Every row, to fill the broker's memory at start.
    ///
    /// A row that does not decrypt comes back as `ReauthRequired(Undecryptable)`, and is marked so.
    pub async fn all_tokens(&self, now: i64) -> Result<Vec<TokenRow>, Error> {
        let rows: Vec<RawRow> = sqlx::query_as("SELECT * FROM oauth2_tokens ORDER BY principal, integration_guid")
            .fetch_all(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        let mut tokens = Vec::with_capacity(rows.len());
        for row in rows {
            tokens.push(self.read_row(row, now).await?);
        }
        Ok(tokens)
    }

    /// The row of one person and integration; what does not decrypt is treated as in [`Store::all_tokens`].
    pub async fn token(&self, key: &TokenKey, now: i64) -> Result<Option<TokenRow>, Error> {
        self.read_if_any(self.raw_row(key).await?, now).await
    }

    /// Stores a finished sign-in; whatever was there, a refresh under way included, gives way to it.
    pub async fn sign_in(
        &self,
        key: &TokenKey,
        config_fp: &str,
        tokens: &NewTokens,
        now: i64,
    ) -> Result<TokenRow, Error> {
        // A new row ID with each sign-in: a refresh of the previous one can never write into it.
        let id = Uuid::new_v4();
        let row: RawRow = sqlx::query_as(
            "INSERT INTO oauth2_tokens (id, principal, integration_guid, config_fp, state, access_token_enc,
               refresh_token_enc, id_token_enc, token_type, scopes_granted, expires_at, obtained_at, created_at,
               updated_at, version, key_id)
             VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12, $12, 1, $13)
             ON CONFLICT (principal, integration_guid) DO UPDATE SET
               id = excluded.id, config_fp = excluded.config_fp, state = 'active', reason = NULL,
               access_token_enc = excluded.access_token_enc, refresh_token_enc = excluded.refresh_token_enc,
               id_token_enc = excluded.id_token_enc, raw_response_enc = NULL, token_type = excluded.token_type,
               scopes_granted = excluded.scopes_granted, expires_at = excluded.expires_at,
               obtained_at = excluded.obtained_at, refreshed_at = NULL, updated_at = excluded.updated_at,
               version = oauth2_tokens.version + 1, lease_owner = NULL, lease_until = NULL, intent_at = NULL,
               intent_rt_hash = NULL, fail_count = 0, next_attempt_at = NULL, last_error = NULL,
               key_id = excluded.key_id
             RETURNING *",
        )
        .bind(id.to_string())
        .bind(key.principal.as_str())
        .bind(key.guid.to_string())
        .bind(config_fp)
        .bind(self.seal(key, id, "access_token_enc", Some(&tokens.access_token))?)
        .bind(self.seal(key, id, "refresh_token_enc", tokens.refresh_token.as_ref())?)
        .bind(self.seal(key, id, "id_token_enc", tokens.id_token.as_ref())?)
        .bind(&tokens.token_type)
        .bind(tokens.scopes_granted.as_ref().map(|scopes| scopes.join(" ")))
        .bind(tokens.expires_at)
        .bind(tokens.obtained_at)
        .bind(now)
        .bind(self.keys().active().kid())
        .fetch_one(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        self.read_row(row, now).await
    }

    /// Deletes the row and returns what was in it, for revocation at the provider.
    pub async fn sign_out(&self, key: &TokenKey, now: i64) -> Result<Option<TokenRow>, Error> {
        let Some(row) = self.token(key, now).await? else { return Ok(None) };
        let deleted = sqlx::query("DELETE FROM oauth2_tokens WHERE principal = $1 AND integration_guid = $2")
            .bind(key.principal.as_str())
            .bind(key.guid.to_string())
            .execute(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        Ok((deleted.rows_affected() > 0).then_some(row))
    }

    /// Ends the row: the person has to sign in again. The refresh token is erased; an access token stays for as long
    /// as it lives.
    ///
    /// Shape: `None` when the row is no longer at `version`; nothing is changed then.
    pub async fn mark_reauth(
        &self,
        key: &TokenKey,
        version: i64,
        reason: Reason,
        now: i64,
    ) -> Result<Option<TokenRow>, Error> {
        let row: Option<RawRow> = sqlx::query_as(
            "UPDATE oauth2_tokens SET state = 'reauth_required', reason = $1, refresh_token_enc = NULL,
               raw_response_enc = NULL, lease_owner = NULL, lease_until = NULL, intent_at = NULL,
               intent_rt_hash = NULL, next_attempt_at = NULL, last_error = $1, updated_at = $2, version = version + 1
             WHERE principal = $3 AND integration_guid = $4 AND version = $5 RETURNING *",
        )
        .bind(reason.word())
        .bind(now)
        .bind(key.principal.as_str())
        .bind(key.guid.to_string())
        .bind(version)
        .fetch_optional(self.pool())
        .await
        .map_err(|e| self.failed(e))?;
        self.read_if_any(row, now).await
    }

    /// Records a hand-out. The caller sees to it that this happens at most once a minute per row.
    pub async fn touch_last_used(&self, key: &TokenKey, now: i64) -> Result<(), Error> {
        sqlx::query("UPDATE oauth2_tokens SET last_used_at = $1 WHERE principal = $2 AND integration_guid = $3")
            .bind(now)
            .bind(key.principal.as_str())
            .bind(key.guid.to_string())
            .execute(self.pool())
            .await
            .map_err(|e| self.failed(e))
            .map(drop)
    }

    pub(super) async fn raw_row(&self, key: &TokenKey) -> Result<Option<RawRow>, Error> {
        sqlx::query_as("SELECT * FROM oauth2_tokens WHERE principal = $1 AND integration_guid = $2")
            .bind(key.principal.as_str())
            .bind(key.guid.to_string())
            .fetch_optional(self.pool())
            .await
            .map_err(|e| self.failed(e))
    }

    /// Encrypts one cell of the row `id`.
    pub(super) fn seal(
        &self,
        key: &TokenKey,
        id: Uuid,
        column: &str,
        secret: Option<&Secret>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let (row, guid) = (id.to_string(), key.guid.to_string());
        let place = Place { table: TABLE, column, row: &row, principal: key.principal.as_str(), guid: &guid };
        secret.map(|secret| cell::seal(self.keys(), &place, secret)).transpose().map_err(Error::from)
    }

    /// Decrypts one cell of a row.
    pub(super) fn open_cell(
        &self,
        row: &RawRow,
        column: &str,
        cell: Option<&[u8]>,
    ) -> Result<Option<Secret>, cell::Undecryptable> {
        let (principal, guid) = (row.principal.as_str(), row.integration_guid.as_str());
        let place = Place { table: TABLE, column, row: &row.id, principal, guid };
        cell.map(|cell| cell::open(self.keys(), &place, cell)).transpose()
    }

    /// Decrypts the row that a statement brought, if it brought one.
    pub(super) async fn read_if_any(&self, row: Option<RawRow>, now: i64) -> Result<Option<TokenRow>, Error> {
        match row {
            Some(row) => self.read_row(row, now).await.map(Some),
            None => Ok(None),
        }
    }

    /// Decrypts a row; one that does not decrypt is marked, because nobody can use it any more.
    pub(super) async fn read_row(&self, row: RawRow, now: i64) -> Result<TokenRow, Error> {
        let cells = (
            self.open_cell(&row, "access_token_enc", row.access_token_enc.as_deref()),
            self.open_cell(&row, "refresh_token_enc", row.refresh_token_enc.as_deref()),
            self.open_cell(&row, "id_token_enc", row.id_token_enc.as_deref()),
        );
        let (Ok(access_token), Ok(refresh_token), Ok(id_token)) = cells else {
            return self.undecryptable(row, now).await;
        };
        let mut token = self.plain_columns(row)?;
        (token.access_token, token.refresh_token, token.id_token) = (access_token, refresh_token, id_token);
        Ok(token)
    }

    /// The cells stay: a cell that was moved by mistake can be moved back and signed in is then one statement away.
    async fn undecryptable(&self, row: RawRow, now: i64) -> Result<TokenRow, Error> {
        let (version, id) = (row.version, row.id.clone());
        let mut token = self.plain_columns(row)?;
        let marked = TokenState::ReauthRequired(Reason::Undecryptable);
        if token.state != marked {
            tracing::warn!(principal = %token.key.principal, guid = %token.key.guid, "a stored token does not decrypt");
            let updated = sqlx::query(
                "UPDATE oauth2_tokens SET state = 'reauth_required', reason = $1, lease_owner = NULL,
                   lease_until = NULL, updated_at = $2, version = version + 1 WHERE id = $3 AND version = $4",
            )
            .bind(Reason::Undecryptable.word())
            .bind(now)
            .bind(id)
            .bind(version)
            .execute(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
            token.version += i64::from(updated.rows_affected() > 0);
            token.state = marked;
        }
        Ok(token)
    }
}
