//! A program in a session: asks the broker for one, lays it out, runs the program, keeps the cookie fresh, cleans up.
//!
//! Source: specs/workbench.md §4.12.

mod signals;

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokcore::{Error, Kind};
use tokcore_broker::admin::NewSession;
use tokcore_broker::admin::client::{AdminClient, MintedSession};
use tokcore_broker::session::{Environment, EnvironmentOptions, RuntimeDirectory};
use tokio::process::Command;
use tokio::time::sleep;

pub use self::signals::Signals;
use self::signals::forward;
use crate::output;

/// A failed renewal is tried again: the broker may be restarting.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);
/// Wall clocks jump and laptops sleep, so what is left of a cookie is looked at again at least this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// What to run, and what its session looks like.
#[derive(Debug, Default)]
pub struct Launch {
    /// The program and its arguments; not empty.
    pub command: Vec<OsString>,
    /// For whom; without it, for whoever runs this. Only root may name somebody else.
    pub principal: Option<String>,
    /// Do not claim to be Workbench.
    pub minimal: bool,
    /// Put the cookie into the environment as well.
    pub cookie_in_environment: bool,
    /// Where the runtime directory is made.
    pub runtime_base: PathBuf,
    /// More variables.
    pub extra: Vec<(&'static str, OsString)>,
}

/// Runs the program in a session of its own and returns its status, 128 + n if signal n ended it, or came before it
/// was started. `signals` were listened for before there was anything to clean up.
///
/// Effects: `[net]` to the broker, `[disk]` a runtime directory while the program runs.
/// Errors: only while there is no program yet. One that cannot be started is status 126 or 127, as in a shell.
pub async fn run(broker: &AdminClient, launch: &Launch, signals: &mut Signals) -> Result<ExitCode, Error> {
    let session = broker.mint(&launch.request()).await?;
    let mut keeper = Keeper::new(broker, launch, session)?;
    let status = match signals.come().await {
        Some(signal) => ended_by(signal.as_raw()),
        None => keeper.supervise(signals).await,
    };
    if let Err(error) = broker.revoke(&keeper.session.id).await {
        tracing::warn!("the session could not be ended at the broker, so it lapses by itself: {error}");
    }
    Ok(status)
}

impl Launch {
    fn request(&self) -> NewSession {
        let program = self.command.first().map(|program| program.to_string_lossy().into_owned());
        NewSession { label: program, pid: Some(std::process::id()), principal: self.principal.clone() }
    }
}

/// A session while its program runs.
struct Keeper<'a> {
    broker: &'a AdminClient,
    launch: &'a Launch,
    session: MintedSession,
    directory: RuntimeDirectory,
    /// Units: seconds since the epoch.
    renew_at: i64,
}

impl<'a> Keeper<'a> {
    fn new(broker: &'a AdminClient, launch: &'a Launch, session: MintedSession) -> Result<Self, Error> {
        let directory = RuntimeDirectory::create(&launch.runtime_base, &session.id, &session.cookie)?;
        let renew_at = half_way(session.cookie_expires_at);
        Ok(Self { broker, launch, session, directory, renew_at })
    }

    async fn supervise(&mut self, signals: &mut Signals) -> ExitCode {
        let mut child = match self.command().spawn() {
            Ok(child) => child,
            Err(cause) => return self.not_started(&cause),
        };
        let process = child.id();
        loop {
            tokio::select! {
                ended = child.wait() => return ended.map_or(ExitCode::FAILURE, exit_code),
                signal = signals.next() => forward(process, signal),
                () = self.until_renewal() => self.renew().await,
            }
        }
    }

    fn command(&self) -> Command {
        let (session, launch) = (&self.session, self.launch);
        let environment = Environment::of(
            &EnvironmentOptions {
                rpc_url: &session.rpc_url,
                public_url: &session.public_url,
                runtime_directory: self.directory.path(),
                cookie: launch.cookie_in_environment.then_some(&session.cookie),
                minimal: launch.minimal,
            },
            |name| std::env::var(name).ok(),
        );
        let mut words = launch.command.iter();
        let mut command = Command::new(words.next().cloned().unwrap_or_default());
        command.args(words);
        for name in environment.remove {
            command.env_remove(name);
        }
        command.envs(environment.set).envs(launch.extra.iter().map(|(name, value)| (name, value)));
        command
    }

    fn not_started(&self, cause: &io::Error) -> ExitCode {
        let program = self.launch.command.first().map(|program| program.to_string_lossy()).unwrap_or_default();
        let error = Error::new(Kind::InvalidArgument, format!("{program}: {cause}"))
            .with_hint("check the name of the command, and that it may be executed");
        output::failure(&error, false);
        ExitCode::from(if cause.kind() == io::ErrorKind::NotFound { 127 } else { 126 })
    }

    async fn until_renewal(&self) {
        loop {
            let left = u64::try_from(self.renew_at - now()).unwrap_or_default();
            if left == 0 {
                return;
            }
            sleep(Duration::from_secs(left).min(LONGEST_SLEEP)).await;
        }
    }

    /// Replaces the cookie. A failure is only logged: the old one is good for as long again, and the next try follows.
    async fn renew(&mut self) {
        let renewed = match self.broker.renew_cookie(&self.session.id, &self.session.cookie).await {
            // A restarted broker knows sessions by their hash only; a new one takes the place of the old.
            Err(error) if error.kind() == Kind::NotFound => self.broker.mint(&self.launch.request()).await,
            other => other,
        };
        let written = renewed.and_then(|session| self.directory.write_cookie(&session.cookie).map(|()| session));
        match written {
            Ok(session) => {
                self.renew_at = half_way(session.cookie_expires_at);
                self.session = session;
            }
            Err(error) => {
                tracing::warn!("the session's cookie could not be renewed, trying again: {error}");
                self.renew_at = now() + RENEWAL_PAUSE.as_secs() as i64;
            }
        }
    }
}

/// The moment at which half of the time until `end` has passed; at least a second from now, whatever the clock says.
fn half_way(end: i64) -> i64 {
    let now = now();
    now + ((end - now) / 2).max(1)
}

/// Units: seconds since the epoch.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

fn exit_code(status: ExitStatus) -> ExitCode {
    match (status.code(), status.signal()) {
        (None, Some(signal)) => ended_by(signal),
        (code, _) => ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)),
    }
}

/// The status of what signal `number` ended, as shells write it.
pub fn ended_by(number: i32) -> ExitCode {
    ExitCode::from(u8::try_from(128 + number).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewal_comes_at_half_time_and_never_in_a_tight_loop() {
        let now = now();
        assert!((half_way(now + 100) - now - 50).abs() <= 1);
        assert!(half_way(now - 1000) > now);
        assert!(half_way(now) > now);
    }
}
