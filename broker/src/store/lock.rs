//! One broker per database: two would send the same refresh token twice, and providers answer that by revoking it.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::error::Error;

/// The exclusive lock on `<database>.lock`, released by the operating system however the process ends.
///
/// The file is never deleted: whoever recreated it would hold a lock on another file of the same name.
#[derive(Debug)]
pub(super) struct DatabaseLock(#[expect(dead_code, reason = "held for its lock")] File);

impl DatabaseLock {
    /// Takes the lock or says who has it. Effects: `[disk]`; does not wait.
    pub(super) fn acquire(database: &Path) -> Result<Self, Error> {
        let lock = lock_path(database);
        let io = |action| {
            let path = lock.clone();
            move |source| Error::Io { action, path, source }
        };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mut file = rustix::fs::open(&lock, flags, Mode::RUSR | Mode::WUSR)
            .map(File::from)
            .map_err(|errno| io("create")(errno.into()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = read_pid(&mut file);
                return Err(Error::Locked { database: database.to_owned(), lock, pid });
            }
            Err(TryLockError::Error(source)) => return Err(io("lock")(source)),
        }
        // Only for the message of the next broker; the lock itself does not depend on the content.
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(io("write"))?;
        Ok(Self(file))
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
