//! What a program finds when it starts inside a session: its runtime directory and its environment.
//!
//! Used by the command line (`tokcore exec`) on the user's side of the admin socket: [`crate::admin::client`] mints the
//! session, this module lays it out. Source: specs/workbench.md §4.12.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tokcore::{Error, Kind, Secret};

/// Name of the cookie's file; both clients look for it.
pub const COOKIE_FILE: &str = "rpc_cookie";

/// Any version from 2026.01.0 on opens the gate of both clients.
pub const VERSION: &str = "2026.01.0+tokcore";

/// A session's runtime directory, removed with its content when dropped.
#[derive(Debug)]
pub struct RuntimeDirectory {
    path: PathBuf,
}

impl RuntimeDirectory {
    /// Where runtime directories belong: `$XDG_RUNTIME_DIR/tokcore`, else `tokcore-<uid>` in the temporary directory.
    pub fn default_base(xdg_runtime_dir: Option<&Path>) -> PathBuf {
        match xdg_runtime_dir {
            Some(directory) if directory.is_absolute() => directory.join("tokcore"),
            _ => std::env::temp_dir().join(format!("tokcore-{}", rustix::process::getuid().as_raw())),
        }
    }

    /// Makes `<base>/<session>` with mode 0700 and the cookie in it, with mode 0600, one line, no newline.
    /// Effects: `[disk]`.
    ///
    /// Errors: `Store`, when something stands in the way: a link, somebody else's directory, or one that others may
    /// enter. Somebody who prepared it could read the cookie or swap it.
    pub fn create(base: &Path, session: &str, cookie: &Secret) -> Result<Self, Error> {
        // The name is a hash in hexadecimal; anything else would be a path.
        if session.is_empty() || !session.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::new(Kind::InvalidArgument, "the name of a session is a hash"));
        }
        make_private(base).map_err(|cause| trouble(base, cause))?;
        let path = base.join(session);
        make_private(&path).map_err(|cause| trouble(&path, cause))?;
        let directory = Self { path };
        directory.write_cookie(cookie)?;
        Ok(directory)
    }

    /// Where it is: the value of `PWB_SESSION_RUNTIME_DIR`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the cookie; a reader sees the old one or the new one, never a part. Effects: `[disk]`.
    pub fn write_cookie(&self, cookie: &Secret) -> Result<(), Error> {
        let target = self.path.join(COOKIE_FILE);
        write_then_rename(&self.path, &target, cookie.expose().as_bytes()).map_err(|cause| trouble(&target, cause))
    }
}

impl Drop for RuntimeDirectory {
    fn drop(&mut self) {
        // Best effort: the session has been revoked, so what stays behind opens nothing.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn trouble(path: &Path, cause: io::Error) -> Error {
    Error::new(Kind::Store, format!("runtime directory {}: {cause}", path.display()))
        .with_hint("remove what is there, or choose another --runtime-base")
        .with_cause(cause)
}

/// Makes a directory that is ours alone, or accepts one that already is.
fn make_private(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().filter(|parent| parent != &path).ok_or(error)?;
            make_private_parents(parent)?;
            DirBuilder::new().mode(0o700).create(path)?;
        }
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // A link is not followed: where it leads could change between this look and the next write.
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "is a link or a file"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "belongs to somebody else"));
    }
    if found.mode() & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others may enter it"));
    }
    Ok(())
}

fn make_private_parents(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(path)
}

fn write_then_rename(directory: &Path, target: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = directory.join(format!(".{COOKIE_FILE}.{}", std::process::id()));
    // Left behind by a crash of a process of this number; `create_new` below would not follow a link either.
    let _ = fs::remove_file(&temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
        return written;
    }
    File::open(directory)?.sync_all()
}

/// How the environment of a program in a session differs from its parent's.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Variables to set.
    pub set: Vec<(&'static str, String)>,
    /// Variables to remove.
    pub remove: Vec<&'static str>,
}

/// What [`Environment::of`] needs to know.
#[derive(Clone, Debug)]
pub struct EnvironmentOptions<'a> {
    /// Address of the RPC endpoints.
    pub rpc_url: &'a str,
    /// Address of the page.
    pub public_url: &'a str,
    /// The session's runtime directory.
    pub runtime_directory: &'a Path,
    /// `--cookie-env`: also set the variable that R prefers, although it cannot be renewed.
    pub cookie: Option<&'a Secret>,
    /// `--minimal-env`: do not claim to be Workbench.
    pub minimal: bool,
}

impl Environment {
    /// The changes for one session; `current` reads the parent's environment.
    pub fn of(options: &EnvironmentOptions<'_>, current: impl Fn(&str) -> Option<String>) -> Self {
        let mut environment = Self::default();
        let mut set = |name, value: String| environment.set.push((name, value));
        if !options.minimal {
            set("POSIT_PRODUCT", "WORKBENCH".into());
        }
        // R appends the method after a slash of its own.
        set("RS_SERVER_ADDRESS", options.rpc_url.trim_end_matches('/').into());
        set("PWB_SESSION_RUNTIME_DIR", options.runtime_directory.to_string_lossy().into_owned());
        set("TOKCORE_PUBLIC_URL", options.public_url.trim_end_matches('/').into());
        if current("RSTUDIO_VERSION").is_none_or(|version| is_too_old(&version)) {
            set("RSTUDIO_VERSION", VERSION.into());
        }
        for name in ["NO_PROXY", "no_proxy"] {
            set(name, without_loopback_proxy(current(name).as_deref()));
        }
        match options.cookie {
            Some(cookie) => set("RS_SESSION_RPC_COOKIE", cookie.expose().into()),
            None => environment.remove.push("RS_SESSION_RPC_COOKIE"),
        }
        environment
    }
}

/// Whether both clients would refuse to talk to a server of this version. What cannot be read, they let pass.
fn is_too_old(version: &str) -> bool {
    if version.is_empty() || version.to_ascii_lowercase().contains("dev") {
        return version.is_empty();
    }
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Option<Vec<u32>> = release.split('.').map(|part| part.parse().ok()).collect();
    numbers.is_some_and(|numbers| numbers < vec![2026, 1])
}

/// Both clients send loopback requests through a proxy unless told not to.
fn without_loopback_proxy(current: Option<&str>) -> String {
    let mut entries: Vec<&str> =
        current.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
    for host in ["127.0.0.1", "localhost", "::1"] {
        if !entries.contains(&host) && !entries.contains(&"*") {
            entries.push(host);
        }
    }
    entries.join(",")
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
