//! Turns between the processes of one machine: a lock file for each credential, never deleted (docs/adr/0021).

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use tokcore_sys::ParentOnly;
use tokio::time::{Instant, sleep};

use super::disk;
use crate::context::Rng;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::store::failpoint;
use crate::store::turns::busy;

/// A wait is extended by at most this part of itself, so that the end of a short exchange is noticed soon.
const PAUSE_PART: u32 = 40;
const MIN_PAUSE: Duration = Duration::from_millis(2);
/// Even after seconds the death of a holder delays the next one by no more than this.
const USUAL_PAUSE: Duration = Duration::from_millis(10);
/// Unless it has become a long wait: this part of it then.
const LONG_PAUSE_PART: u32 = 500;

/// The lock, until it is dropped or its process ends, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: ParentOnly,
}

impl Lock {
    /// Waits for the lock on the file at `path`, which is made when there is none. Effects: `[disk]`.
    ///
    /// Errors: `Store` with the reason `busy_elsewhere` after `patience`, `store_unwritable` where it cannot be made.
    pub(super) async fn acquire(rng: &dyn Rng, path: &Path, patience: Duration) -> Result<Self, Error> {
        let began = Instant::now();
        let mut opened = open(path)?;
        loop {
            // In a forked child it is gone.
            let Some(file) = opened.get() else {
                opened = open(path)?;
                continue;
            };
            failpoint("lock_try").map_err(|cause| disk::unwritable(path, cause))?;
            match file.try_lock() {
                Ok(()) if is_at(file, path) => {
                    let lock = Self { file: opened };
                    failpoint("lock_got").map_err(|cause| disk::unwritable(path, cause))?;
                    return Ok(lock);
                }
                // Somebody has removed the file: whoever opens it now gets another one, so that this lock excludes nobody.
                Ok(()) => {
                    opened = open(path)?;
                    continue;
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(cause)) if cause.kind() == io::ErrorKind::Interrupted => continue,
                Err(TryLockError::Error(cause)) => return Err(unlockable(path, cause)),
            }
            let waited = began.elapsed();
            if waited >= patience {
                return Err(busy("another process", patience)
                    .with_hint(format!("try again later, or see who it is: fuser {}", path.display())));
            }
            sleep(pause(rng, waited).min(patience - waited)).await;
        }
    }
}

impl Drop for Lock {
    /// A forked child has no file here any more, and must not unlock: the lock is its parent's.
    fn drop(&mut self) {
        if let Some(file) = self.file.get() {
            // Not left to the closing: a child that was made while the hook could not see the file has a copy.
            let _ = file.unlock();
            if !std::thread::panicking() {
                let _ = failpoint("unlocked");
            }
        }
    }
}

/// Kept from forked children from the beginning: a copy that was made while this process waits shares the lock, too.
fn open(path: &Path) -> Result<ParentOnly, Error> {
    failpoint("lock_open")
        .and_then(|()| disk::private().read(true).create(true).truncate(false).open(path))
        .map(ParentOnly::new)
        .map_err(|cause| disk::unwritable(path, cause))
}

/// Whether `file` is what is at `path`.
fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(held), Ok(there)) => identity(held) == identity(there),
        _ => false,
    }
}

/// How long until the next attempt; drawn, so that those who wait do not all come at once.
fn pause(rng: &dyn Rng, waited: Duration) -> Duration {
    let longest = (waited / PAUSE_PART).clamp(MIN_PAUSE, USUAL_PAUSE.max(waited / LONG_PAUSE_PART));
    let mut drawn = [0];
    // Without randomness they do come at once.
    let _ = rng.dice(&mut drawn);
    longest / 2 + longest / 2 * u32::from(drawn[0]) / 255
}

fn unlockable(path: &Path, cause: io::Error) -> Error {
    let unsupported = matches!(
        cause.raw_os_error().map(Errno::from_raw_os_error),
        Some(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL)
    );
    let hint = match unsupported {
        true => "set TOKCORE_STORE_LOCK=lease, or name a folder on a local disk in TOKCORE_STORE",
        false => "name another folder in TOKCORE_STORE",
    };
    Error::new(Kind::Store, format!("cannot lock {}: {cause}", path.display()))
        .with_reason(Reason::StoreUnwritable)
        .with_hint(hint)
        .with_cause(cause)
}

/// The lock file of a record.
pub(super) fn path_of(record: &Path) -> PathBuf {
    record.with_extension("lock")
}

#[cfg(test)]
mod tests;
