//! The binary `tokcore`: the shell's door to the credential engine, and the broker.

mod again;
mod chain;
mod cmd;
mod exit;
mod log;
mod oauth;
mod output;
mod places;
mod runtime;
mod session;
mod store;

use std::process::ExitCode;

use clap::Parser;
use tokcore::Kind;

/// One OAuth credential for C, R, Python and the shell
///
/// With a client of your own, `tokcore token` gets a token by any OAuth grant. Inside Posit
/// Workbench, Posit Connect or a session of a tokcore broker, `tokcore credentials` finds
/// out where it runs and prints what it is asked for. `tokcore demo` starts a session with
/// nothing registered anywhere; `tokcore serve` is the broker for a team.
#[derive(Debug, Parser)]
#[command(name = "tokcore", version, after_help = exit::HELP, disable_help_subcommand = true, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    verb: cmd::Verb,
}

fn main() -> ExitCode {
    let CommandLine { verb } = CommandLine::parse();
    if !matches!(verb, cmd::Verb::Serve(_)) {
        log::install();
    }
    let as_json = verb.wants_json();
    let runs_a_command = verb.runs_a_command();
    match verb.run() {
        Ok(status) => status,
        // Nobody reads the output any more, so there is nobody to tell either.
        Err(error) if error.kind() == Kind::Cancelled => ExitCode::from(exit::status(Kind::Cancelled)),
        Err(error) => {
            output::failure(&error, as_json);
            let status = if runs_a_command { exit::NO_SESSION } else { exit::of(&error) };
            ExitCode::from(status)
        }
    }
}
