//! One grant in a store of its own, and the processes that use it.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::provider::{Policy, Provider};
use crate::worker::{self, Grant, Orders, Told};

/// No process here has a reason to live longer.
const LONGEST: Duration = Duration::from_secs(90);

/// A grant and its store.
pub struct Trial {
    pub provider: Arc<Provider>,
    pub case: String,
    pub grant: Grant,
    policy: Policy,
    home: TempDir,
}

/// A process under way.
pub struct Running {
    child: Child,
    begun: Instant,
    stdout: JoinHandle<String>,
    /// Whether it has said anything.
    spoke: mpsc::Receiver<()>,
    stderr: JoinHandle<String>,
}

/// One that is over.
pub struct Ended {
    pub status: ExitStatus,
    /// Shape: `None` for one that did not come to its end.
    pub told: Option<Told>,
    /// Whatever it printed.
    pub output: String,
    /// When its death was known.
    pub at: Instant,
}

impl Ended {
    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(Signal::KILL.as_raw())
    }

    /// What it said. Errors: it did not come to its end, with what it printed.
    pub fn told(&self) -> Result<&Told> {
        self.told.as_ref().with_context(|| format!("a process ended with {}: {}", self.status, self.last_words()))
    }

    fn last_words(&self) -> String {
        let lines: Vec<&str> = self.output.lines().collect();
        lines[lines.len().saturating_sub(12)..].join(" | ")
    }
}

impl Trial {
    /// A new grant that no store has.
    pub fn bare(provider: &Arc<Provider>, policy: Policy) -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let case = format!("c{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let (refresh_token, access_token) = provider.grant(&case, policy);
        let grant = Grant { refresh_token, access_token };
        Ok(Self { provider: provider.clone(), case, grant, policy, home: tempfile::tempdir()? })
    }

    /// A new grant in a store, with a token that was given just now.
    pub fn kept(provider: &Arc<Provider>, policy: Policy) -> Result<Self> {
        let trial = Self::bare(provider, policy)?;
        let orders = trial.orders(0);
        worker::adopt(&orders.world(), &orders, &trial.grant)?;
        Ok(trial)
    }

    pub fn store(&self) -> &Path {
        self.home.path()
    }

    pub fn orders(&self, ahead_s: i64) -> Orders {
        Orders {
            folder: self.home.path().join("store"),
            token_endpoint: self.provider.token_endpoint(),
            policy: self.policy.name().to_owned(),
            ahead_s,
            rebooted: false,
            adopt: None,
        }
    }

    /// What is in the store. Errors: it cannot be read.
    pub fn kept_now(&self) -> Result<Vec<(u64, String, String)>> {
        worker::kept(&self.orders(0))
    }

    /// A fresh process that wants a token, `ahead_s` after the grant was given.
    pub fn ask(&self, ahead_s: i64) -> Result<Ended> {
        self.start(&self.orders(ahead_s), None)?.end()
    }

    /// Starts a process, on the same clock as the server. `failpoints`: as in `TOKCORE_FP`.
    pub fn start(&self, orders: &Orders, failpoints: Option<&str>) -> Result<Running> {
        self.provider.set_ahead(&self.case, orders.ahead_s);
        Running::start("work", orders, self.home.path(), &failpoints.map(|it| ("TOKCORE_FP", it)))
    }
}

impl Running {
    /// Starts this program once more. `home`: the only folder that it knows. `switch`: a variable of the failpoints.
    pub fn start(verb: &str, orders: &Orders, home: &Path, switch: &Option<(&str, &str)>) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(verb).arg(serde_json::to_string(orders)?).env_clear().env("HOME", home);
        command.envs(switch.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (word, spoke) = mpsc::channel();
        let stdout = reader(child.stdout.take(), Some(word));
        let stderr = reader(child.stderr.take(), None);
        Ok(Self { child, begun: Instant::now(), stdout, spoke, stderr })
    }

    pub fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill()?)
    }

    /// Waits until it has said something. Errors: it ended without a word.
    pub fn wait_for_word(&self) -> Result<()> {
        self.spoke.recv_timeout(LONGEST).context("the process said nothing")
    }

    /// Waits until it stands still. Errors: it ended instead.
    pub fn wait_for_stop(&mut self) -> Result<()> {
        while !self.is_stopped() {
            ensure!(self.child.try_wait()?.is_none(), "the process passed the place without a stop");
            ensure!(self.begun.elapsed() < LONGEST, "the process never came to the place");
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    pub fn go_on(&self) -> Result<()> {
        let pid = Pid::from_raw(self.child.id() as i32).context("a process has a number")?;
        Ok(kill_process(pid, Signal::CONT)?)
    }

    pub fn end(mut self) -> Result<Ended> {
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if self.begun.elapsed() > LONGEST {
                self.child.kill()?;
                self.child.wait()?;
                bail!("a process did not end within {} s", LONGEST.as_secs());
            }
            thread::sleep(Duration::from_millis(1));
        };
        let at = Instant::now();
        let text = |pipe: JoinHandle<String>| pipe.join().unwrap_or_default();
        let (stdout, stderr) = (text(self.stdout), text(self.stderr));
        let told = stdout.lines().last().and_then(|line| serde_json::from_str(line).ok());
        Ok(Ended { status, told, output: stdout + &stderr, at })
    }

    fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    }
}

/// Reads on, so that no process waits for us. `word`: who is told of the first bytes.
fn reader(pipe: Option<impl Read + Send + 'static>, word: Option<mpsc::Sender<()>>) -> JoinHandle<String> {
    thread::spawn(move || {
        let (mut bytes, mut some) = (Vec::new(), [0; 4096]);
        if let Some(mut pipe) = pipe {
            // What a killed process did not write is not there.
            while let Ok(count @ 1..) = pipe.read(&mut some) {
                bytes.extend_from_slice(&some[..count]);
                if let Some(word) = &word {
                    // Nobody may be waiting any more.
                    let _ = word.send(());
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
