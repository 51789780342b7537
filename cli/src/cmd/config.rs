//! `tokcore config check`: everything that is wrong with `oauth-clients.conf`, by path and line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use tokcore::{Error, Kind};
use tokcore_broker::config::{self, Diagnostic, Policy, Severity, permission};

use crate::output;
use crate::places::Places;

/// Work with the configuration of a broker
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(Check),
}

/// Check oauth-clients.conf and its sidecar, and print every finding as path:line
///
/// Exit status: 0 good, perhaps with warnings; 1 sections with errors, which the
/// broker would disable; 2 the file as a whole is rejected.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore config check
  tokcore config check ./oauth-clients.conf --json \\
    --sidecar ./integrations.toml")]
struct Check {
    /// The file; without it the one that `tokcore serve` would read
    path: Option<PathBuf>,

    /// The sidecar `integrations.toml`; without it, the default one if PATH is not given
    #[arg(long, value_name = "PATH")]
    sidecar: Option<PathBuf>,

    /// Print JSON instead of text
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    reading: Reading,
}

/// How strictly the files are read. Shared with `tokcore serve`.
#[derive(Debug, Args)]
pub struct Reading {
    /// What to do about files that others could read or change: strict, warn or off
    #[arg(
        long,
        value_name = "MODE",
        default_value = "strict",
        env = "TOKCORE_SERVE_CONFIG_PERMISSIONS",
        hide_env_values = true
    )]
    pub config_permissions: permission::Mode,

    /// Accept a symbolic link, as Kubernetes mounts secrets
    #[arg(long, env = "TOKCORE_SERVE_CONFIG_ALLOW_SYMLINK", hide_env_values = true)]
    pub config_allow_symlink: bool,

    /// Let an unknown key disable its section
    #[arg(long, env = "TOKCORE_SERVE_STRICT_CONFIG", hide_env_values = true)]
    pub strict_config: bool,

    /// Accept providers without TLS beyond this machine
    #[arg(long, env = "TOKCORE_SERVE_ALLOW_INSECURE_HTTP", hide_env_values = true)]
    pub allow_insecure_http: bool,
}

impl Reading {
    /// The library's settings for these flags.
    pub fn settings(&self, path: PathBuf, sidecar: Option<PathBuf>) -> config::Settings {
        config::Settings {
            sidecar,
            policy: Policy::of_this_process(self.config_permissions, self.config_allow_symlink),
            strict: self.strict_config,
            allow_insecure_http: self.allow_insecure_http,
            ..config::Settings::new(path)
        }
    }
}

impl Arguments {
    /// Whether `--json` was given.
    pub fn wants_json(&self) -> bool {
        let Verb::Check(check) = &self.verb;
        check.json
    }
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let Verb::Check(check) = &arguments.verb;
    let defaults = Places::of_this_user();
    let sidecar = check.sidecar.clone().or_else(|| check.path.is_none().then_some(defaults.sidecar));
    if let Some(named) = check.path.as_ref().or(check.sidecar.as_ref()).filter(|named| !named.exists()) {
        return Err(Error::new(Kind::ConfigInvalid, format!("{}: no such file", named.display()))
            .with_hint("correct the path; without one, the file that `tokcore serve` would read is checked"));
    }
    let path = check.path.clone().unwrap_or(defaults.config);
    report(&check.reading.settings(path, sidecar), check.json)
}

/// Reads the configuration and says what it found. Shared with `tokcore serve --check`.
pub fn report(settings: &config::Settings, as_json: bool) -> Result<ExitCode, Error> {
    let (verdict, integrations, diagnostics) = match config::load(settings) {
        Ok(found) => {
            let verdict = if found.has_errors() { Verdict::SectionErrors } else { Verdict::Good };
            (verdict, found.integrations, found.diagnostics)
        }
        Err(rejected) => (Verdict::Rejected, Vec::new(), rejected.diagnostics),
    };
    if as_json {
        output::json(&Answer {
            path: settings.path.display().to_string(),
            verdict: verdict.name(),
            integrations: integrations.iter().map(Item::from).collect(),
            diagnostics: diagnostics.iter().map(Finding::from).collect(),
        })?;
    } else {
        for diagnostic in &diagnostics {
            output::data(&diagnostic.to_string())?;
        }
        eprintln!("{}: {}", settings.path.display(), verdict.in_words(integrations.len()));
    }
    Ok(ExitCode::from(verdict as u8))
}

#[derive(Clone, Copy)]
enum Verdict {
    Good = 0,
    SectionErrors = 1,
    Rejected = 2,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Good => "good",
            Verdict::SectionErrors => "section_errors",
            Verdict::Rejected => "rejected",
        }
    }

    fn in_words(self, integrations: usize) -> String {
        let count = output::counted(integrations, "integration");
        match self {
            Verdict::Good => format!("good, {count}"),
            Verdict::SectionErrors => format!("{count}, those with errors are disabled"),
            Verdict::Rejected => "rejected as a whole".to_owned(),
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    path: String,
    verdict: &'static str,
    integrations: Vec<Item<'a>>,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    guid: String,
    name: &'a str,
    display_name: &'a str,
    line: usize,
    usable: bool,
}

impl<'a> From<&'a config::Integration> for Item<'a> {
    fn from(integration: &'a config::Integration) -> Self {
        Self {
            guid: integration.guid.to_string(),
            name: &integration.name,
            display_name: &integration.display_name,
            line: integration.line,
            usable: integration.provider().is_some(),
        }
    }
}

#[derive(Serialize)]
struct Finding<'a> {
    severity: &'static str,
    path: String,
    line: Option<usize>,
    section: Option<&'a str>,
    key: Option<&'a str>,
    message: &'a str,
    hint: Option<&'a str>,
}

impl<'a> From<&'a Diagnostic> for Finding<'a> {
    fn from(diagnostic: &'a Diagnostic) -> Self {
        Self {
            severity: match diagnostic.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            path: diagnostic.path.display().to_string(),
            line: diagnostic.line,
            section: diagnostic.section.as_deref(),
            key: diagnostic.key.as_deref(),
            message: &diagnostic.message,
            hint: diagnostic.hint.as_deref(),
        }
    }
}
