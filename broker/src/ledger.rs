//! The one place that changes stored sign-ins: database first, memory after it, nobody in between.
//!
//! Two tasks that finish their writes together could otherwise update the memory in the other order and bring a
//! sign-in back that was signed out. The database has one writer, so the lock costs nothing.

use tokio::sync::Mutex;

use crate::Error;
use crate::hot::Hot;
use crate::limits::Limits;
use crate::store::{BeginRefresh, Failure, Lease, NewTokens, Reaped, Reason, RpcSession, Store, TokenKey, TokenRow};

/// Database and memory, kept in step.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
    hot: Hot,
    writing: Mutex<()>,
}

impl Ledger {
    /// Reads everything that is live into memory.
    pub async fn open(store: Store, limits: &Limits, now: i64) -> Result<Self, Error> {
        let ledger = Self { store, hot: Hot::default(), writing: Mutex::default() };
        ledger.hot.replace_tokens(ledger.store.all_tokens(now).await?);
        for session in ledger.store.live_rpc_sessions(now).await? {
            ledger.hot.insert_session(session, limits);
        }
        Ok(ledger)
    }

    /// The memory, to read from.
    pub fn hot(&self) -> &Hot {
        &self.hot
    }

    /// The database, for what is not kept in memory.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Stores a finished sign-in. Rows that the same integration had under former GUIDs give way to it.
    pub async fn sign_in(
        &self,
        key: &TokenKey,
        former: &[TokenKey],
        config_fp: &str,
        tokens: &NewTokens,
        now: i64,
    ) -> Result<(), Error> {
        let _writing = self.writing.lock().await;
        let row = self.store.sign_in(key, config_fp, tokens, now).await?;
        self.hot.set_token(key, Some(row));
        for key in former {
            self.store.sign_out(key, now).await?;
            self.hot.set_token(key, None);
        }
        Ok(())
    }

    /// Deletes a sign-in and returns what was in it, for revocation at the provider.
    pub async fn sign_out(&self, key: &TokenKey, now: i64) -> Result<Option<TokenRow>, Error> {
        let _writing = self.writing.lock().await;
        let row = self.store.sign_out(key, now).await?;
        self.hot.set_token(key, None);
        Ok(row)
    }

    /// Follows a change that somebody else made to the row.
    pub async fn reread(&self, key: &TokenKey, now: i64) -> Result<(), Error> {
        let _writing = self.writing.lock().await;
        self.follow(key, None, now).await
    }

    /// See [`Store::begin_refresh`].
    pub async fn begin_refresh(&self, key: &TokenKey, version: i64, now: i64) -> Result<BeginRefresh, Error> {
        self.store.begin_refresh(key, version, now).await
    }

    /// Stores refreshed tokens, unless the row changed meanwhile; memory follows either way.
    pub async fn commit_refresh(&self, lease: &Lease, tokens: &NewTokens, now: i64) -> Result<bool, Error> {
        let _writing = self.writing.lock().await;
        let row = self.store.commit_refresh(lease, tokens, now).await?;
        let committed = row.is_some();
        self.follow(&lease.key, row, now).await.map(|()| committed)
    }

    /// Ends a sign-in, unless the row changed meanwhile; memory follows either way.
    ///
    /// Shape: `false` when the row had changed.
    pub async fn mark_reauth(&self, key: &TokenKey, version: i64, reason: Reason, now: i64) -> Result<bool, Error> {
        let _writing = self.writing.lock().await;
        let row = self.store.mark_reauth(key, version, reason, now).await?;
        let marked = row.is_some();
        self.follow(key, row, now).await.map(|()| marked)
    }

    /// Records a failed refresh; memory follows.
    pub async fn record_failure(&self, lease: &Lease, failure: Failure<'_>, now: i64) -> Result<(), Error> {
        let _writing = self.writing.lock().await;
        let row = self.store.record_failure(lease, failure, now).await?;
        self.follow(&lease.key, row, now).await
    }

    /// Puts the row that a write returned into memory; without one, the row as it is now.
    async fn follow(&self, key: &TokenKey, written: Option<TokenRow>, now: i64) -> Result<(), Error> {
        let row = match written {
            Some(row) => Some(row),
            None => self.store.token(key, now).await?,
        };
        self.hot.set_token(key, row);
        Ok(())
    }

    /// Stores a new session.
    pub async fn insert_session(&self, session: RpcSession, limits: &Limits) -> Result<(), Error> {
        self.store.insert_rpc_session(&session).await?;
        self.hot.insert_session(session, limits);
        Ok(())
    }

    /// Ends one of the person's own sessions. Shape: `false` when there was nothing to end.
    pub async fn revoke_session(&self, principal: &crate::Principal, id: &str, now: i64) -> Result<bool, Error> {
        let revoked = self.store.revoke_rpc_session(principal, id, now).await?;
        if revoked {
            self.hot.revoke_session(id);
        }
        Ok(revoked)
    }

    /// The daily sweep of what is over.
    pub async fn reap(&self, known: &[uuid::Uuid], now: i64) -> Result<Reaped, Error> {
        let _writing = self.writing.lock().await;
        let reaped = self.store.reap(known, now).await?;
        if reaped.tokens > 0 {
            self.hot.replace_tokens(self.store.all_tokens(now).await?);
        }
        self.hot.forget_ended_sessions(now);
        Ok(reaped)
    }
}
