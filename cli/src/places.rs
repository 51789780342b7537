//! Where things are unless told otherwise: a user's own broker follows the XDG directories, root's the system's.
//!
//! Core looks for the socket in the same two places (detection rule X10).

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use tokcore::{Error, Kind};
use tokcore_broker::session::RuntimeDirectory;

/// The default files of one broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `oauth-clients.conf`.
    pub config: PathBuf,
    /// `integrations.toml`.
    pub sidecar: PathBuf,
    /// `master.key`.
    pub master_key: PathBuf,
    /// SQLite file.
    pub database: PathBuf,
    /// Unix socket.
    pub socket: PathBuf,
}

impl Places {
    /// For the user of this process.
    pub fn of_this_user() -> Self {
        if rustix::process::geteuid().is_root() { Self::of_the_system() } else { Self::of_user(variable) }
    }

    fn of_the_system() -> Self {
        Self {
            config: "/etc/rstudio/oauth-clients.conf".into(),
            sidecar: "/etc/tokcore/integrations.toml".into(),
            master_key: "/etc/tokcore/master.key".into(),
            database: "/var/lib/tokcore/tokcore.db".into(),
            socket: SYSTEM_SOCKET.into(),
        }
    }

    /// Source: XDG Base Directory Specification, whose fallbacks are below `$HOME`.
    fn of_user(variable: impl Fn(&str) -> Option<PathBuf>) -> Self {
        let home = variable("HOME").unwrap_or_default();
        let below = |name: &str, fallback: &str| variable(name).unwrap_or_else(|| home.join(fallback)).join("tokcore");
        let config = below("XDG_CONFIG_HOME", ".config");
        Self {
            config: config.join("oauth-clients.conf"),
            sidecar: config.join("integrations.toml"),
            master_key: config.join("master.key"),
            database: below("XDG_STATE_HOME", ".local/state").join("tokcore.db"),
            socket: RuntimeDirectory::default_base(variable("XDG_RUNTIME_DIR").as_deref()).join("broker.sock"),
        }
    }
}

/// Makes the directory of one of the usual files, for nobody but its owner, unless it is there. Effects: `[disk]`.
///
/// The system's socket lies in a directory that everybody may enter; that one is the broker's to make.
/// Errors: `ConfigInvalid`, also when the directory belongs to somebody else.
pub fn make_directory_of(file: &Path) -> Result<(), Error> {
    let Some(directory) = file.parent().filter(|_| file != Path::new(SYSTEM_SOCKET)) else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    let made = made.and_then(|()| match is_ours(directory) {
        true => Ok(()),
        false => Err(io::Error::other("it belongs to somebody else")),
    });
    made.map_err(|cause| {
        Error::new(Kind::ConfigInvalid, format!("directory {} cannot be used: {cause}", directory.display()))
            .with_hint("make it yourself, or name other files with --database, --master-key and --socket")
    })
}

const SYSTEM_SOCKET: &str = "/run/tokcore/broker.sock";

/// The socket of the broker to talk to: the named one, else the user's own if it is there, else the machine's.
pub fn broker_socket(named: Option<&Path>) -> PathBuf {
    if let Some(path) = named {
        return path.to_owned();
    }
    let own = Places::of_user(variable).socket;
    // Without XDG_RUNTIME_DIR it is below /tmp, where somebody else may have been faster with our name.
    if own.exists() && own.parent().is_some_and(is_ours) { own } else { SYSTEM_SOCKET.into() }
}

fn is_ours(directory: &Path) -> bool {
    directory.symlink_metadata().is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw())
}

/// Where the runtime directories of sessions are made: a place that nobody else can enter.
pub fn runtime_base() -> PathBuf {
    match variable("XDG_RUNTIME_DIR") {
        // The directory above holds the broker's socket, and others may be let in there.
        Some(directory) => RuntimeDirectory::default_base(Some(&directory)).join("sessions"),
        None => RuntimeDirectory::default_base(None),
    }
}

/// A directory that a variable names. The specification says to ignore relative ones; empty counts as unset.
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_files_follow_the_xdg_variables_and_their_fallbacks() {
        let fallbacks = Places::of_user(|name| (name == "HOME").then(|| "/home/ada".into()));
        assert_eq!(fallbacks.config, Path::new("/home/ada/.config/tokcore/oauth-clients.conf"));
        assert_eq!(fallbacks.database, Path::new("/home/ada/.local/state/tokcore/tokcore.db"));

        let told = Places::of_user(|name| Some(format!("/x/{name}").into()));
        assert_eq!(told.master_key, Path::new("/x/XDG_CONFIG_HOME/tokcore/master.key"));
        assert_eq!(told.database, Path::new("/x/XDG_STATE_HOME/tokcore/tokcore.db"));
        assert_eq!(told.socket, Path::new("/x/XDG_RUNTIME_DIR/tokcore/broker.sock"));
    }

    #[test]
    fn a_named_socket_is_taken_as_it_is() {
        assert_eq!(broker_socket(Some(Path::new("/a/b"))), Path::new("/a/b"));
    }
}
