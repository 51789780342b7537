//! `tokcore prune`: what nobody needs any longer leaves the store.

use clap::Args;
use serde::Serialize;
use tokcore::{Entry, Error, NoInterrupt};

use crate::output;
use crate::store::{StoreOption, name_of};

/// Remove stored credentials that nobody needs any longer; nothing is revoked
///
/// These are credentials that were not used for so long, whose refresh token is over, that
/// are expired for a day without anything that renews them, or that the server ended so
/// long ago.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore prune --dry-run
  tokcore prune --max-idle-days 90")]
pub struct Arguments {
    /// How long a credential is kept that nobody uses
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    max_idle_days: u32,

    /// Only tell which ones would go
    #[arg(long)]
    dry_run: bool,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Serialize)]
struct Answer<'a> {
    removed: usize,
    dry_run: bool,
    credentials: Vec<IdleJson<'a>>,
}

#[derive(Serialize)]
struct IdleJson<'a> {
    key: &'a str,
    account: Option<&'a str>,
    client_id: &'a str,
    why: &'a str,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let store = arguments.store.open()?;
    let days = Some(arguments.max_idle_days);
    let idle = store.idle(days)?;
    let removed = if arguments.dry_run { 0 } else { store.prune(days, &NoInterrupt)? };
    if arguments.json {
        let credentials = idle.iter().map(|(entry, why)| IdleJson::of(entry, why)).collect();
        return output::json(&Answer { removed, dry_run: arguments.dry_run, credentials });
    }
    for (entry, why) in &idle {
        output::data(&format!("{why:<16}{}", name_of(entry)))?;
    }
    match arguments.dry_run {
        true => eprintln!("{} would be removed", output::counted(idle.len(), "credential")),
        false => eprintln!("{} removed", output::counted(removed, "credential")),
    }
    Ok(())
}

impl<'a> IdleJson<'a> {
    fn of(entry: &'a Entry, why: &'a str) -> Self {
        Self { key: &entry.key, account: entry.account.as_deref(), client_id: &entry.client_id, why }
    }
}
