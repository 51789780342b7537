//! What stops the broker: each message names the file concerned and says what to do next.

use std::path::PathBuf;

use tokcore::Kind;

use crate::config::Rejected;

/// A failure of the broker's own files: configuration, master key, database.
///
/// Never carries a secret, a cell or a response body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration as a whole cannot be used.
    #[error(transparent)]
    Config(#[from] Rejected),

    /// The master key cannot be used; `problem` holds the reason and the next step.
    #[error("master key {}: {problem}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },

    /// The database holds rows, and the key file that opens them is gone.
    #[error(
        "master key {} is missing, but {} was written with one: restore the key file from your backup, or move the \
         database away to start empty (everybody then signs in again)",
        key.display(), database.display()
    )]
    KeyMissing {
        /// The key file that was looked for.
        key: PathBuf,
        /// The database that needs it.
        database: PathBuf,
    },

    /// The key file does not hold the key that the database was written with.
    #[error(
        "this database was written with another key: {} names key {kid} (ID {wanted}), the key file has {found}; \
         restore that key file, or move the database away to start empty (everybody then signs in again)",
        database.display()
    )]
    WrongKey {
        /// The database.
        database: PathBuf,
        /// The name under which the database knows the key.
        kid: String,
        /// The key ID recorded in the database.
        wanted: String,
        /// The key ID of the same name in the key file, or `none`.
        found: String,
    },

    /// Another broker has the database.
    #[error(
        "another broker{} uses {}: stop it first, or give this one its own --database (lock file {})",
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), database.display(), lock.display()
    )]
    Locked {
        /// The database both want.
        database: PathBuf,
        /// The lock file; never deleted.
        lock: PathBuf,
        /// The other broker's process ID, if it could be read.
        pid: Option<u32>,
    },

    /// The database comes from a later version of tokcore.
    #[error(
        "database {} has schema {found}, this tokcore knows {known}: run the newer tokcore that wrote it, or restore a \
         backup from before the upgrade",
        path.display()
    )]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its newest migration.
        found: i64,
        /// Our newest migration.
        known: i64,
    },

    /// A file or directory could not be read or written.
    #[error("cannot {action} {}: {source}; check that it exists and that this user may", path.display())]
    Io {
        /// What was tried: `read`, `create`, …
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },

    /// The database refused a statement.
    #[error("database {}: {source}; check free space and permissions, then run `tokcore doctor`", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// The engine's answer; statements are bound, so it holds no values.
        source: sqlx::Error,
    },

    /// A migration failed; the database stays at the version it had.
    #[error("database {} could not be brought to the current schema: {source}; restore a backup", path.display())]
    Migration {
        /// The database.
        path: PathBuf,
        /// The engine's answer.
        source: sqlx::migrate::MigrateError,
    },

    /// A row holds something the broker never writes.
    #[error("database {}: {what} is not readable; restore a backup or delete that row", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// Table and column.
        what: &'static str,
    },

    /// The engine refused: no randomness, or a bug.
    #[error(transparent)]
    Core(#[from] tokcore::Error),
}

impl Error {
    /// The kind under which the command line reports it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Config(_) | Self::Key { .. } => Kind::ConfigInvalid,
            Self::Core(error) => error.kind(),
            _ => Kind::Store,
        }
    }
}
