//! `tokcore sign-in-url`: where a person signs in to an integration.

use clap::Args;
use serde::Serialize;
use tokcore::{Error, NoInterrupt};

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
    let sign_in_url = client.sign_in_url(&arguments.audience, &NoInterrupt)?;
    if arguments.common.json { output::json(&Answer { sign_in_url }) } else { output::data(&sign_in_url) }
}
