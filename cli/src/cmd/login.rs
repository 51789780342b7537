//! `tokcore login`: a sign-in at an authorization server, or the link to the broker's page.

use clap::Args;
use tokcore::{Error, Kind, Terminal};

use super::login_link::{self, LinkOptions};
use crate::oauth::{ClientOptions, Facts, RequestOptions, Signals, in_words};
use crate::output;

/// Sign in: with a client at its authorization server, or at the broker's page
///
/// With --client (or --issuer and --client-id), a person signs in with a browser, with a
/// device code or by pasting, and tokcore says what was granted. Nothing is kept on disk
/// yet: the token ends with this command, unless --print-token prints it. To get a token
/// for a script, use `tokcore token`, which signs in where that is needed.
///
/// Without a client, prints a one-time link to the broker's Managed Credentials page, as
/// `tokcore login-link` does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore login --client client.toml
  tokcore login --client client.toml --grant device --scope 'read write'
  tokcore login --issuer https://accounts.example.com --client-id my-app --flow manual
  tokcore login --open                       # the broker's page, in the browser")]
pub struct Arguments {
    /// Print the access token on stdout, and nothing else there
    #[arg(long, conflicts_with = "open")]
    print_token: bool,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long, conflicts_with = "open")]
    pub json: bool,

    #[command(flatten)]
    link: LinkOptions,

    #[command(flatten)]
    client: ClientOptions,

    #[command(flatten)]
    request: RequestOptions,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    if arguments.client.are_given() {
        return sign_in(arguments);
    }
    if arguments.print_token || arguments.request.are_given() {
        return Err(Error::new(
            Kind::InvalidArgument,
            "these options belong to a sign-in with a client, and none is named",
        )
        .with_hint("give --client FILE, or --issuer URL and --client-id ID"));
    }
    login_link::run(&arguments.link, arguments.json)
}

fn sign_in(arguments: &Arguments) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let client = arguments.client.client()?;
    let token = client.sign_in(arguments.request.request()?, &Terminal, &signals)?;
    if arguments.json {
        let with_secrets = arguments.print_token;
        return output::json(&if with_secrets { Facts::with_secrets(&token) } else { Facts::of(&token) });
    }
    eprintln!("{}", in_words(&token));
    if arguments.print_token {
        return output::data(token.access_token().expose());
    }
    eprintln!("the token was not kept; --print-token prints it");
    Ok(())
}
