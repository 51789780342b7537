//! A proof of identity from a program. A file that names programs could name any, so that somebody has to allow them.
//! Source: specs, executable protocol.

mod answer;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use self::answer::Answer;
use super::{MOST_BYTES, Proof, SubjectTokens};
use crate::context::{self, Ended, Program};
use crate::error::Error;
use crate::provider::google::external_account::config::Config;
use crate::provider::google::external_account::members::Members;
use crate::provider::google::wish::Wish;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::transport::BoxFuture;
use crate::world::World;

/// Has to be `1` for any program to be run.
const ALLOW: &str = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
/// Units: milliseconds.
const USUAL_TIMEOUT_MS: u64 = 30_000;
const TIMEOUTS_MS: std::ops::RangeInclusive<u64> = 5_000..=120_000;
/// A person needs longer than a program.
const INTERACTIVE_TIMEOUTS_MS: std::ops::RangeInclusive<u64> = 30_000..=1_800_000;

pub(super) struct Executable {
    program: Program,
    timeout: Duration,
    output_file: Option<PathBuf>,
    subject_token_type: String,
    name: String,
}

impl Executable {
    pub(super) fn read(source: &Members<'_>, config: &Config, wish: &Wish) -> Result<Self, Error> {
        let members = source.inside("executable")?.ok_or_else(|| source.wrong("executable", "is missing"))?;
        let command = members.required("command")?;
        // As a shell would split it, and without any shell that could do more with it.
        let mut words = shlex::split(command).unwrap_or_default().into_iter();
        let program = words.next().ok_or_else(|| members.wrong("command", "is no command: a quote is left open"))?;
        let timeout_ms = milliseconds(&members, "timeout_millis", TIMEOUTS_MS)?.unwrap_or(USUAL_TIMEOUT_MS);
        let with_a_person_ms = with_a_person(&members, config, wish)?;
        let output_file = members.text("output_file")?;
        Ok(Self {
            name: format!("the program {program}"),
            program: Program {
                program,
                arguments: words.collect(),
                env: variables(config, output_file, with_a_person_ms.is_some()),
                limit: MOST_BYTES,
                with_terminal: with_a_person_ms.is_some(),
            },
            timeout: Duration::from_millis(with_a_person_ms.unwrap_or(timeout_ms)),
            output_file: output_file.map(PathBuf::from),
            subject_token_type: config.subject_token_type.clone(),
        })
    }

    async fn proof(&self, world: &World) -> Result<Proof, Error> {
        self.check_allowed(world)?;
        if let Some(token) = self.kept(world) {
            return Ok(token.into());
        }
        let ended = self.run(world).await?;
        let written = match (&self.output_file, ended.output.trim_ascii().is_empty()) {
            (Some(_), true) => self
                .output(world)
                .map_err(|cause| self.failed(format!("wrote nothing, and its output file cannot be read: {cause}")))?,
            _ => ended.output,
        };
        self.understood(&written, world).map(|answer| answer.token.into())
    }

    fn check_allowed(&self, world: &World) -> Result<(), Error> {
        if world.context.set_var(ALLOW).as_deref() == Some("1") {
            return Ok(());
        }
        let message = format!("{} gives the proof of identity, and nobody has allowed to run programs", self.name);
        Err(Error::new(Reason::ExecutableNotAllowed.kind(), message)
            .with_reason(Reason::ExecutableNotAllowed)
            .with_hint(format!("if you trust the configuration with running that program, set {ALLOW}=1")))
    }

    /// What an earlier run has left, as long as it says itself that it is still valid. What is wrong with it is the
    /// program's matter, which is asked then.
    fn kept(&self, world: &World) -> Option<Secret> {
        let left = self.output(world).ok()?;
        self.understood(&left, world).ok().filter(|answer| answer.expires).map(|answer| answer.token)
    }

    fn output(&self, world: &World) -> io::Result<Zeroizing<Vec<u8>>> {
        let path = self.output_file.as_deref().ok_or(io::ErrorKind::NotFound)?;
        world.context.files.read(path, MOST_BYTES).map(Zeroizing::new)
    }

    async fn run(&self, world: &World) -> Result<Ended, Error> {
        let ended = context::run(&*world.context.programs, &self.program, self.timeout).await;
        match ended {
            Ok(ended) if ended.code == Some(0) => Ok(ended),
            Ok(Ended { code: Some(code), .. }) => Err(self.failed(format!("ended with the status {code}"))),
            Ok(Ended { code: None, .. }) => Err(self.failed("was ended by a signal")),
            Err(cause) if cause.kind() == io::ErrorKind::TimedOut => {
                Err(self.failed(format!("did not end within {} ms", self.timeout.as_millis())))
            }
            Err(cause) => Err(self.failed(format!("cannot be run: {cause}"))),
        }
    }

    fn understood(&self, output: &[u8], world: &World) -> Result<Answer, Error> {
        let now_unix_s = world.context.clock.now_unix_ms().div_euclid(1000);
        answer::read(output, &self.subject_token_type, now_unix_s).map_err(|problem| match problem {
            answer::Problem::Expired => self.failed("gave a proof that has expired").with_reason(Reason::SubjectToken),
            answer::Problem::Failed(said) => self.failed(format!("says that it failed: {said}")),
            answer::Problem::Malformed(what) => self.failed(format!("gave no answer of the agreed form: {what}")),
        })
    }

    fn failed(&self, what: impl AsRef<str>) -> Error {
        Error::new(Reason::ExecutableFailed.kind(), format!("{} {}", self.name, what.as_ref()))
            .with_reason(Reason::ExecutableFailed)
            .with_hint("run the command of credential_source.executable by hand, and see what it writes")
    }
}

/// How long the program has that asks the person who is there. Shape: `None` where it asks nobody: by the file, by the caller,
/// or because nobody is there. Units: milliseconds.
///
/// Errors: `ConfigInvalid` for a file that provides for a person and lacks what belongs to that: what such a program writes is
/// for the person, so that its answer is in a file, and only a workforce is people.
fn with_a_person(members: &Members<'_>, config: &Config, wish: &Wish) -> Result<Option<u64>, Error> {
    const TIMEOUT: &str = "interactive_timeout_millis";
    let timeout_ms = milliseconds(members, TIMEOUT, INTERACTIVE_TIMEOUTS_MS)?.filter(|_| wish.allow_interactive);
    if timeout_ms.is_some() && members.text("output_file")?.is_none() {
        return Err(members.wrong("output_file", "is missing, where a program that asks a person leaves its answer"));
    }
    if timeout_ms.is_some() && !config.is_workforce() {
        return Err(members.wrong(TIMEOUT, "is for workforce pools only: nobody of another pool can be asked"));
    }
    Ok(timeout_ms.filter(|_| wish.is_attended))
}

fn milliseconds(
    members: &Members<'_>,
    name: &str,
    allowed: std::ops::RangeInclusive<u64>,
) -> Result<Option<u64>, Error> {
    match members.number(name)? {
        Some(given) if !allowed.contains(&given) => {
            Err(members.wrong(name, &format!("is not between {} and {}", allowed.start(), allowed.end())))
        }
        given => Ok(given),
    }
}

/// What the program is told.
fn variables(config: &Config, output_file: Option<&str>, is_interactive: bool) -> Vec<(String, String)> {
    let email = config.email();
    let told = [
        ("AUDIENCE", Some(config.audience.as_str())),
        ("TOKEN_TYPE", Some(&config.subject_token_type)),
        ("ID", Some(email.unwrap_or_default())),
        ("INTERACTIVE", Some(if is_interactive { "1" } else { "0" })),
        ("REVOKE", Some("0")),
        ("IMPERSONATED_EMAIL", email),
        ("OUTPUT_FILE", output_file),
    ];
    let name =
        |(name, value): (&str, Option<&str>)| Some((format!("GOOGLE_EXTERNAL_ACCOUNT_{name}"), value?.to_owned()));
    told.into_iter().filter_map(name).collect()
}

impl SubjectTokens for Executable {
    fn name(&self) -> &str {
        &self.name
    }

    fn fetch<'a>(&'a self, world: &'a World) -> BoxFuture<'a, Result<Proof, Error>> {
        Box::pin(self.proof(world))
    }
}
