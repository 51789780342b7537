//! The outside world, injected: environment, files, network, clock, randomness and the browser.
//!
//! Core reaches the world only through a [`Context`], so that every rule can be tested with a fake one. The default
//! context refuses everything; [`Context::os`] opts in to the operating system.

mod browser;
#[cfg(target_os = "linux")]
mod holder;
mod moment;
mod os;
mod programs;
mod refuse;
mod terminal;

pub use self::moment::{BootTime, Moment};
pub(crate) use self::programs::run;
pub use self::programs::{Ended, Program, Programs, Running};
pub use self::terminal::Terminal;

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::transport::HttpSend;

/// Environment variables, and whose process this is.
pub trait Env: Send + Sync {
    /// The value of `name`; `None` when it is unset. A value that is not UTF-8 is given with replacement characters,
    /// so that it fails validation instead of looking unset.
    fn var(&self, name: &str) -> Option<String>;

    /// Number of the user that this process runs as. Shape: `None` where users have no numbers.
    fn user_id(&self) -> Option<u32> {
        None
    }

    /// Whether standard input and standard error are both a terminal.
    fn has_terminal(&self) -> bool {
        false
    }
}

/// Files, read only.
pub trait Files: Send + Sync {
    /// The content of `path`, at most `limit` bytes. Errors: the system's; `FileTooLarge` past the limit.
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>>;

    /// Whether a file that could be read is at `path`.
    fn is_file(&self, path: &Path) -> bool;

    /// Whether a Unix socket is at `path`; with an `owner`, one in a folder that this user owns.
    fn is_socket(&self, path: &Path, owner: Option<u32>) -> bool;

    /// Who listens on this TCP port of this machine, as a message names them: `python3 (process 4242)`.
    ///
    /// Shape: `None` where the system does not tell, or not to this user.
    fn port_holder(&self, _port: u16) -> Option<String> {
        None
    }
}

/// The clocks of this machine.
pub trait Clock: Send + Sync {
    /// The wall clock. Units: milliseconds since 1970-01-01 UTC.
    fn now_unix_ms(&self) -> i64;

    /// The clock that nobody sets and that goes on while the machine sleeps. Shape: `None` where there is none.
    fn boot_time(&self) -> Option<BootTime> {
        None
    }

    /// Both.
    fn now(&self) -> Moment {
        Moment { unix_ms: self.now_unix_ms(), boot: self.boot_time() }
    }
}

/// Randomness fit for secrets.
pub trait Rng: Send + Sync {
    /// Fills `out`. Errors: `Internal` when the system has none to give.
    fn fill(&self, out: &mut [u8]) -> Result<(), Error>;

    /// Fills `out` with what may be guessed, such as the lengths of pauses. Errors: as [`Rng::fill`].
    fn dice(&self, out: &mut [u8]) -> Result<(), Error> {
        self.fill(out)
    }
}

/// Starts a browser. Neither call waits for it, and nothing that it prints reaches this process.
pub trait Browser: Send + Sync {
    /// Opens `url` in whatever the system opens web addresses with. Errors: the system's, when nothing could be started.
    fn open(&self, url: &str) -> io::Result<()>;

    /// Runs a browser that the person chose, without a shell. Errors: the system's.
    fn run(&self, program: &str, arguments: &[String]) -> io::Result<()>;

    /// Takes leave of those that have ended meanwhile, so that no zombie stays behind.
    fn reap(&self) {}
}

/// Everything that core may touch outside its own memory. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// Environment variables.
    pub env: Arc<dyn Env>,
    /// Files.
    pub files: Arc<dyn Files>,
    /// Network.
    pub http: Arc<dyn HttpSend>,
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The person's browser.
    pub browser: Arc<dyn Browser>,
    /// Other programs.
    pub programs: Arc<dyn Programs>,
}

impl Context {
    /// The operating system's environment, files, network, clock, randomness and browser. Does nothing until used.
    pub fn os() -> Self {
        os::context()
    }

    /// A random number between 0 and 1, so that clients which failed together do not come back together.
    pub(crate) fn draw(&self) -> f64 {
        let mut bytes = [0; 4];
        match self.rng.dice(&mut bytes) {
            Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
            // Without randomness the pause is as long as it may be.
            Err(_) => 1.0,
        }
    }

    /// The value of a variable, where empty counts as unset. Source: specs, detection table.
    pub(crate) fn set_var(&self, name: &str) -> Option<String> {
        self.env.var(name).filter(|value| !value.is_empty())
    }

    /// What a variable says that is a switch. Shape: `None` where it is not set, an error where it is neither yes nor no.
    pub(crate) fn flag(&self, name: &str) -> Option<Result<bool, ()>> {
        match self.set_var(name)?.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" => Some(Ok(true)),
            "0" | "false" | "no" => Some(Ok(false)),
            _ => Some(Err(())),
        }
    }
}

/// Refuses everything: a test that forgot to give a part fails instead of reaching the world.
impl Default for Context {
    fn default() -> Self {
        refuse::context()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Context")
    }
}
