//! `tokcore login`: a one-time link to the Managed Credentials page.

use clap::Args;
use serde::Serialize;
use tokcore::{Context, Error, Kind};
use tokcore_broker::admin::client::AdminClient;

use crate::{output, runtime};

/// Print a one-time link to the Managed Credentials page, where you sign in and out
///
/// The link works once, and only for a minute. Whoever opens it is you: do not share it.
#[derive(Debug, Args)]
#[command(
    visible_alias = "login-link",
    after_help = "\
Examples:
  tokcore login --open
  tokcore login --json | jq -r .code    # to be typed on the page instead"
)]
pub struct Arguments {
    /// Open it in the browser instead of printing it
    #[arg(long, conflicts_with = "json")]
    open: bool,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    broker: super::BrokerOption,
}

#[derive(Serialize)]
struct Answer<'a> {
    url: &'a str,
    code: &'a str,
    expires_in_s: u32,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let broker = AdminClient::new(arguments.broker.socket(), Context::os());
    let link = runtime::block_on(broker.login_link())?;
    if arguments.json {
        let (url, code) = (link.url.expose(), link.code.expose());
        return output::json(&Answer { url, code, expires_in_s: link.expires_in_s });
    }
    if arguments.open {
        // The library's error quotes the link, which must not end up in a log.
        return open::that_detached(link.url.expose()).map_err(|_| {
            Error::new(Kind::InvalidState, "no browser could be started")
                .with_hint("run `tokcore login` without --open, and open the link yourself")
        });
    }
    eprintln!("works once, for {} s; or enter the code {} on that page:", link.expires_in_s, link.code.expose());
    output::data(link.url.expose())
}
