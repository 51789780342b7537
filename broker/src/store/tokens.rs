//! One row per person and integration: the tokens they signed in for.

use std::fmt;

use sqlx::FromRow;
use tokcore::Secret;
use uuid::Uuid;

use super::Store;
use crate::Principal;
use crate::cell::{self, Place};
use crate::error::Error;

const TABLE: &str = "oauth2_tokens";

/// Whose token, and of which integration. There is no query for tokens that names only one of the two but
/// [`Store::all_tokens`]. Source: threat T05.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenKey {
    /// The person.
    pub principal: Principal,
    /// The integration's current GUID.
    pub guid: Uuid,
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.guid, self.principal)
    }
}

/// Why a person has to sign in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The provider refused the refresh token.
    InvalidGrant,
    /// The integration's endpoints or client changed.
    ConfigChanged,
    /// A rotated refresh token was lost with the process that received it.
    RotationLost,
    /// Expired, and there was no refresh token.
    ExpiredNoRefresh,
    /// The stored cells do not decrypt.
    Undecryptable,
    /// The provider wants to see the person: `interaction_required`.
    InteractionRequired,
    /// The provider wants a new login: `login_required`.
    LoginRequired,
    /// The provider wants consent: `consent_required`.
    ConsentRequired,
}

impl Reason {
    const ALL: [Self; 8] = [
        Self::InvalidGrant,
        Self::ConfigChanged,
        Self::RotationLost,
        Self::ExpiredNoRefresh,
        Self::Undecryptable,
        Self::InteractionRequired,
        Self::LoginRequired,
        Self::ConsentRequired,
    ];

    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::ConfigChanged => "config_changed",
            Self::RotationLost => "rotation_lost",
            Self::ExpiredNoRefresh => "expired_no_refresh",
            Self::Undecryptable => "undecryptable",
            Self::InteractionRequired => "interaction_required",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// What can be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// Served and refreshed.
    Active,
    /// Not refreshed any more; an access token with life left may still be served.
    ReauthRequired(Reason),
}

/// A stored sign-in, decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Changes with every sign-in.
    pub id: Uuid,
    /// Whose, of what.
    pub key: TokenKey,
    /// Fingerprint of the configuration it was issued under.
    pub config_fp: String,
    /// What can be done with it.
    pub state: TokenState,
    /// `None` only when it does not decrypt.
    pub access_token: Option<Secret>,
    /// `None` when the provider gave none, or after it was refused.
    pub refresh_token: Option<Secret>,
    /// `None` without `openid`.
    pub id_token: Option<Secret>,
    /// As the provider spelled it.
    pub token_type: Option<String>,
    /// `None` when the provider never said.
    pub scopes_granted: Option<Vec<String>>,
    /// `None`: unknown. Units: seconds since the epoch, like all that follow.
    pub expires_at: Option<i64>,
    /// When the request was sent that brought this access token.
    pub obtained_at: i64,
    /// Last refresh.
    pub refreshed_at: Option<i64>,
    /// Last hand-out, to the minute.
    pub last_used_at: Option<i64>,
    /// First sign-in.
    pub created_at: i64,
    /// Last change.
    pub updated_at: i64,
    /// Grows with every change of the tokens or the state.
    pub version: i64,
    /// Failed refreshes in a row.
    pub fail_count: i64,
    /// No refresh before this moment.
    pub next_attempt_at: Option<i64>,
    /// Class of the last failure.
    pub last_error: Option<String>,
}

/// Tokens as a provider gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTokens {
    /// Never empty.
    pub access_token: Secret,
    /// `None` keeps the one there is, in a refresh.
    pub refresh_token: Option<Secret>,
    /// `None` keeps the one there is, in a refresh.
    pub id_token: Option<Secret>,
    /// As the provider spelled it.
    pub token_type: Option<String>,
    /// `None` keeps what is known, in a refresh.
    pub scopes_granted: Option<Vec<String>>,
    /// `None`: unknown. Units: seconds since the epoch.
    pub expires_at: Option<i64>,
    /// The moment before the request was sent. Units: seconds since the epoch.
    pub obtained_at: i64,
}

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
        match self.raw_row(key).await? {
            Some(row) => self.read_row(row, now).await.map(Some),
            None => Ok(None),
        }
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
        match row {
            Some(row) => self.read_row(row, now).await.map(Some),
            None => Ok(None),
        }
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

    fn plain_columns(&self, row: RawRow) -> Result<TokenRow, Error> {
        let state = match (row.state.as_str(), row.reason.as_deref()) {
            ("active", _) => TokenState::Active,
            (_, reason) => TokenState::ReauthRequired(
                reason.and_then(Reason::from_word).ok_or_else(|| self.corrupt("oauth2_tokens.reason"))?,
            ),
        };
        Ok(TokenRow {
            id: self.guid(&row.id, "oauth2_tokens.id")?,
            key: TokenKey {
                principal: self.principal(&row.principal, "oauth2_tokens.principal")?,
                guid: self.guid(&row.integration_guid, "oauth2_tokens.integration_guid")?,
            },
            config_fp: row.config_fp,
            state,
            access_token: None,
            refresh_token: None,
            id_token: None,
            token_type: row.token_type,
            scopes_granted: row.scopes_granted.map(|text| text.split_whitespace().map(str::to_owned).collect()),
            expires_at: row.expires_at,
            obtained_at: row.obtained_at,
            refreshed_at: row.refreshed_at,
            last_used_at: row.last_used_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            fail_count: row.fail_count,
            next_attempt_at: row.next_attempt_at,
            last_error: row.last_error,
        })
    }
}

/// A row as it lies in the table.
#[derive(FromRow)]
pub(super) struct RawRow {
    pub(super) id: String,
    principal: String,
    integration_guid: String,
    pub(super) config_fp: String,
    pub(super) state: String,
    reason: Option<String>,
    access_token_enc: Option<Vec<u8>>,
    pub(super) refresh_token_enc: Option<Vec<u8>>,
    id_token_enc: Option<Vec<u8>>,
    pub(super) raw_response_enc: Option<Vec<u8>>,
    token_type: Option<String>,
    scopes_granted: Option<String>,
    expires_at: Option<i64>,
    obtained_at: i64,
    refreshed_at: Option<i64>,
    last_used_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    pub(super) version: i64,
    pub(super) intent_at: Option<i64>,
    pub(super) intent_rt_hash: Option<String>,
    fail_count: i64,
    next_attempt_at: Option<i64>,
    last_error: Option<String>,
}
