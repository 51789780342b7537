//! Starting the person's browser (docs/adr/0016).
//!
//! The crate `open` knows what each system opens a web address with. Starting that is done here: the crate's own detached
//! start either keeps a thread for as long as the browser runs, or forks a process that may be large.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

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
        let mut child = command.spawn()?;
        if failed_at_once(&mut child)? {
            return Err(io::Error::other("the command ended with a failure"));
        }
        if let Ok(mut started) = self.0.try_lock() {
            started.push(child);
        }
        Ok(())
    }
}

/// A command that cannot work says so at once: no display, no such profile. One that works may run for hours.
const AT_ONCE: Duration = Duration::from_millis(150);

/// Whether it ended with a failure before that time was over. Effects: `[blocks]` for at most that time.
fn failed_at_once(child: &mut Child) -> io::Result<bool> {
    let begun = Instant::now();
    while begun.elapsed() < AT_ONCE {
        if let Some(status) = child.try_wait()? {
            return Ok(!status.success());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(false)
}

impl Drop for OsBrowser {
    fn drop(&mut self) {
        self.reap();
    }
}

#[cfg(all(test, unix))]
mod tests {
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
    fn a_command_that_fails_at_once_is_told() {
        let browser = OsBrowser::default();
        browser.run("false", &[]).expect_err("it fails");
        browser.run("true", &[]).expect("a helper that hands the address on and ends");
    }

    #[test]
    fn a_missing_program_is_an_error() {
        let failure = OsBrowser::default().run("tokcore-no-such-browser", &[]).expect_err("no such program");
        assert_eq!(failure.kind(), io::ErrorKind::NotFound);
    }
}
