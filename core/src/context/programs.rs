//! Other programs: started without a shell, asked whether they have ended, and ended when nobody waits any more.

#![allow(clippy::disallowed_methods, reason = "this file is where programs are started")]

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;
use zeroize::Zeroizing;

/// What is to be run.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The program: a path, or a name that is looked for on the path.
    pub program: String,
    /// Its arguments, as they are.
    pub arguments: Vec<String>,
    /// Variables beside those of this process.
    pub env: Vec<(String, String)>,
    /// Most that is read of what it writes. Units: bytes.
    pub limit: usize,
    /// Whether it talks to the person at our terminal: it reads there, and what it writes is for the person and not for us.
    pub with_terminal: bool,
}

/// What an ended program left.
#[derive(Clone)]
pub struct Ended {
    /// Its exit status. Shape: `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output; may hold secrets.
    pub output: Zeroizing<Vec<u8>>,
}

/// Starts programs.
pub trait Programs: Send + Sync {
    /// Starts `program` with nothing on its standard input; what it writes to standard error goes nowhere. One with our
    /// terminal writes where our own prose goes. Errors: the system's.
    fn start(&self, program: &Program) -> io::Result<Box<dyn Running>>;
}

/// A program that runs; dropping it ends it and all that it started.
pub trait Running: Send {
    /// What it left, if it has ended. Does not wait. Errors: the system's; `FileTooLarge` past the limit.
    fn poll(&mut self) -> io::Result<Option<Ended>>;
}

/// How long to wait before asking again whether a program has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// What `program` leaves that ends in time; one that does not is ended, with all that it started.
///
/// Errors: the system's; `TimedOut`; `FileTooLarge` past the program's limit.
pub(crate) async fn run(programs: &dyn Programs, program: &Program, timeout: Duration) -> io::Result<Ended> {
    let mut running = programs.start(program)?;
    let end = Instant::now() + timeout;
    loop {
        if let Some(ended) = running.poll()? {
            return Ok(ended);
        }
        if Instant::now() >= end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub(super) struct OsPrograms;

impl Programs for OsPrograms {
    fn start(&self, program: &Program) -> io::Result<Box<dyn Running>> {
        let mut command = Command::new(&program.program);
        command.args(&program.arguments).envs(program.env.iter().map(|(name, value)| (name, value)));
        if program.with_terminal {
            // Data is on our standard output, and nobody else's words belong there.
            command.stdin(Stdio::inherit()).stdout(our_stderr()?).stderr(Stdio::inherit());
        } else {
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            // What it starts ends with it, and Ctrl-C at our prompt is not for it. A terminal is read by one group only.
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        let mut child = command.spawn()?;
        let output = child.stdout.take();
        #[cfg(unix)]
        if let Some(output) = &output {
            let flags = rustix::fs::fcntl_getfl(output)?;
            rustix::fs::fcntl_setfl(output, flags | rustix::fs::OFlags::NONBLOCK)?;
        }
        let is_alone = !program.with_terminal;
        Ok(Box::new(Started { child, output, written: Zeroizing::default(), limit: program.limit, is_alone }))
    }
}

#[cfg(unix)]
fn our_stderr() -> io::Result<Stdio> {
    use std::os::fd::AsFd;
    Ok(io::stderr().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn our_stderr() -> io::Result<Stdio> {
    Ok(Stdio::inherit())
}

struct Started {
    child: Child,
    output: Option<std::process::ChildStdout>,
    written: Zeroizing<Vec<u8>>,
    limit: usize,
    /// Whether it has a process group of its own.
    is_alone: bool,
}

impl Started {
    /// Takes what it has written since the last look. A full pipe would keep it from ending.
    fn read(&mut self) -> io::Result<()> {
        let Some(output) = &mut self.output else { return Ok(()) };
        let mut chunk = Zeroizing::new([0; 4096]);
        loop {
            match output.read(&mut chunk[..]) {
                Ok(0) => {
                    self.output = None;
                    return Ok(());
                }
                Ok(count) if self.written.len() + count > self.limit => {
                    let limit = self.limit;
                    return Err(io::Error::new(
                        io::ErrorKind::FileTooLarge,
                        format!("it writes more than {limit} bytes"),
                    ));
                }
                Ok(count) => append(&mut self.written, &chunk[..count]),
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

/// A growing buffer would leave its earlier copies in freed memory.
fn append(written: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if written.capacity() < written.len() + chunk.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((written.len() + chunk.len()) * 2));
        larger.extend_from_slice(written);
        *written = larger;
    }
    written.extend_from_slice(chunk);
}

impl Running for Started {
    fn poll(&mut self) -> io::Result<Option<Ended>> {
        self.read()?;
        let Some(status) = self.child.try_wait()? else { return Ok(None) };
        self.read()?;
        Ok(Some(Ended { code: status.code(), output: std::mem::take(&mut self.written) }))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        #[cfg(unix)]
        if let Some(group) = rustix::process::Pid::from_raw(self.child.id().cast_signed()).filter(|_| self.is_alone) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    fn shell(script: &str, limit: usize) -> Box<dyn Running> {
        let program = Program {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            env: vec![("GIVEN".into(), "given".into())],
            limit,
            with_terminal: false,
        };
        OsPrograms.start(&program).expect("a shell")
    }

    fn ended(mut running: Box<dyn Running>) -> io::Result<Ended> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if let Some(ended) = running.poll()? {
                return Ok(ended);
            }
            std::thread::sleep(PAUSE);
        }
        Err(io::Error::other("it never ended"))
    }

    #[test]
    fn what_it_writes_and_how_it_ends() {
        let left = ended(shell("printf %s \"$GIVEN\"; exit 3", 100)).expect("it ends");
        assert_eq!((left.code, left.output.as_slice()), (Some(3), &b"given"[..]));
    }

    #[test]
    fn more_than_a_pipe_holds() {
        let left = ended(shell("head -c 300000 /dev/zero", 400_000)).expect("it ends");
        assert_eq!(left.output.len(), 300_000);
        let refused = ended(shell("head -c 300000 /dev/zero", 1000)).map(|ended| ended.code).expect_err("too much");
        assert_eq!(refused.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn dropping_it_ends_it_and_its_children() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = folder.path().join("mark");
        let running = shell(&format!("(sleep 1; touch {}) & sleep 30", mark.display()), 100);
        let begun = Instant::now();
        drop(running);
        assert!(begun.elapsed() < Duration::from_secs(5), "it was waited for");
        std::thread::sleep(Duration::from_millis(1300));
        assert!(!mark.exists(), "its child went on");
    }
}
