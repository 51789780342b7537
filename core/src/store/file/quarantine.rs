//! Files that do not open are moved aside: a look-up goes on as if there were none, and nothing is lost that somebody
//! might still want to look at. Source: specs/oauth.md §6.4, specs/reliability.md §5.4.

#![allow(clippy::disallowed_methods, reason = "files are moved here")]

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

use super::{directory, disk};
use crate::fork::PerProcess;
use crate::lock::lock;
use crate::store::shelf::Version;

/// More than this is a broken disk, of which the first files tell as much as all of them.
const MAX_FILES: usize = 20;

/// Files that stay where they are and have been spoken of.
static TOLD: PerProcess<Mutex<HashSet<PathBuf>>> = PerProcess::new();

/// Moves the file at `path` out of the way, if it still is the one that was `seen`, and says so. Effects: `[disk]`.
///
/// Where nothing can be moved, on a read-only disk, the file stays and is passed over. `why`: in a few words.
pub(super) fn aside(store: &Path, path: &Path, seen: Version, why: &str, now_unix_ms: i64) {
    let shown = path.display();
    match moved(store, path, seen, now_unix_ms) {
        Ok(Some(kept)) => tracing::warn!("{shown} is not used: {why}; it is kept as {}", kept.display()),
        Ok(None) => tracing::debug!("{shown} was replaced while it was read"),
        Err(cause) => {
            if lock(&TOLD.get_or_init(Mutex::default)).insert(path.to_owned()) {
                tracing::warn!("{shown} is not used: {why}; it stays where it is ({cause})");
            }
        }
    }
}

/// Shape: `None` when there is another file by now, which is nobody's business here.
fn moved(store: &Path, path: &Path, seen: Version, now_unix_ms: i64) -> io::Result<Option<PathBuf>> {
    if disk::stat(path) != Some(seen) {
        return Ok(None);
    }
    let quarantine = directory::quarantine(store);
    directory::make(&quarantine).map_err(io::Error::other)?;
    make_room(&quarantine);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let kept = quarantine.join(format!("{name}.corrupt.{now_unix_ms}"));
    std::fs::rename(path, &kept)?;
    if disk::stat(&kept).is_some_and(|version| version != seen) {
        // Somebody wrote a good one between the look and the move. It goes back, unless there is a still newer one.
        return match rustix::fs::renameat_with(CWD, &kept, CWD, path, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(None),
            Err(Errno::EXIST) => disk::remove(&kept).map(|()| None),
            Err(errno) => Err(errno.into()),
        };
    }
    Ok(Some(kept))
}

/// Removes the oldest ones until there is room for one more.
fn make_room(quarantine: &Path) {
    let mut files: Vec<(i64, PathBuf)> = std::fs::read_dir(quarantine)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (_, time) = name.rsplit_once(".corrupt.")?;
            Some((time.parse().ok()?, entry.path()))
        })
        .collect();
    files.sort();
    for (_, oldest) in files.iter().take((files.len() + 1).saturating_sub(MAX_FILES)) {
        if disk::remove(oldest).is_ok() {
            tracing::warn!("{} is removed: {MAX_FILES} damaged files are kept", oldest.display());
        }
    }
}

/// How many files are there.
pub(super) fn count(store: &Path) -> usize {
    std::fs::read_dir(directory::quarantine(store)).into_iter().flatten().flatten().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("record.tok");
        (dir, path)
    }

    fn names(store: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory::quarantine(store)).expect("a quarantine");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_last_twenty_are_kept() {
        let (dir, path) = store();
        for number in 0..25 {
            std::fs::write(&path, b"junk").expect("written");
            let seen = disk::stat(&path).expect("a file");
            aside(dir.path(), &path, seen, "junk", 1000 + number);
            assert!(!path.exists());
        }
        let names = names(dir.path());
        assert_eq!(names.len(), MAX_FILES);
        assert_eq!((names[0].as_str(), count(dir.path())), ("record.tok.corrupt.1005", MAX_FILES));
    }

    #[test]
    fn a_file_that_was_replaced_meanwhile_stays() {
        let (dir, path) = store();
        std::fs::write(&path, b"junk").expect("written");
        let seen = disk::stat(&path).expect("a file");
        std::fs::write(&path, b"a good one").expect("written");
        aside(dir.path(), &path, seen, "junk", 1000);
        assert_eq!(std::fs::read(&path).expect("still there"), b"a good one");
    }
}
