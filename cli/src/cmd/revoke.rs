//! `tokcore revoke`: giving a token back to its server.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use tokcore::Error;

use crate::exit;
use crate::oauth::{ClientOptions, GivenTokens, Hint, Signals};
use crate::output::{self, ErrorJson};

/// Tell a server that a token is no longer wanted
///
/// Prints what came of it: `revoked`; `local_only`, when the server could not be told, so
/// that the token is good until it expires; `unsupported`, when it takes no tokens back.
/// The status is 0 for `revoked` only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore revoke --client client.toml token.txt
  tokcore token --client client.toml --json >grant.json
  tokcore revoke --client client.toml grant.json")]
pub struct Arguments {
    /// File with the token, or with what `tokcore token --json` printed, whose refresh token
    /// is then revoked first
    #[arg(value_name = "FILE", default_value = "-")]
    token: PathBuf,

    /// What the token in the file is
    #[arg(long, value_enum, default_value = "access_token")]
    hint: Hint,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    client: ClientOptions,
}

#[derive(Serialize)]
struct Answer<'a> {
    outcome: &'a str,
    error: Option<ErrorJson<'a>>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let signals = Signals::listen()?;
    let client = arguments.client.client()?;
    let given = GivenTokens::read(&arguments.token, arguments.hint == Hint::RefreshToken)?;
    let revocation = client.revoke(given.refresh_token.as_ref(), given.access_token.as_ref(), &signals)?;
    let error = revocation.error();
    if arguments.json {
        output::json(&Answer { outcome: revocation.slug(), error: error.map(ErrorJson::of) })?;
    } else {
        output::data(revocation.slug())?;
        if let Some(error) = error {
            output::failure(error, false);
        }
    }
    Ok(error.map_or(ExitCode::SUCCESS, |error| ExitCode::from(exit::of(error))))
}
