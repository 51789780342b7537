//! Turns where locks cannot be trusted: a folder with a term. Source: specs/reliability.md §3.3.
//!
//! Servers carry out `mkdir` in one step, whoever asks. The folder holds one file that says who has the turn; its
//! modification time is extended while the holder waits for its exchange. All times are the server's: a file that is made
//! now shows what the server's clock says. Whoever finds the term over takes the folder away by a rename, which one of
//! several can do. A holder that was robbed, because it was suspended, finds another one's name and does not send.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::disk;
use crate::context::{BootTime, Context};
use crate::crypto;
use crate::error::Error;
use crate::lock::lock;
use crate::store::turns::{busy, moved_on};

/// How long a holder that shows no life keeps its turn.
const TERM: Duration = Duration::from_secs(60);
/// What is added before somebody takes it: the server's answers take time, too.
const GRACE: Duration = Duration::from_secs(10);
const EXTEND_EVERY: Duration = Duration::from_secs(15);
/// The longest that an exchange takes (docs/adr); the term must outlast it.
const EXCHANGE: Duration = Duration::from_secs(30);
/// How often a waiter asks the server.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// The file in the folder.
const HOLDER: &str = "holder";
const MAX_HOLDER_BYTES: u64 = 4096;

/// Who has the turn, for whoever finds it.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    /// Of this one turn; nobody else writes it.
    id: String,
    host: String,
    boot: Option<u64>,
    pid: u32,
}

/// The turn, until it is dropped.
pub(super) struct Lease {
    term: Arc<Term>,
    extending: Option<JoinHandle<()>>,
    generation: u64,
}

/// What the task that extends shares with its owner.
struct Term {
    context: Context,
    folder: PathBuf,
    id: String,
    /// When the term began last, on the clock that goes on while the machine sleeps.
    since: Mutex<Moment>,
}

impl Lease {
    /// Waits for the turn whose folder is `folder`. Effects: `[disk]`. Must be called inside a runtime.
    ///
    /// Errors: `Store` with the reason `busy_elsewhere` after `patience`, `store_unwritable` where nothing can be made.
    pub(super) async fn acquire(context: &Context, folder: &Path, patience: Duration) -> Result<Self, Error> {
        let began = Instant::now();
        loop {
            match Term::begin(context, folder) {
                Ok(Some(term)) => return Ok(Self::holding(Arc::new(term))),
                Ok(None) => {}
                Err(cause) => return Err(disk::unwritable(folder, cause)),
            }
            if take_away_if_over(context, folder).map_err(|cause| disk::unwritable(folder, cause))? {
                continue;
            }
            let waited = began.elapsed();
            if waited >= patience {
                return Err(busy(&who(folder), patience));
            }
            sleep(ASK_EVERY.min(patience - waited)).await;
        }
    }

    /// Extended by a task that runs while the holder's runtime does: no thread, and none when nobody waits.
    fn holding(term: Arc<Term>) -> Self {
        let extended = term.clone();
        let extending = tokio::spawn(async move {
            loop {
                sleep(EXTEND_EVERY).await;
                if extended.extend().is_err() {
                    return;
                }
            }
        });
        Self { term, extending: Some(extending), generation: tokcore_sys::fork_generation() }
    }

    /// Proves that the turn outlasts an exchange that begins now. Effects: `[disk]`.
    ///
    /// Errors: `Store` with the reason `busy_elsewhere` when somebody else has the turn; nothing must be sent or written then.
    pub(super) fn prove(&self) -> Result<(), Error> {
        self.term.extend()?;
        // The disk may have taken its time to answer.
        let left = TERM.saturating_sub(lock(&self.term.since).elapsed(&self.term.context));
        if left > EXCHANGE { Ok(()) } else { Err(moved_on()) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let extending = self.extending.take();
        if self.generation != tokcore_sys::fork_generation() {
            // It is the parent's, and so is the task.
            return std::mem::forget(extending);
        }
        if let Some(extending) = extending {
            extending.abort();
        }
        self.term.end();
    }
}

impl Term {
    /// Shape: `None` when somebody has the turn.
    fn begin(context: &Context, folder: &Path) -> io::Result<Option<Self>> {
        let since = Moment::now(context);
        match std::fs::DirBuilder::new().create(folder) {
            Ok(()) => {}
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            Err(cause) => return Err(cause),
        }
        let written = random(context).and_then(|id| {
            let holder = Holder {
                id,
                host: super::host::host(),
                boot: context.clock.boot_time().map(|time| time.boot),
                pid: std::process::id(),
            };
            let text = serde_json::to_vec(&holder)?;
            // In one step: a folder whose holder cannot be read yet is a young one.
            disk::create(&*context.rng, &folder.join(HOLDER), &text)?;
            Ok(holder.id)
        });
        match written {
            Ok(id) => Ok(Some(Self { context: context.clone(), folder: folder.into(), id, since: since.into() })),
            Err(cause) => {
                let _ = std::fs::remove_dir(folder);
                Err(cause)
            }
        }
    }

    /// Begins the term anew, if the turn is still ours.
    fn extend(&self) -> Result<(), Error> {
        let now = Moment::now(&self.context);
        if !self.is_ours() {
            return Err(moved_on());
        }
        touch_now(&self.folder.join(HOLDER)).map_err(|cause| disk::unwritable(&self.folder, cause))?;
        *lock(&self.since) = now;
        Ok(())
    }

    fn is_ours(&self) -> bool {
        holder(&self.folder).ok().flatten().is_some_and(|(holder, _)| holder.id == self.id)
    }

    /// Gives the turn back, unless it was taken away before.
    fn end(&self) {
        if self.is_ours()
            && let Ok(aside) = aside(&self.context, &self.folder)
        {
            disk::remove_folder(&aside);
        }
    }
}

/// Takes the folder away when its term is over by the server's clock. Shape: whether the way is free now.
fn take_away_if_over(context: &Context, folder: &Path) -> io::Result<bool> {
    let Some(seen) = last_sign(folder)? else { return Ok(true) };
    let now_s = server_time_s(context, folder)?;
    if now_s.saturating_sub(seen.modified_s) < (TERM + GRACE).as_secs() as i64 {
        return Ok(false);
    }
    let aside = match aside(context, folder) {
        Ok(aside) => aside,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(cause) => return Err(cause),
    };
    if last_sign(&aside)?.is_none_or(|taken| taken == seen) {
        disk::remove_folder(&aside);
        return Ok(true);
    }
    // The holder has come to life, or somebody else was faster and this is the turn that began afterwards: back with it.
    // When even that fails, its holder finds out before it sends.
    if std::fs::rename(&aside, folder).is_err() {
        disk::remove_folder(&aside);
    }
    Ok(false)
}

/// The last sign of life in a folder.
#[derive(PartialEq, Eq)]
struct Sign {
    inode: u64,
    modified_s: i64,
}

/// Shape: `None` when there is no folder.
fn last_sign(folder: &Path) -> io::Result<Option<Sign>> {
    // Opened, not only looked at: a client of a network file system may show an old time otherwise.
    let metadata = match holder(folder)? {
        Some((_, metadata)) => metadata,
        None => match folder.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(cause),
        },
    };
    Ok(Some(Sign { inode: metadata.ino(), modified_s: metadata.mtime() }))
}

/// Shape: `None` when there is none, or none that makes sense.
fn holder(folder: &Path) -> io::Result<Option<(Holder, std::fs::Metadata)>> {
    let Some(found) = disk::read(&folder.join(HOLDER), MAX_HOLDER_BYTES)? else { return Ok(None) };
    Ok(serde_json::from_slice(&found.bytes).ok().map(|holder| (holder, found.metadata)))
}

/// Who has the turn, in words.
fn who(folder: &Path) -> String {
    match holder(folder) {
        Ok(Some((holder, _))) => format!("process {} on {}", holder.pid, holder.host),
        _ => "another process".into(),
    }
}

/// What the server's clock says: a file is made, looked at and removed. Units: seconds since 1970.
fn server_time_s(context: &Context, folder: &Path) -> io::Result<i64> {
    let probe = unique(context, folder)?;
    let made = disk::private().create_new(true).open(&probe)?.metadata().map(|metadata| metadata.mtime());
    disk::remove(&probe)?;
    made
}

/// Sets the modification time to the server's own now.
fn touch_now(path: &Path) -> io::Result<()> {
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
    };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Moves the folder to a name that nobody knows.
fn aside(context: &Context, folder: &Path) -> io::Result<PathBuf> {
    let aside = unique(context, folder)?;
    std::fs::rename(folder, &aside)?;
    Ok(aside)
}

/// A temporary name beside `folder`.
fn unique(context: &Context, folder: &Path) -> io::Result<PathBuf> {
    let name = folder.file_stem().unwrap_or_default().to_string_lossy();
    Ok(folder.with_file_name(format!(".{name}.{}.tmp", random(context)?)))
}

fn random(context: &Context) -> io::Result<String> {
    let mut bytes = [0; 8];
    context.rng.fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(crypto::hex(&bytes))
}

/// A moment of this machine, which may have slept since.
struct Moment {
    boot: Option<BootTime>,
    instant: Instant,
}

impl Moment {
    fn now(context: &Context) -> Self {
        Self { boot: context.clock.boot_time(), instant: Instant::now() }
    }

    fn elapsed(&self, context: &Context) -> Duration {
        match (self.boot, context.clock.boot_time()) {
            (Some(then), Some(now)) => Duration::from_millis(now.ms.saturating_sub(then.ms).max(0) as u64),
            _ => self.instant.elapsed(),
        }
    }
}

/// The folder of a record's turn.
pub(super) fn path_of(record: &Path) -> PathBuf {
    record.with_extension("lease")
}

#[cfg(test)]
mod tests;
