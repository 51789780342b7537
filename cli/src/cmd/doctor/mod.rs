//! `tokcore doctor`: where tokcore thinks it runs, why, whether the server there answers, and how a sign-in would go.

mod asked;
mod kept;
mod sign_in;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::transport::Proxies;
use tokcore::{Choice, Client, Context, Detection, Error, Kind, NoInterrupt};
use url::Url;

use self::kept::{Kept, KeptJson};
use self::sign_in::{SignIn, SignInJson};
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
/// With --scopes it also tells which credential the chain would use, as `tokcore explain`.
/// Nothing secret is shown: the output can go into a report as it is.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,

    /// Ask the network, too, whether there is a metadata server
    #[arg(long, requires = "scopes")]
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
    let surroundings = Surroundings::look(arguments);
    let sign_in = SignIn::look(&arguments.client)?;
    let kept = Kept::look(&match sign_in.client() {
        Some(client) => arguments.store.of_client(client)?,
        None => arguments.store.open()?,
    });
    let chain = asked::look(&arguments.chain, &arguments.store, arguments.probe)?;
    let found = Found { detection, probe, surroundings, kept, sign_in, chain };
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

/// What decides how the server is reached, as far as it can be seen without asking it.
#[derive(Serialize)]
struct Surroundings {
    tokcore_version: &'static str,
    workbench_version: Option<String>,
    server_address: Option<String>,
    ca_bundle: String,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: Option<String>,
}

impl Surroundings {
    fn look(arguments: &Arguments) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let named = arguments.common.ca.as_ref().map(|path| format!("{} (--ca)", path.display()));
        let bundle = |name: &str| variable(name).map(|path| format!("{path} ({name})"));
        let proxies = Proxies::from_env(&Context::os());
        Self {
            tokcore_version: env!("CARGO_PKG_VERSION"),
            workbench_version: variable("RSTUDIO_VERSION"),
            server_address: variable("RS_SERVER_ADDRESS").or_else(|| variable("CONNECT_SERVER")).map(|a| redacted(&a)),
            ca_bundle: named
                .or_else(|| bundle("REQUESTS_CA_BUNDLE"))
                .or_else(|| bundle("CURL_CA_BUNDLE"))
                .unwrap_or_else(|| "the system's".to_owned()),
            http_proxy: proxies.http.as_deref().map(redacted),
            https_proxy: proxies.https.as_deref().map(redacted),
            no_proxy: proxies.exceptions,
        }
    }

    fn lines(&self) -> Lines<'static> {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
        vec![
            ("authorities", self.ca_bundle.clone()),
            ("http proxy", or_none(&self.http_proxy)),
            ("https proxy", or_none(&self.https_proxy)),
            ("no proxy", or_none(&self.no_proxy)),
        ]
    }
}

/// An address without the user name and password that proxies are given in it.
fn redacted(address: &str) -> String {
    let with_scheme = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let Ok(mut url) = Url::parse(&with_scheme) else { return "set, but not an address".to_owned() };
    if url.username().is_empty() && url.password().is_none() {
        return address.split('?').next().unwrap_or_default().to_owned();
    }
    // Both only fail for addresses that cannot have a user name, which this one has.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    format!("{url} (with user name or password, not shown)")
}

type Lines<'a> = Vec<(&'a str, String)>;

fn text(found: &Found) -> String {
    let Found { detection, surroundings, kept, sign_in, .. } = found;
    let probe = found.probe.as_ref();
    let mut lines = vec![("tokcore", surroundings.tokcore_version.to_owned())];
    lines.extend(found.chain.iter().flat_map(asked::lines));
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_proxys_password_is_not_shown() {
        for text in ["http://user:hunter2@proxy:3128", "user:hunter2@proxy:3128", "http://hunter2@proxy"] {
            let shown = redacted(text);
            assert!(!shown.contains("hunter2") && shown.contains("proxy"), "{shown}");
        }
        assert_eq!(redacted("http://proxy:3128/?key=hunter2"), "http://proxy:3128/");
        assert_eq!(redacted("proxy:3128"), "proxy:3128");
    }
}
