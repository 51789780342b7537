//! Sign-ins that a browser has begun and not yet finished. Source: specs/workbench.md §4.3, §4.4; V108, V109.

use sqlx::FromRow;
use tokcore::Secret;
use uuid::Uuid;

use super::Store;
use crate::cell::{self, Place};
use crate::error::Error;
use crate::{Principal, random};

const TABLE: &str = "oauth2_flows";

/// Long enough to sign in, short enough that a forgotten tab is harmless. Units: seconds.
const LIFETIME_S: i64 = 10 * 60;

/// A person has a few tabs, not dozens; the oldest gives way.
const MAX_PER_PRINCIPAL: i64 = 10;

/// Where the browser goes when a sign-in is finished: a closed set, so that no parameter can send it elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnTo {
    /// The Managed Credentials page.
    Credentials,
    /// A page that closes its window.
    Close,
}

impl ReturnTo {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Close => "close",
        }
    }

    /// The place that this word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Credentials, Self::Close].into_iter().find(|place| place.word() == word)
    }
}

/// A sign-in to begin.
#[derive(Debug)]
pub struct NewFlow<'a> {
    /// Random; only its hash is stored.
    pub state: &'a Secret,
    /// Who signs in.
    pub principal: &'a Principal,
    /// [`super::WebSession::id_hash`] of the browser that began it.
    pub web_session_hash: &'a str,
    /// To which integration.
    pub guid: Uuid,
    /// PKCE code verifier; `None` where PKCE is off.
    pub verifier: Option<&'a Secret>,
    /// OpenID nonce; only its hash is stored.
    pub nonce: Option<&'a Secret>,
    /// Fingerprint of the configuration in use.
    pub config_fp: &'a str,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
}

/// A sign-in taken from the store to be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Who began it.
    pub principal: Principal,
    /// In which browser.
    pub web_session_hash: String,
    /// To which integration.
    pub guid: Uuid,
    /// PKCE code verifier.
    pub verifier: Option<Secret>,
    /// [`random::hashed`] of the nonce.
    pub nonce_hash: Option<String>,
    /// Fingerprint of the configuration it began with.
    pub config_fp: String,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    /// Units: seconds since the epoch.
    pub created_at: i64,
}

impl Store {
    /// Stores a flow for ten minutes; the principal's oldest ones beyond ten are dropped.
    pub async fn insert_flow(&self, flow: &NewFlow<'_>, now: i64) -> Result<(), Error> {
        let state_hash = random::hashed(flow.state.expose());
        let guid = flow.guid.to_string();
        let place = place(&state_hash, flow.principal.as_str(), &guid);
        let verifier = flow.verifier.map(|verifier| cell::seal(self.keys(), &place, verifier)).transpose()?;
        let insert = sqlx::query(
            "INSERT INTO oauth2_flows (state_hash, principal, web_session_hash, integration_guid, verifier_enc,
               nonce_hash, config_fp, return_to, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&state_hash)
        .bind(flow.principal.as_str())
        .bind(flow.web_session_hash)
        .bind(&guid)
        .bind(verifier)
        .bind(flow.nonce.map(|nonce| random::hashed(nonce.expose())))
        .bind(flow.config_fp)
        .bind(flow.return_to.word())
        .bind(now)
        .bind(now + LIFETIME_S);
        // The new one is spared whatever the clock says: within one second the order of the others does not matter.
        let drop_oldest = sqlx::query(
            "DELETE FROM oauth2_flows WHERE principal = $1 AND state_hash <> $2 AND state_hash NOT IN (
               SELECT state_hash FROM oauth2_flows WHERE principal = $1 AND state_hash <> $2
               ORDER BY created_at DESC, state_hash LIMIT $3)",
        )
        .bind(flow.principal.as_str())
        .bind(&state_hash)
        .bind(MAX_PER_PRINCIPAL - 1);
        let run = async {
            let mut transaction = self.pool().begin().await?;
            insert.execute(&mut *transaction).await?;
            drop_oldest.execute(&mut *transaction).await?;
            transaction.commit().await
        };
        run.await.map_err(|e| self.failed(e))
    }

    /// Takes the flow with this state out of the store: it can be taken once, also when finishing it then fails.
    ///
    /// Shape: `None` for a state that is unknown, used or expired.
    pub async fn take_flow(&self, state: &str, now: i64) -> Result<Option<Flow>, Error> {
        let row: Option<RawFlow> = sqlx::query_as("DELETE FROM oauth2_flows WHERE state_hash = $1 RETURNING *")
            .bind(random::hashed(state))
            .fetch_optional(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = row.filter(|row| row.expires_at > now) else { return Ok(None) };
        let place = place(&row.state_hash, &row.principal, &row.integration_guid);
        let verifier = row.verifier_enc.as_deref().map(|cell| cell::open(self.keys(), &place, cell)).transpose();
        Ok(Some(Flow {
            verifier: verifier.map_err(|_| self.corrupt("oauth2_flows.verifier_enc"))?,
            principal: self.principal(&row.principal, "oauth2_flows.principal")?,
            guid: self.guid(&row.integration_guid, "oauth2_flows.integration_guid")?,
            return_to: ReturnTo::from_word(&row.return_to).ok_or_else(|| self.corrupt("oauth2_flows.return_to"))?,
            web_session_hash: row.web_session_hash,
            nonce_hash: row.nonce_hash,
            config_fp: row.config_fp,
            created_at: row.created_at,
        }))
    }
}

fn place<'a>(state_hash: &'a str, principal: &'a str, guid: &'a str) -> Place<'a> {
    Place { table: TABLE, column: "verifier_enc", row: state_hash, principal, guid }
}

#[derive(FromRow)]
struct RawFlow {
    state_hash: String,
    principal: String,
    web_session_hash: String,
    integration_guid: String,
    verifier_enc: Option<Vec<u8>>,
    nonce_hash: Option<String>,
    config_fp: String,
    return_to: String,
    created_at: i64,
    expires_at: i64,
}
