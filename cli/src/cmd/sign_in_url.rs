//! `tokcore sign-in-url`: where a person signs in to an integration.

use clap::Args;
use serde::Serialize;
use tokcore::{Client, Error, Kind, NoInterrupt};

use super::Common;
use crate::output;

/// Print the address of the page where you sign in to an integration
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tokcore sign-in-url name:github")]
pub struct Arguments {
    /// GUID of the integration, or `name:` and its internal name
    #[arg(value_name = "GUID|name:NAME")]
    audience: String,

    #[command(flatten)]
    pub common: Common,
}

#[derive(Serialize)]
struct Answer {
    sign_in_url: String,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let client = arguments.common.client();
    let guid = guid_of(&client, &arguments.audience)?;
    let sign_in_url = client.sign_in_url(&guid, &NoInterrupt)?;
    if arguments.common.json { output::json(&Answer { sign_in_url }) } else { output::data(&sign_in_url) }
}

/// Only a name needs looking up; the call itself checks a GUID.
fn guid_of(client: &Client, audience: &str) -> Result<String, Error> {
    if !audience.starts_with("name:") {
        return Ok(audience.to_owned());
    }
    let found = client.integration(audience, &NoInterrupt)?.and_then(|integration| integration.guid);
    found.ok_or_else(|| Error::new(Kind::NotFound, format!("{audience}: no integration has this name")))
}
