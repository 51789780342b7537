//! `tokcore login`: a sign-in at an authorization server, or the link to the broker's page.

use clap::Args;
use tokcore::{Chain, Email, Entry, Error, Kind, OAuthClient, Selection, SharedToken, Terminal, TokenRequest};

use super::login_link::{self, LinkOptions};
use crate::again;
use crate::chain::{self, UserOptions};
use crate::oauth::{ClientOptions, Facts, RequestOptions, Signals, in_words};
use crate::output;
use crate::store::{StoreOption, place};

/// Sign in: with a client at its authorization server, or at the broker's page
///
/// With --client (or --issuer and --client-id), a person signs in with a browser, with a
/// device code or by pasting, and tokcore says what was granted and where it is kept: from
/// then on `tokcore token` and all other programs of yours get tokens without asking. It
/// signs in even where somebody is signed in already; another account is kept beside the
/// first. With --account, that account is suggested on the sign-in page.
///
/// With --google-client and --scopes, the same at Google, for `tokcore token --scopes` and all
/// programs that ask the chain of credentials. With --email, who is signed in already is not
/// asked again. Either way it ends with the commands that use this sign-in and end it.
///
/// Without a client, prints a one-time link to the broker's Managed Credentials page, as
/// `tokcore login-link` does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore login --client client.toml
  tokcore login --client client.toml --account bob@example.com
  tokcore login --client client.toml --grant device --scope 'read write'
  tokcore login --issuer https://accounts.example.com --client-id my-app
  tokcore login --google-client client.json --scopes 'drive bigquery'
  tokcore login --open                      # the broker's page, in the browser")]
pub struct Arguments {
    /// Print the access token on stdout, and nothing else there
    #[arg(long, conflicts_with = "open")]
    print_token: bool,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long, conflicts_with = "open")]
    pub json: bool,

    #[command(flatten)]
    link: LinkOptions,

    #[command(flatten, next_help_heading = "User at Google")]
    user: UserOptions,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    client: ClientOptions,

    #[command(flatten)]
    request: RequestOptions,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    match (arguments.client.are_given(), arguments.user.are_given()) {
        (true, true) => return Err(chain::and_a_client()),
        (true, false) => return sign_in(arguments),
        (false, true) => return sign_in_at_google(arguments),
        (false, false) => {}
    }
    if arguments.print_token || arguments.store.is_given() || arguments.request.are_given() {
        return Err(Error::new(
            Kind::InvalidArgument,
            "these options belong to a sign-in with a client, and none is named",
        )
        .with_hint(
            "give --client FILE, or --issuer URL and --client-id ID; for Google, --google-client and --scopes",
        ));
    }
    login_link::run(&arguments.link, arguments.json)
}

fn sign_in(arguments: &Arguments) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let client = arguments.store.with(arguments.client.client()?)?;
    let (request, suggested) = another_sign_in(arguments.request.request()?);
    client.expect_sign_in(&request, &Terminal)?;
    expect_to_keep(arguments, &client)?;
    let token = client.source(request)?.token(&Terminal, &signals)?;
    tell(arguments, &client, &token, suggested)
}

fn sign_in_at_google(arguments: &Arguments) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let mut request = arguments.user.request(arguments.request.for_the_chain()?, &arguments.store)?;
    chain::of_user(&request)?.client().map_or(Ok(()), |client| expect_to_keep(arguments, client))?;
    // Another one, unless somebody says which.
    request.email.get_or_insert(Email::New);
    let source = chain::source(&Chain::default(), &request, &signals)?;
    let token = source.token(&Terminal, &signals)?;
    // A user's credential is one of a client's, always.
    source.client().map_or(Ok(()), |client| tell(arguments, client, &token, None))
}

/// Nobody shall sign in for nothing. Errors: `InvalidArgument` where the token would end with this command, unseen.
fn expect_to_keep(arguments: &Arguments, client: &OAuthClient) -> Result<(), Error> {
    if arguments.print_token || arguments.json || !client.store().is_nowhere() {
        return Ok(());
    }
    let message = format!("nothing would be left of this sign-in: {}", arguments.store.why_nowhere());
    Err(Error::new(Kind::InvalidArgument, message).with_hint(
        "--store user keeps it in your own store, --store FOLDER elsewhere; --print-token prints the token and keeps nothing",
    ))
}

/// What came, and what became of it. `suggested`: the account that the sign-in page was told of.
fn tell(
    arguments: &Arguments,
    client: &OAuthClient,
    token: &SharedToken,
    suggested: Option<String>,
) -> Result<(), Error> {
    if arguments.json {
        let with_secrets = arguments.print_token;
        return output::json(&if with_secrets { Facts::with_secrets(token) } else { Facts::of(token) });
    }
    eprintln!("{}", in_words(token));
    let came = token.account().unwrap_or_default();
    if let Some(wanted) = suggested.filter(|wanted| !came.eq_ignore_ascii_case(wanted)) {
        eprintln!("note: this is not {}, whom you named", output::printable(&wanted));
    }
    match stored(client, token) {
        Some((folder, entry)) => eprintln!("{}", kept(&folder, &entry, arguments.user.are_given())),
        None if arguments.print_token => eprintln!("the token was not kept"),
        None => eprintln!("the token was not kept; --print-token prints it"),
    }
    if arguments.print_token {
        return output::data(token.access_token().expose());
    }
    Ok(())
}

/// The request for a sign-in that no stored one answers, and the account that it suggests.
fn another_sign_in(mut request: TokenRequest) -> (TokenRequest, Option<String>) {
    let named = request.account.replace("new".to_owned());
    let suggested = named.filter(|account| !account.contains('*') && !["any", "new"].contains(&account.as_str()));
    request.login_hint = request.login_hint.or(suggested.clone());
    (request, suggested)
}

/// Where it is kept, and the commands that use it and end it, as they can be typed.
fn kept(folder: &str, entry: &Entry, is_googles: bool) -> String {
    let flag = if is_googles { "--email" } else { "--account" };
    let whose = entry.account.as_deref().map(|account| (flag, account));
    let (token, logout) = (again::with_verb("token", whose), again::with_verb("logout", whose));
    format!("kept in {folder}, for all programs of yours\nto use it: {token}\nto end it: {logout}")
}

/// The folder and the place in it where the token is. Shape: `None` for a store that has it not, or cannot be asked.
fn stored(client: &OAuthClient, token: &SharedToken) -> Option<(String, Entry)> {
    let of_client = Selection { client_id: Some(token.origin().client_id.clone()), ..Selection::default() };
    let listed = client.store().list(&of_client).unwrap_or_default();
    // A list shows what people call the account, which need not be what the token does.
    let is_it = |entry: &Entry| {
        [entry.account.as_deref(), entry.subject.as_deref()].contains(&token.account())
            && entry.expires_at_unix_s == token.expires_at_unix_s()
    };
    Some((place(&client.store())?, listed.into_iter().find(is_it)?))
}
