//! `tokcore explain`: which credential `tokcore token --scopes` would use here, and why no other one.

use std::process::ExitCode;

use clap::Args;
use tokcore::{Chain, Error, Terminal};

use crate::chain::{ChainOptions, Explained};
use crate::exit;
use crate::oauth::SharedOptions;
use crate::output;
use crate::store::StoreOption;

/// Show which credential the chain would use here, and what is missing for the others
///
/// Takes the options of `tokcore token --scopes`. No server is asked for a token; with --probe
/// the network is asked whether this is a machine of Google's. The status is 0 when a method
/// has a credential, 4 when a person would have to sign in, that of an error which would end
/// the search, else 3. Nothing secret is shown: the output can go into a report as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore explain --scopes drive
  tokcore explain --scopes bigquery --path key.json --subject ann@example.com
  tokcore explain --scopes cloud-platform --probe --json")]
pub struct Arguments {
    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    /// Ask the network, too, whether there is a metadata server
    #[arg(long)]
    probe: bool,

    #[command(flatten)]
    chain: ChainOptions,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten, next_help_heading = "Token")]
    shared: SharedOptions,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let chain = Chain::default();
    let request = arguments.chain.request(&arguments.shared, &arguments.store, &chain)?;
    let explained = Explained(chain.explain(&request, &Terminal, arguments.probe)?);
    match arguments.json {
        true => output::json(&explained.json())?,
        false => output::data(&text(&explained))?,
    }
    Ok(ExitCode::from(explained.lacks().map_or(0, exit::status)))
}

fn text(explained: &Explained) -> String {
    let lines: Vec<_> = explained.lines().iter().map(|(name, value)| format!("{name:<18}{value}")).collect();
    lines.join("\n")
}
