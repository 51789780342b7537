//! Starting the person's browser (docs/adr/0016).
//!
//! The crate `open` knows what each system opens a web address with. Starting that is done here: the crate's own detached
//! start either keeps a thread for as long as the browser runs, or forks a process that may be large.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use super::Browser;

/// The browsers that were started and have not been seen to end.
#[derive(Default)]
pub(super) struct OsBrowser(Mutex<Vec<Child>>);

impl Browser for OsBrowser {
    fn open(&self, url: &str) -> io::Result<()> {
        let mut failure = io::Error::from(io::ErrorKind::NotFound);
        for command in open::commands(url) {
            match self.start(command) {
                Ok(()) => return Ok(()),
                Err(cause) => failure = cause,
            }
        }
        Err(failure)
    }

    #[allow(clippy::disallowed_methods, reason = "the browser is the one program that core starts")]
    fn run(&self, program: &str, arguments: &[String]) -> io::Result<()> {
        let mut command = Command::new(program);
        command.args(arguments);
        self.start(command)
    }

    fn reap(&self) {
        // Never waited for: after a fork the lock may be held by a thread that this process does not have.
        if let Ok(mut started) = self.0.try_lock() {
            started.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        }
    }
}

impl OsBrowser {
    fn start(&self, mut command: Command) -> io::Result<()> {
        self.reap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C at our prompt is not for the browser.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn()?;
        if let Ok(mut started) = self.0.try_lock() {
            started.push(child);
        }
        Ok(())
    }
}

impl Drop for OsBrowser {
    fn drop(&mut self) {
        self.reap();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_slow_browser_is_not_waited_for_and_an_ended_one_is_reaped() {
        let browser = OsBrowser::default();
        let before = Instant::now();
        browser.run("sleep", &["1".into()]).expect("sleep is a program");
        assert!(before.elapsed() < Duration::from_millis(900), "it was waited for");
        let started = || browser.0.lock().expect("not poisoned").len();
        assert_eq!(started(), 1);
        while started() > 0 {
            assert!(before.elapsed() < Duration::from_secs(10), "it was never reaped");
            std::thread::sleep(Duration::from_millis(20));
            browser.reap();
        }
    }

    #[test]
    fn a_missing_program_is_an_error() {
        let failure = OsBrowser::default().run("tokcore-no-such-browser", &[]).expect_err("no such program");
        assert_eq!(failure.kind(), io::ErrorKind::NotFound);
    }
}
