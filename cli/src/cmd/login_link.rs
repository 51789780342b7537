//! `tokcore login-link`: a one-time link to the Managed Credentials page.

use clap::Args;
use serde::Serialize;
use tokcore::flow::Environment;
use tokcore::flow::browser::{self, Opened};
use tokcore::{Context, Error, Interactivity, Kind};
use tokcore_broker::admin::client::AdminClient;
use url::Url;

use crate::{output, runtime};

/// Print a one-time link to the broker's Managed Credentials page, where you sign in and out
///
/// The link works once, and only for a minute. Whoever opens it is you: do not share it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore login-link --open
  tokcore login-link --json | jq -r .code    # to be typed on the page instead")]
pub struct Arguments {
    #[command(flatten)]
    pub link: LinkOptions,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long, conflicts_with = "open")]
    pub json: bool,
}

/// What becomes of the link, and whose it is.
#[derive(Debug, Args)]
pub struct LinkOptions {
    /// Open the broker's link in the browser instead of printing it
    #[arg(long)]
    open: bool,

    #[command(flatten)]
    broker: super::BrokerOption,
}

#[derive(Serialize)]
struct Answer<'a> {
    url: &'a str,
    code: &'a str,
    expires_in_s: u32,
}

pub fn run(options: &LinkOptions, as_json: bool) -> Result<(), Error> {
    let broker = AdminClient::new(options.broker.socket(), Context::os());
    let link = runtime::block_on(broker.login_link())?;
    if as_json {
        let (url, code) = (link.url.expose(), link.code.expose());
        return output::json(&Answer { url, code, expires_in_s: link.expires_in_s });
    }
    if options.open {
        return open(link.url.expose());
    }
    eprintln!("works once, for {} s; or enter the code {} on that page:", link.expires_in_s, link.code.expose());
    output::data(link.url.expose())
}

fn open(link: &str) -> Result<(), Error> {
    let context = Context::os();
    // Whoever says --open sits there, whatever the terminal is.
    let environment = Environment::detect(&context, Interactivity::Yes);
    let url = Url::parse(link).map_err(|_| Error::new(Kind::Protocol, "the broker's link is no address"))?;
    match browser::open(&context, &environment, &url, None) {
        Opened::Started => Ok(()),
        // Neither quotes the link, which must not end up in a log.
        Opened::NotTried(why) | Opened::Failed(why) => {
            Err(Error::new(Kind::InvalidState, format!("no browser could be started: {why}"))
                .with_hint("run `tokcore login-link` without --open, and open the link yourself"))
        }
    }
}
