//! `tokcore azure`: a delegated Azure token.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{Error, NoInterrupt};

use super::Common;
use crate::output;

/// Print a delegated Azure token for a resource
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tokcore azure https://storage.azure.com/")]
pub struct Arguments {
    /// The resource, a URL
    resource: String,

    #[command(flatten)]
    pub common: Common,
}

#[derive(Serialize)]
struct Answer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_at: Option<String>,
    expires_at_unix_s: Option<i64>,
    scope: Option<&'a str>,
    resource: &'a str,
    extra: &'a Map<String, Value>,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let azure = arguments.common.client().azure_token(&arguments.resource, &NoInterrupt)?;
    if !arguments.common.json {
        return output::data(azure.access_token.expose());
    }
    output::json(&Answer {
        access_token: azure.access_token.expose(),
        token_type: &azure.token_type,
        expires_at: output::timestamp(azure.expires_at_unix_s),
        expires_at_unix_s: azure.expires_at_unix_s,
        scope: azure.scope.as_deref(),
        resource: &azure.resource,
        extra: &azure.extra,
    })
}
