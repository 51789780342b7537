//! `tokcore credentials`: the one verb whose output is a secret.

use clap::Args;
use serde::Serialize;
use tokcore::{CredentialsRequest, Error, NoInterrupt};

use super::Common;
use crate::output;

/// Print an access token for an integration
///
/// Without --json, stdout gets the token and nothing else, so that it fits into
/// "$(…)". The token is kept fresh by the server: ask again instead of keeping it. Other
/// users can see the arguments of a running command, so give curl the header on stdin.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore credentials name:github --header |
    curl -H @- https://api.github.com/user
  GITHUB_TOKEN=$(tokcore credentials name:github) gh api user
  tokcore credentials 6a704c75-ff00-5d93-814e-aa73b456a504 --json |
    jq .expires_at")]
pub struct Arguments {
    /// GUID of the integration, `name:` and its internal name, or a name that
    /// TOKCORE_AUDIENCE_<NAME> maps to one; may be left out on Connect
    #[arg(value_name = "GUID|name:NAME")]
    audience: Option<String>,

    /// Print the header line that presents it, "Authorization: Bearer …"
    #[arg(long, conflicts_with = "json")]
    header: bool,

    #[command(flatten)]
    pub common: Common,
}

#[derive(Serialize)]
struct Answer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_at: Option<String>,
    expires_at_unix_s: Option<i64>,
    integration_id: Option<&'a str>,
    backend: &'static str,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let request = CredentialsRequest { audience: arguments.audience.clone(), ..CredentialsRequest::default() };
    let credentials = arguments.common.client().credentials(&request, &NoInterrupt)?;
    if arguments.header {
        return output::data(&format!("Authorization: {}", credentials.authorization().expose()));
    }
    if !arguments.common.json {
        return output::data(credentials.access_token().expose());
    }
    output::json(&Answer {
        access_token: credentials.access_token().expose(),
        token_type: credentials.token_type(),
        expires_at: output::timestamp(credentials.expires_at_unix_s()),
        expires_at_unix_s: credentials.expires_at_unix_s(),
        integration_id: credentials.integration_id(),
        backend: credentials.backend().name(),
    })
}
