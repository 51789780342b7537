//! `tokcore reload`: the broker reads its integrations again.

use clap::Args;
use serde::Serialize;
use tokcore::{Context, Error, Kind};
use tokcore_broker::admin::client::AdminClient;

use crate::{output, runtime};

/// Make the broker read its configuration again; a rejected one leaves the old in use
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    broker: super::BrokerOption,
}

#[derive(Serialize)]
struct Answer<'a> {
    accepted: bool,
    integrations: usize,
    diagnostics: &'a [String],
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let broker = AdminClient::new(arguments.broker.socket(), Context::os());
    let reloaded = runtime::block_on(broker.reload())?;
    let (accepted, integrations) = (reloaded.accepted, reloaded.integrations);
    if arguments.json {
        output::json(&Answer { accepted, integrations, diagnostics: &reloaded.diagnostics })?;
    } else {
        for diagnostic in &reloaded.diagnostics {
            output::data(diagnostic)?;
        }
    }
    if !accepted {
        return Err(Error::new(Kind::ConfigInvalid, "the new configuration was rejected; the old one stays in use")
            .with_hint("correct what is listed, `tokcore config check` tells when it is good, then reload again"));
    }
    if !arguments.json {
        eprintln!("reloaded, {}", output::counted(integrations, "integration"));
    }
    Ok(())
}
