//! `tokcore identity`: a token that says who the user of this session is.

use clap::Args;
use serde::Serialize;
use tokcore::{Error, NoInterrupt};

use super::Common;
use crate::output;

/// Print the identity token of this session's user
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
}

#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
    expires_at: Option<String>,
    expires_at_unix_s: Option<i64>,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let identity = arguments.common.client().identity_token(&NoInterrupt)?;
    if !arguments.common.json {
        return output::data(identity.token.expose());
    }
    output::json(&Answer {
        token: identity.token.expose(),
        expires_at: output::timestamp(identity.expires_at_unix_s),
        expires_at_unix_s: identity.expires_at_unix_s,
    })
}
