//! Who else could read or change the store. Source: specs/reliability.md §5.3.

#![allow(clippy::disallowed_methods, reason = "the store is looked at here")]

use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

const STICKY: u32 = 0o1000;

/// The user whose files this process makes.
pub(super) fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether a store may be in this folder.
///
/// Errors: `Store` with the reason `store_permissions` and the command that mends it.
pub(super) fn folder(path: &Path) -> Result<(), Error> {
    let metadata = path.symlink_metadata().map_err(|cause| unreadable(path, cause))?;
    let shown = path.display();
    if metadata.is_symlink() {
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        return Err(refused(
            format!("the store {shown} is a symbolic link, which somebody could turn elsewhere"),
            format!("name the folder itself: TOKCORE_STORE={}", target.display()),
        ));
    }
    if !metadata.is_dir() {
        return Err(refused(
            format!("the store {shown} is not a folder"),
            format!("move it away: `mv {shown} {shown}.old`"),
        ));
    }
    owned(path, metadata.uid(), me())?;
    if metadata.mode() & 0o077 != 0 {
        return Err(refused(
            format!("others may look into the store {shown}: its mode is {:04o}", metadata.mode() & 0o7777),
            format!("`chmod 700 {shown}`"),
        ));
    }
    path.parent().map_or(Ok(()), |parent| above(path, parent))
}

/// Whoever may write to the folder above can put another store in the place of this one.
fn above(path: &Path, parent: &Path) -> Result<(), Error> {
    let metadata = parent.metadata().map_err(|cause| unreadable(parent, cause))?;
    let me = me();
    // A group with the number of its user has, by custom, no other member; umask 002 belongs to that custom.
    let others = if metadata.gid() == me && metadata.uid() == me { 0o002 } else { 0o022 };
    if metadata.mode() & others == 0 || metadata.mode() & STICKY != 0 {
        return Ok(());
    }
    let (path, parent) = (path.display(), parent.display());
    Err(refused(
        format!("others may replace the store {path}: the mode of {parent} is {:04o}", metadata.mode() & 0o7777),
        format!("`chmod go-w {parent}`"),
    ))
}

/// What is found of a file of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Private,
    /// Others may read it, and we may change that.
    TooOpen,
}

/// Whether a file that was opened is ours alone. `me`: see [`me`]. Asks nothing of the system.
///
/// Errors: `Store` with the reason `store_permissions` and the command that mends it.
pub(super) fn file(path: &Path, metadata: &Metadata, me: u32) -> Result<Verdict, Error> {
    owned(path, metadata.uid(), me)?;
    if metadata.nlink() > 1 {
        let path = path.display();
        return Err(refused(
            format!("{path} is a hard link: the same file has another name, where others may find it"),
            format!("`cp -p {path} {path}.new && mv {path}.new {path}`"),
        ));
    }
    Ok(if metadata.mode() & 0o077 == 0 { Verdict::Private } else { Verdict::TooOpen })
}

/// Takes a file of ours from everybody else, and says so once: by then it may have been read.
pub(super) fn tighten(path: &Path, metadata: &Metadata) {
    let (mode, shown) = (metadata.mode() & 0o7777, path.display());
    match std::fs::set_permissions(path, Permissions::from_mode(0o600)) {
        Ok(()) => tracing::warn!("others could read {shown}: its mode was {mode:04o} and is 0600 now"),
        Err(cause) => {
            tracing::warn!("others can read {shown}: its mode is {mode:04o}, which cannot be changed ({cause})")
        }
    }
}

/// Whether it is a folder of this user's, and no link to one.
pub(super) fn is_ours(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == me())
}

/// Takes a folder of ours from everybody else. Whether that worked is seen by whoever looks next.
pub(super) fn close(path: &Path) {
    let _ = std::fs::set_permissions(path, Permissions::from_mode(0o700));
}

/// What a file that does not open for reading is told as.
pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    let shown = path.display();
    match cause.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(rustix::io::Errno::LOOP) => {
            refused(format!("{shown} is a symbolic link, which the store never follows"), format!("`rm {shown}`"))
        }
        Some(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => {
            refused(format!("{shown} may not be read"), format!("`chmod u+rwX {shown}` as its owner"))
        }
        _ if cause.kind() == io::ErrorKind::InvalidInput => {
            refused(format!("{shown} is not a regular file"), format!("`rm -r {shown}`"))
        }
        _ => Error::new(Kind::Store, format!("cannot read {shown}: {cause}"))
            .with_hint(format!("check the disk of {shown}"))
            .with_cause(cause),
    }
}

fn owned(path: &Path, owner: u32, me: u32) -> Result<(), Error> {
    if owner == me {
        return Ok(());
    }
    let path = path.display();
    Err(refused(
        format!("{path} belongs to user {owner}, and this process runs as user {me}"),
        format!("`chown -R {me} {path}` if it is yours, or name another folder in TOKCORE_STORE"),
    ))
}

fn refused(message: String, hint: String) -> Error {
    Error::new(Kind::Store, message).with_reason(Reason::StorePermissions).with_hint(hint)
}
