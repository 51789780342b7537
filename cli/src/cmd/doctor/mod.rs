//! `tokcore doctor`: where tokcore thinks it runs, why, whether the server there answers, and how a sign-in would go.

mod asked;
mod kept;
mod machine;
mod sign_in;
mod surroundings;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{Choice, Client, Detection, Error, Kind, NoInterrupt};

use self::kept::{Kept, KeptJson};
use self::machine::{Machine, MachineJson};
use self::sign_in::{SignIn, SignInJson};
use self::surroundings::Surroundings;
use super::Common;
use crate::chain::{ChainOptions, Explained, ExplainedJson};
use crate::exit;
use crate::oauth::ClientOptions;
use crate::output::{self, AttemptJson, ErrorJson};
use crate::store::StoreOption;

/// Show what tokcore detects here, and why, whether the server answers, and how a sign-in
/// would go
///
/// The status is 0 when nothing is wrong, else that of the problem: the session's, where
/// there is one; with --client the client's instead; and the store's, if it cannot be used.
/// With --scopes it also tells which credential the chain would use, as `tokcore explain`;
/// with --probe what machine of Google's this is, which only the network can tell.
/// Nothing secret is shown: the output can go into a report as it is.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,

    /// Ask the network, too, whether this is a machine of Google's, and what it is good for;
    /// NO_GCE_CHECK=true says that it is none
    #[arg(long)]
    probe: bool,

    #[command(flatten)]
    chain: ChainOptions,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    client: ClientOptions,
}

/// All that was found.
struct Found {
    detection: Detection,
    probe: Option<Probe>,
    surroundings: Surroundings,
    kept: Kept,
    sign_in: SignIn,
    chain: Option<Explained>,
    machine: Option<Machine>,
}

/// Asking the server for its integrations: the cheapest call that needs address, network, certificate and cookie.
struct Probe {
    outcome: Result<Vec<tokcore::Integration>, Error>,
    took: Duration,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let client = arguments.common.client();
    let detection = client.detect(false);
    let probe = detection.outcome.is_ok().then(|| Probe::of(&client));
    let surroundings = Surroundings::look(arguments.common.ca.as_deref());
    let sign_in = SignIn::look(&arguments.client)?;
    let kept = Kept::look(&match sign_in.client() {
        Some(client) => arguments.store.of_client(client)?,
        None => arguments.store.open()?,
    });
    let chain = asked::look(&arguments.chain, &arguments.store, arguments.probe)?;
    let machine = if arguments.probe { Some(Machine::look()?) } else { None };
    let found = Found { detection, probe, surroundings, kept, sign_in, chain, machine };
    if arguments.common.json {
        output::json(&Answer::of(&found))?;
    } else {
        output::data(&text(&found))?;
    }
    Ok(ExitCode::from(found.problem().map_or(0, exit::of)))
}

impl Found {
    /// What the status tells of. That there is no session is nothing wrong with one.
    fn problem(&self) -> Option<&Error> {
        let asked_about = match self.sign_in.client() {
            Some(_) => self.sign_in.problem(),
            None => failure(&self.detection, self.probe.as_ref()).filter(|error| is_trouble(error)),
        };
        asked_about.or_else(|| self.kept.problem())
    }
}

impl Probe {
    fn of(client: &Client) -> Self {
        let begun = Instant::now();
        let outcome = client.integrations(&NoInterrupt);
        Self { outcome, took: begun.elapsed() }
    }

    /// A refusal is an answer, too.
    fn is_reachable(&self) -> bool {
        self.outcome.as_ref().map_or_else(|error| error.http_status().is_some(), |_| true)
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX)
    }
}

type Lines<'a> = Vec<(&'a str, String)>;

fn text(found: &Found) -> String {
    let Found { detection, surroundings, kept, sign_in, .. } = found;
    let probe = found.probe.as_ref();
    let mut lines = vec![("tokcore", surroundings.tokcore_version.to_owned())];
    lines.extend(found.chain.iter().flat_map(asked::lines));
    lines.extend(found.machine.iter().flat_map(Machine::lines));
    if sign_in.client().is_some() {
        lines.extend(sign_in.lines());
        lines.extend(kept.lines());
        lines.extend(surroundings.lines());
        // That there is no session is nothing to tell somebody who asks about a client.
        if detection.outcome.is_ok() {
            lines.extend(session(detection, surroundings));
            lines.extend(verdict(detection, probe));
        }
    } else {
        lines.extend(session(detection, surroundings));
        lines.extend(surroundings.lines());
        lines.extend(verdict(detection, probe));
        lines.extend(kept.lines());
        lines.extend(sign_in.lines());
    }
    let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name:<12}{value}")).collect();
    lines.join("\n")
}

/// Where the program runs, and why that is thought.
fn session(detection: &Detection, surroundings: &Surroundings) -> Lines<'static> {
    let mut lines = vec![match &detection.outcome {
        Ok(choice) => {
            let subject = choice.subject.map_or("nobody", |subject| subject.name());
            ("backend", format!("{}, as {subject} (rule {})", choice.backend, detection.rule))
        }
        Err(_) => ("backend", format!("none (rule {})", detection.rule)),
    }];
    lines.extend(detection.tests.iter().map(|test| ("  tested", format!("{}: {}", test.source, test.outcome))));
    lines.extend(detection.warnings.iter().map(|warning| ("warning", warning.clone())));
    lines.push(match detection.outcome.as_ref().ok().and_then(Choice::socket) {
        Some(socket) => ("socket", socket.display().to_string()),
        None => ("address", surroundings.server_address.clone().unwrap_or_else(|| "not set".into())),
    });
    let version = surroundings.workbench_version.clone();
    lines.push(("version", version.unwrap_or_else(|| "RSTUDIO_VERSION is not set".into())));
    lines
}

/// What the server said, and what to do about it.
fn verdict(detection: &Detection, probe: Option<&Probe>) -> Lines<'static> {
    let mut lines: Lines<'_> = probe.into_iter().map(|probe| ("server", in_words(probe))).collect();
    if let Some(error) = failure(detection, probe) {
        let name = if is_trouble(error) { "problem" } else { "session" };
        lines.extend([(name, error.to_string()), ("next", error.hint().to_owned())]);
    }
    lines
}

fn in_words(probe: &Probe) -> String {
    let took = probe.milliseconds();
    match &probe.outcome {
        Ok(found) => {
            let signed_in = found.iter().filter(|integration| integration.authenticated == Some(true)).count();
            format!("answered in {took} ms; integrations: {}, signed in to: {signed_in}", found.len())
        }
        Err(error) => match error.http_status() {
            Some(status) => format!("answered in {took} ms, with a failure (HTTP {status})"),
            None => format!("no answer ({took} ms)"),
        },
    }
}

fn failure<'a>(detection: &'a Detection, probe: Option<&'a Probe>) -> Option<&'a Error> {
    detection.outcome.as_ref().err().or_else(|| probe?.outcome.as_ref().err())
}

/// Whether something is wrong: most programs run outside of every session.
fn is_trouble(error: &Error) -> bool {
    error.kind() != Kind::NotInSession
}

#[derive(Serialize)]
struct Answer<'a> {
    backend: Option<&'static str>,
    subject: Option<&'static str>,
    rule: &'static str,
    tests: Vec<AttemptJson<'a>>,
    warnings: &'a [String],
    surroundings: &'a Surroundings,
    server: Option<Server>,
    error: Option<ErrorJson<'a>>,
    store: KeptJson<'a>,
    sign_in: SignInJson<'a>,
    client: Option<Map<String, Value>>,
    client_error: Option<ErrorJson<'a>>,
    chain: Option<ExplainedJson<'a>>,
    machine: Option<MachineJson<'a>>,
}

#[derive(Serialize)]
struct Server {
    reachable: bool,
    milliseconds: u64,
    integrations: Option<usize>,
}

impl<'a> Answer<'a> {
    fn of(found: &'a Found) -> Self {
        let Found { detection, surroundings, kept, sign_in, .. } = found;
        let probe = found.probe.as_ref();
        let choice = detection.outcome.as_ref().ok();
        Self {
            backend: choice.map(|choice| choice.backend.name()),
            subject: choice.and_then(|choice| choice.subject).map(|subject| subject.name()),
            rule: detection.rule,
            tests: AttemptJson::all(&detection.tests),
            warnings: &detection.warnings,
            surroundings,
            server: probe.map(|probe| Server {
                reachable: probe.is_reachable(),
                milliseconds: probe.milliseconds(),
                integrations: probe.outcome.as_ref().ok().map(Vec::len),
            }),
            error: failure(detection, probe).map(ErrorJson::of),
            store: kept.json(),
            sign_in: sign_in.json(),
            client: sign_in.client_json(),
            client_error: sign_in.problem().map(ErrorJson::of),
            chain: found.chain.as_ref().map(Explained::json),
            machine: found.machine.as_ref().map(Machine::json),
        }
    }
}
