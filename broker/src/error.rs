//! What stops the broker: each error names the file or address concerned, and its hint says what to do next.

use std::io;
use std::path::PathBuf;

use tokcore::Kind;

use crate::config::Rejected;

/// A failure of the broker's own files and addresses: configuration, master key, database, listeners.
///
/// Never carries a secret, a cell or a response body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration as a whole cannot be used.
    #[error("{}", .0.headline())]
    Config(#[from] Rejected),

    /// The master key cannot be used.
    #[error("master key {}: {problem}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// What to do.
        next: String,
    },

    /// The database holds rows, and the key file that opens them is gone.
    #[error("master key {} is missing, but {} was written with one", key.display(), database.display())]
    KeyMissing {
        /// The key file that was looked for.
        key: PathBuf,
        /// The database that needs it.
        database: PathBuf,
    },

    /// The key file does not hold the key that the database was written with.
    #[error(
        "this database was written with another key: {} names key {kid} (ID {wanted}), the key file {} has {found}",
        database.display(), key.display()
    )]
    WrongKey {
        /// The database.
        database: PathBuf,
        /// The key file.
        key: PathBuf,
        /// The name under which the database knows the key.
        kid: String,
        /// The key ID recorded in the database.
        wanted: String,
        /// The key ID of the same name in the key file, or `none`.
        found: String,
    },

    /// Another broker has the database.
    #[error(
        "another broker{} uses {} (lock file {})",
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
    #[error("database {} has schema {found}, this tokcore knows {known}", path.display())]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its newest migration.
        found: i64,
        /// Our newest migration.
        known: i64,
    },

    /// An address or the local socket cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// `host:port`, or the path of the socket.
        address: String,
        /// The flag of `tokcore serve` that chooses it.
        flag: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },

    /// A file or directory could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `create`, …
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },

    /// The database refused a statement.
    #[error("database {}: {source}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// The engine's answer; statements are bound, so it holds no values.
        source: sqlx::Error,
    },

    /// A migration failed; the database stays at the version it had.
    #[error("database {} could not be brought to the current schema: {source}", path.display())]
    Migration {
        /// The database.
        path: PathBuf,
        /// The engine's answer.
        source: sqlx::migrate::MigrateError,
    },

    /// A row holds something the broker never writes.
    #[error("database {}: {what} is not readable", path.display())]
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
            Self::Config(_) | Self::Key { .. } | Self::Listen { .. } => Kind::ConfigInvalid,
            Self::Core(error) => error.kind(),
            _ => Kind::Store,
        }
    }

    /// What to do about it, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::Config(rejected) => rejected.next_step(),
            Self::Key { next, .. } => next.clone(),
            Self::KeyMissing { key, database } => format!(
                "restore {} from your backup, or move {} away to start empty: everybody then signs in again",
                key.display(),
                database.display()
            ),
            Self::WrongKey { database, key, kid, .. } => format!(
                "restore the key {kid} in {}, or move {} away to start empty: everybody then signs in again",
                key.display(),
                database.display()
            ),
            Self::Locked { .. } => "stop it first, or give this one its own --database".into(),
            Self::NewerSchema { .. } => {
                "run the newer tokcore that wrote it, or restore a backup from before the upgrade".into()
            }
            Self::Listen { flag, source, .. } => listen_hint(flag, source.kind()),
            Self::Io { path, source, .. } => io_hint(path, source.kind()),
            Self::Database { .. } => "check free space and permissions there, then start again".into(),
            Self::Migration { .. } => "free some space and start again; if that does not help, restore a backup".into(),
            Self::Corrupt { .. } => "restore a backup, or delete that row".into(),
            Self::Core(error) => error.hint().to_owned(),
        }
    }
}

fn listen_hint(flag: &str, kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::AddrInUse if flag == "--socket" => format!("stop the broker there, or choose another {flag}"),
        io::ErrorKind::AddrInUse => {
            format!(
                "stop the program that has it (`ss -ltnp` names it), or choose another {flag}; port 0 takes a free one"
            )
        }
        io::ErrorKind::AddrNotAvailable => format!("choose an address of this machine with {flag}"),
        io::ErrorKind::PermissionDenied => format!("choose one that this user may listen on with {flag}"),
        _ => format!("choose another {flag}"),
    }
}

fn io_hint(path: &std::path::Path, kind: io::ErrorKind) -> String {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    match kind {
        io::ErrorKind::NotFound => format!("create the directory {} for the broker's user", directory.display()),
        io::ErrorKind::PermissionDenied => {
            format!("give the broker's user the right to that file and to {}", directory.display())
        }
        io::ErrorKind::StorageFull => "free some space there, then start again".into(),
        _ => format!("look at what is in {}", directory.display()),
    }
}

/// For programs that speak of errors of the engine and of the broker alike.
impl From<Error> for tokcore::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            error => Self::new(error.kind(), error.to_string()).with_hint(error.hint()),
        }
    }
}
