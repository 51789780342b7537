//! What must hold whatever happened. Source: specs/reliability.md §3.5 (I1, I5, I7, I9).

use std::fs::{self, File, TryLockError};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::provider::CANARY;
use crate::trial::{Ended, Trial};

/// I5: whoever comes after a death gets the lock within it.
const LOCK_FREE: Duration = Duration::from_millis(100);

/// I1: there is one record, it opens, and it is of generation `at_least` or the next. Gives its generation.
pub fn one_record(trial: &Trial, at_least: u64) -> Result<u64> {
    let kept = trial.kept_now()?;
    let [(generation, state, why)] = kept.as_slice() else { bail!("I1: the store has {} records", kept.len()) };
    ensure!(state != "unreadable", "I1: the record is unreadable: {why}");
    ensure!((at_least..=at_least + 1).contains(generation), "I1: generation {generation} after {at_least}");
    let set_aside = files(trial.store())?.iter().any(|path| path.to_string_lossy().contains(".corrupt."));
    ensure!(!set_aside, "I1: a file was found damaged");
    Ok(*generation)
}

/// I5: the locks that a dead process held are free.
pub fn locks_are_free(trial: &Trial, since: Instant) -> Result<()> {
    for path in files(trial.store())?.iter().filter(|path| path.extension().is_some_and(|it| it == "lock")) {
        let file = File::open(path)?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if since.elapsed() < LOCK_FREE => thread::sleep(Duration::from_millis(1)),
                Err(cause) => bail!("I5: {} is not free after {LOCK_FREE:?}: {cause}", path.display()),
            }
        }
    }
    Ok(())
}

/// I7: nobody else can read anything of the store.
pub fn nothing_is_open(trial: &Trial) -> Result<()> {
    for path in files(trial.store())? {
        let mode = path.symlink_metadata()?.mode() & 0o777;
        ensure!(mode & 0o077 == 0, "I7: {} has mode {mode:o}", path.display());
    }
    Ok(())
}

/// I7: temporary files of the dead are gone; called after two more runs, more than an hour later.
pub fn no_temporary_is_left(trial: &Trial) -> Result<()> {
    match temporaries(trial)?.first() {
        Some(path) => bail!("I7: {} is still there", path.display()),
        None => Ok(()),
    }
}

pub fn temporaries(trial: &Trial) -> Result<Vec<PathBuf>> {
    let mut found = files(trial.store())?;
    found.retain(|path| path.extension().is_some_and(|it| it == "tmp"));
    Ok(found)
}

/// I9: no token is in a file as it is, in a name, or in anything that a process printed.
pub fn no_secret_shows(trial: &Trial, ended: &[Ended]) -> Result<()> {
    for path in files(trial.store())? {
        let name = path.as_os_str().as_bytes();
        let shows = has(name) || path.is_file() && has(&fs::read(&path)?);
        ensure!(!shows, "I9: a secret is in {}", path.display());
    }
    ensure!(!ended.iter().any(|ended| has(ended.output.as_bytes())), "I9: a secret was printed");
    Ok(())
}

fn has(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

/// Everything below `folder`, folders included.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.symlink_metadata()?.is_dir() {
            found.extend(files(&path)?);
        }
        found.push(path);
    }
    Ok(found)
}
