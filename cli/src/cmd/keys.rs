//! `tokcore keys`: changing the broker's master key.

use clap::{Args, Subcommand};
use serde::Serialize;
use tokcore::{Context, Error};
use tokcore_broker::admin::KeyInfo;
use tokcore_broker::admin::client::AdminClient;

use crate::{output, runtime};

/// Show the broker's keys, and seal everything anew under the first one
///
/// Only for root and the broker's own user.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the keys in use, and which of them the database still needs
    List(Options),
    /// Seal every stored token under the first key of the key file; what is then not needed
    /// any more may be taken out of the file
    Reencrypt(Options),
}

#[derive(Debug, Args)]
struct Options {
    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    broker: super::BrokerOption,
}

impl Arguments {
    pub fn wants_json(&self) -> bool {
        let (Action::List(options) | Action::Reencrypt(options)) = &self.action;
        options.json
    }
}

#[derive(Serialize)]
struct List {
    keys: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    id: String,
    active: bool,
    values: usize,
    needed: bool,
}

impl From<KeyInfo> for Line {
    fn from(key: KeyInfo) -> Self {
        Self { name: key.name, id: key.id, active: key.active, values: key.values, needed: key.needed }
    }
}

#[derive(Serialize)]
struct Done {
    sealed: usize,
    unreadable: usize,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    match &arguments.action {
        Action::List(options) => list(options),
        Action::Reencrypt(options) => reencrypt(options),
    }
}

fn client(options: &Options) -> AdminClient {
    AdminClient::new(options.broker.socket(), Context::os())
}

fn list(options: &Options) -> Result<(), Error> {
    let keys = runtime::block_on(client(options).keys())?;
    let keys: Vec<Line> = keys.into_iter().map(Line::from).collect();
    if options.json {
        return output::json(&List { keys });
    }
    keys.iter().try_for_each(|key| {
        let standing = match (key.active, key.needed) {
            (true, _) => "active",
            (false, true) => "needed",
            (false, false) => "not needed",
        };
        let values = output::counted(key.values, "value");
        output::data(&format!("{:<16}  {:.12}  {standing:<10}  {values}", key.name, key.id))
    })
}

fn reencrypt(options: &Options) -> Result<(), Error> {
    let done = runtime::block_on(client(options).reencrypt())?;
    if options.json {
        return output::json(&Done { sealed: done.sealed, unreadable: done.unreadable });
    }
    eprintln!("{} sealed anew", output::counted(done.sealed, "value"));
    if done.unreadable > 0 {
        let values = output::counted(done.unreadable, "value");
        eprintln!(
            "{values} of sign-ins that have to be made again open under no key; until then the key they name is needed"
        );
    }
    Ok(())
}
