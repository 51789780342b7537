//! The operating system as a context. The only place in core that reads the environment, files and the clock.

#![allow(clippy::disallowed_methods, reason = "this file is where the world is reached")]

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::time::{ClockId, clock_gettime};

use super::browser::OsBrowser;
use super::programs::OsPrograms;
use super::{Clock, Context, Env, Files, Rng};
use crate::crypto;
use crate::error::Error;
use crate::transport::Transport;

pub(super) fn context() -> Context {
    Context {
        env: Arc::new(OsEnv),
        files: Arc::new(OsFiles),
        http: Arc::new(Transport::new()),
        clock: Arc::new(OsClock),
        rng: Arc::new(OsRng),
        browser: Arc::new(OsBrowser::default()),
        programs: Arc::new(OsPrograms),
    }
}

struct OsEnv;

impl Env for OsEnv {
    fn var(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn user_id(&self) -> Option<u32> {
        Some(rustix::process::getuid().as_raw())
    }

    fn has_terminal(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}

struct OsFiles;

impl Files for OsFiles {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        // As long as the file says that it is: one that grows is copied, and leaves keys behind in memory that nobody erases.
        let promised = file.metadata().map_or(0, |metadata| metadata.len()).min(limit as u64) as usize;
        let mut content = Vec::with_capacity(promised + 1);
        let read = file.take(limit as u64 + 1).read_to_end(&mut content)?;
        if read > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
        }
        Ok(content)
    }

    fn is_file(&self, path: &Path) -> bool {
        file_type(path) == Some(FileType::RegularFile)
    }

    fn is_socket(&self, path: &Path, owner: Option<u32>) -> bool {
        let folder_is_theirs = |owner| {
            let folder = path.parent().and_then(|folder| rustix::fs::lstat(folder).ok());
            folder.is_some_and(|stat| stat.st_uid == owner)
        };
        file_type(path) == Some(FileType::Socket) && owner.is_none_or(folder_is_theirs)
    }

    #[cfg(target_os = "linux")]
    fn port_holder(&self, port: u16) -> Option<String> {
        super::holder::of_port(port)
    }
}

fn file_type(path: &Path) -> Option<FileType> {
    rustix::fs::stat(path).ok().map(|stat| FileType::from_raw_mode(stat.st_mode))
}

struct OsClock;

impl Clock for OsClock {
    /// The coarse clock: it ticks every few milliseconds, which is enough for an expiry, at a fifth of the cost.
    fn now_unix_ms(&self) -> i64 {
        #[cfg(target_os = "linux")]
        let clock = ClockId::RealtimeCoarse;
        #[cfg(not(target_os = "linux"))]
        let clock = ClockId::Realtime;
        let now = clock_gettime(clock);
        now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }

    #[cfg(target_os = "linux")]
    fn boot_time(&self) -> Option<super::BootTime> {
        let boot = this_start()?;
        let since = clock_gettime(ClockId::Boottime);
        Some(super::BootTime { boot, ms: since.tv_sec * 1000 + since.tv_nsec / 1_000_000 })
    }
}

/// What tells this start of the machine from all others. A forked child knows it too, and never waits for a thread that its
/// parent had: when several come first at once, each reads the same.
#[cfg(target_os = "linux")]
fn this_start() -> Option<u64> {
    use std::sync::atomic::{AtomicU64, Ordering};
    /// 0 while nobody has read it.
    static START: AtomicU64 = AtomicU64::new(0);
    match START.load(Ordering::Relaxed) {
        0 => {
            let id = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
            let start = u64::from_le_bytes(*crypto::sha256(id.trim_ascii()).first_chunk()?);
            START.store(start, Ordering::Relaxed);
            Some(start)
        }
        start => Some(start),
    }
}

struct OsRng;

impl Rng for OsRng {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        crypto::fill_random(out)
    }

    /// Not for secrets, and so without asking the system each time. Forked children have the hash's state in common, and so
    /// add their number.
    fn dice(&self, out: &mut [u8]) -> Result<(), Error> {
        for chunk in out.chunks_mut(8) {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u32(std::process::id());
            chunk.copy_from_slice(&hasher.finish().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_fall_differently() {
        let thrown: std::collections::HashSet<[u8; 12]> = (0..100)
            .map(|_| {
                let mut dice = [0; 12];
                OsRng.dice(&mut dice).expect("numbers");
                dice
            })
            .collect();
        assert_eq!(thrown.len(), 100);
    }

    #[test]
    fn the_clock_agrees_with_the_systems() {
        let system = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
        assert!((OsClock.now_unix_ms() - system).abs() < 100);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_other_clock_goes_on_and_belongs_to_one_start() {
        let first = OsClock.now();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let passed = OsClock.now().boot_ms_since(&first.boot.expect("linux has one"));
        assert!(passed.is_some_and(|ms| (20..2_000).contains(&ms)), "{passed:?}");
    }

    #[test]
    fn a_file_past_the_limit_is_an_error_and_not_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, b"12345").unwrap();
        assert_eq!(OsFiles.read(&path, 5).unwrap(), b"12345");
        assert_eq!(OsFiles.read(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
