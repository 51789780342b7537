//! What a stored sign-in looks like, decrypted and as it lies in the table.

use std::fmt;

use sqlx::FromRow;
use tokcore::Secret;
use uuid::Uuid;

use super::Store;
use crate::Principal;
use crate::error::Error;

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

/// A row as it lies in the table.
#[derive(FromRow)]
pub(super) struct RawRow {
    pub(super) id: String,
    pub(super) principal: String,
    pub(super) integration_guid: String,
    pub(super) config_fp: String,
    pub(super) state: String,
    reason: Option<String>,
    pub(super) access_token_enc: Option<Vec<u8>>,
    pub(super) refresh_token_enc: Option<Vec<u8>>,
    pub(super) id_token_enc: Option<Vec<u8>>,
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

impl Store {
    /// Everything but the cells.
    pub(super) fn plain_columns(&self, row: RawRow) -> Result<TokenRow, Error> {
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
