//! `tokcore list`: what is stored, without a look at a secret.

use clap::Args;
use serde::Serialize;
use tokcore::Error;

use crate::output;
use crate::store::{FilterOptions, Listed, StoreOption, of_entries, place};

/// List the stored credentials: whose they are, what they are good for, when they were used
///
/// States: `ok`, usable as it is; `stale`, renewed at its next use, without a person;
/// `expired` and `revoked`, somebody has to sign in again; `unreadable`. No server is asked
/// and no token is opened.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore list
  tokcore list --account '*@example.com'
  tokcore list --json |
    jq -r '.entries[] | select(.state == \"expired\") | .account'")]
pub struct Arguments {
    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    filter: FilterOptions,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Serialize)]
struct Answer<'a> {
    folder: Option<String>,
    entries: Vec<Listed<'a>>,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let store = arguments.store.open()?;
    let entries = store.list(&arguments.filter.selection())?;
    if arguments.json {
        return output::json(&Answer { folder: place(&store), entries: Listed::all(&entries) });
    }
    if entries.is_empty() {
        // Prose, and so not on stdout: a script that counts lines gets none.
        let place = place(&store).map_or(String::new(), |folder| format!(" in {folder}"));
        eprintln!("no such credential is stored{place}");
        return Ok(());
    }
    output::data(&of_entries(&entries))
}
