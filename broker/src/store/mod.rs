//! What the broker must not forget: tokens, open sign-ins, sessions, and who did what.
//!
//! SQLite behind one connection: there is one broker per database, and reads that must be fast are answered from the
//! caller's memory, so one writer is also the end of every `database is locked`. Secrets enter and leave as
//! [`tokcore::Secret`] and lie encrypted or hashed in between. Moments are whole seconds since the epoch and always
//! the caller's: the store has no clock. The SQL keeps to what PostgreSQL says too. Source: specs/workbench.md §4.7–4.9.

mod audit;
mod flows;
mod lock;
mod login_links;
mod meta;
mod reap;
mod refresh;
mod rotation;
mod schema;
mod sessions;
mod token_row;
mod tokens;
mod web_sessions;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use audit::AuditEvent;
pub use flows::{Flow, NewFlow, ReturnTo};
pub use login_links::LoginLink;
pub use reap::Reaped;
pub use refresh::{BeginRefresh, Failure, Lease, Staged};
pub use rotation::{KeyUse, Reencrypted, sealed_columns};
pub use sessions::RpcSession;
pub use token_row::{NewTokens, Reason, TokenKey, TokenRow, TokenState};
pub use web_sessions::WebSession;

use crate::error::Error;
use crate::keys::KeyRing;
use crate::{Principal, files, random};

/// How long a statement waits for another process that reads the file, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a call waits for its turn; beyond that the disk has a problem that waiting does not cure.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// The open database. Cheap to clone; closed when the last clone is dropped. Threads: shareable.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    pool: SqlitePool,
    keys: KeyRing,
    path: PathBuf,
    instance: String,
    /// Who holds leases: this run of this broker.
    lease_owner: String,
    /// Dropped last, after the pool: while the database is open, it is ours.
    _lock: lock::DatabaseLock,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.0.path).field("instance", &self.0.instance).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database, creating it and the key file when both are missing. Effects: `[disk]`.
    ///
    /// Errors: [`Error::Locked`] when another broker has it, [`Error::NewerSchema`], [`Error::KeyMissing`],
    /// [`Error::WrongKey`], [`Error::Key`], [`Error::Io`]; in none of these cases is a row changed.
    pub async fn open(database: &Path, key_file: &Path) -> Result<Self, Error> {
        let lock = lock::DatabaseLock::acquire(database)?;
        match files::create_private(database, b"") {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::Io { action: "create", path: database.to_owned(), source }),
        }
        let pool = connect(database).await.map_err(|source| Error::Database { path: database.to_owned(), source })?;
        schema::migrate(&pool, database).await?;
        let keys = meta::matching_keys(&pool, database, key_file).await?;
        let instance = meta::instance(&pool, database).await?;
        let lease_owner = random::token()?.expose().to_owned();
        let store = Self(Arc::new(Inner { pool, keys, path: database.to_owned(), instance, lease_owner, _lock: lock }));
        store.clear_leases().await?;
        Ok(store)
    }

    /// The keys that belong to this database.
    pub fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// A short random name that stays with the database: eight hexadecimal digits.
    pub fn instance(&self) -> &str {
        &self.0.instance
    }

    /// Whether the database answers: a part of readiness.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(self.pool()).await.map_err(|e| self.failed(e)).map(drop)
    }

    /// Finishes what is under way and closes the file; calls on other clones fail afterwards.
    pub async fn close(&self) {
        self.pool().close().await;
    }

    fn pool(&self) -> &SqlitePool {
        &self.0.pool
    }

    fn failed(&self, source: sqlx::Error) -> Error {
        Error::Database { path: self.0.path.clone(), source }
    }

    fn corrupt(&self, what: &'static str) -> Error {
        Error::Corrupt { path: self.0.path.clone(), what }
    }

    fn principal(&self, text: &str, what: &'static str) -> Result<Principal, Error> {
        text.parse().map_err(|_| self.corrupt(what))
    }

    fn guid(&self, text: &str, what: &'static str) -> Result<uuid::Uuid, Error> {
        uuid::Uuid::try_parse(text).map_err(|_| self.corrupt(what))
    }
}

async fn connect(database: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .journal_mode(SqliteJournalMode::Wal)
        // A rotated refresh token must be on disk before it is used: the provider has already forgotten the old one.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT);
    SqlitePoolOptions::new()
        .max_connections(1)
        // No reaper: an idle broker does not wake up.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(TURN_TIMEOUT)
        .connect_with(options)
        .await
}
