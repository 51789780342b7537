//! `tokcore logout`: the server is told, then the stored credential is removed.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use tokcore::oauth::revocation::Revocation;
use tokcore::{Entry, EntryState, Error, Kind, OAuthClient, Selection, Store, TokenRequest};

use crate::chain::{self, UserOptions};
use crate::exit;
use crate::oauth::{ClientOptions, RequestOptions, Signals};
use crate::output::{self, ErrorJson};
use crate::store::{StoreOption, check_key, name_of};

/// Sign out: tell the server, then remove what is stored
///
/// With --client, or --google-client, of the credential that `tokcore token` with the same
/// options would use; where several accounts would do, name one, or give --all for everything
/// of that client. Without a client, of a KEY, of an account, or of everything.
///
/// For each credential a line says what came of it: `revoked`; `local_only`, removed here,
/// but the server could not be told, so that the token is good until it expires;
/// `unsupported`, removed here, and the server takes no tokens back; `removed`, with
/// --no-revoke. The status is 0 unless a server could not be told or a credential not be
/// removed. A client with a secret is told about only with --client.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore logout --client client.toml
  tokcore logout --client client.toml --account alice@example.com
  tokcore logout --client client.toml --all # every account and scope of it
  tokcore logout --google-client client.json --scopes drive \\
    --email alice@example.com
  tokcore logout 3f09ab12                   # as `tokcore list` shows keys
  tokcore logout --all --no-revoke")]
pub struct Arguments {
    /// The credential whose key begins so
    #[arg(value_name = "KEY", conflicts_with_all = ["account", "all"])]
    key: Option<String>,

    /// Everything in the store; with --client or --google-client, of that client
    #[arg(long, conflicts_with = "account")]
    all: bool,

    /// Only remove: no server is told, and the tokens stay good until they expire
    #[arg(long)]
    no_revoke: bool,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten, next_help_heading = "User at Google")]
    user: UserOptions,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    client: ClientOptions,

    #[command(flatten)]
    request: RequestOptions,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let signals = Signals::listen()?;
    if let Some(key) = &arguments.key {
        check_key(key, |account| format!("write `tokcore logout --account {account}`"))?;
    }
    let meant = Meant::by(arguments)?;
    let client = meant.as_ref().map(|meant| &meant.client);
    let store = client.map_or_else(|| arguments.store.open(), |client| Ok(client.store()))?;
    let entries = match &meant {
        Some(meant) if arguments.key.is_none() && !arguments.all => meant.in_use(&store)?,
        _ => store.list(&selection(arguments, client)?)?,
    };
    if let Some(key) = &arguments.key {
        the_only_one(&entries, key)?;
    }
    let leaving = Leaving { store: &store, client, revokes: !arguments.no_revoke, signals: &signals };
    let partings: Vec<_> = entries.into_iter().map(|entry| leaving.from(entry)).collect();
    if partings.is_empty() && !arguments.json {
        eprintln!("{}", nothing(arguments));
    }
    tell(&partings, arguments.json)?;
    Ok(partings.iter().find_map(Parting::status).map_or(ExitCode::SUCCESS, ExitCode::from))
}

/// A client, and what `tokcore token` would ask it for.
struct Meant {
    client: OAuthClient,
    request: TokenRequest,
}

impl Meant {
    /// By the options that `tokcore token` and `tokcore login` take. Shape: `None` where they name no client.
    fn by(arguments: &Arguments) -> Result<Option<Self>, Error> {
        match (arguments.client.are_given(), arguments.user.are_given()) {
            (true, true) => Err(chain::and_a_client()),
            (true, false) => Self::of_client(arguments).map(Some),
            (false, true) => Self::at_google(arguments),
            (false, false) => Ok(None),
        }
    }

    fn of_client(arguments: &Arguments) -> Result<Self, Error> {
        let client = arguments.store.with(arguments.client.client()?)?;
        // With --all or a KEY the other options are refused later on.
        let is_by_request = arguments.key.is_none() && !arguments.all;
        let request = if is_by_request { arguments.request.request()? } else { TokenRequest::default() };
        Ok(Self { client, request })
    }

    fn at_google(arguments: &Arguments) -> Result<Option<Self>, Error> {
        let request = arguments.user.request(arguments.request.for_the_chain()?, &arguments.store)?;
        let source = chain::of_user(&request)?;
        let (client, request) = (source.client().cloned(), source.request().cloned());
        Ok(client.zip(request).map(|(client, request)| Self { client, request }))
    }

    /// What `tokcore token` with the same options would use.
    fn in_use(&self, store: &Store) -> Result<Vec<Entry>, Error> {
        match self.client.key_in_use(self.request.clone())? {
            Some(key) => store.list(&Selection { key: Some(key), ..Selection::default() }),
            None => Ok(Vec::new()),
        }
    }
}

/// Errors: `NotFound` where no key begins so; `InvalidArgument` where several do.
fn the_only_one(entries: &[Entry], key: &str) -> Result<(), Error> {
    match entries {
        [_] => Ok(()),
        [] => Err(Error::new(Kind::NotFound, format!("no stored credential has a key that begins with {key}"))
            .with_hint("take a key from `tokcore list`")),
        _ => Err(Error::new(Kind::InvalidArgument, format!("several keys begin with {key}"))
            .with_hint("give more digits of the key; `tokcore list --json` has all of them")),
    }
}

/// Errors: `InvalidArgument` when nothing says what to sign out of, or more is said than counts.
fn selection(arguments: &Arguments, client: Option<&OAuthClient>) -> Result<Selection, Error> {
    if arguments.request.say_more_than_whose() || arguments.user.say_more_than_which_client() {
        return Err(Error::new(Kind::InvalidArgument, "these options say which token of a client is meant")
            .with_hint("give --client or --google-client with them, without KEY and --all, or leave them out"));
    }
    let selection = Selection {
        key: arguments.key.clone(),
        account: arguments.request.account().map(str::to_owned),
        client_id: client.map(|client| client.settings().client_id.clone()),
        issuer: client.and_then(|client| client.settings().issuer.clone()),
        scope: None,
    };
    match selection.is_everything() && !arguments.all {
        false => Ok(selection),
        true => Err(Error::new(Kind::InvalidArgument, "nothing says what to sign out of")
            .with_hint("give a KEY from `tokcore list`, --account, --client, --google-client, or --all")),
    }
}

/// How to sign out of one.
struct Leaving<'a> {
    store: &'a Store,
    client: Option<&'a OAuthClient>,
    revokes: bool,
    signals: &'a Signals,
}

/// What came of one.
struct Parting {
    entry: Entry,
    outcome: &'static str,
    error: Option<Error>,
}

impl Leaving<'_> {
    fn from(&self, entry: Entry) -> Parting {
        match self.try_from(&entry) {
            Ok(None) => Parting { entry, outcome: "removed", error: None },
            Ok(Some(revocation)) => Parting { entry, outcome: revocation.slug(), error: reason(revocation) },
            Err(error) => Parting { entry, outcome: "failed", error: Some(error) },
        }
    }

    fn try_from(&self, entry: &Entry) -> Result<Option<Revocation>, Error> {
        // Nobody can tell a server about what cannot be read, or was ended by it.
        let can_be_told = !entry.client_id.is_empty() && entry.state != EntryState::Revoked;
        if !self.revokes || !can_be_told {
            return self.store.remove(&entry.key, self.signals).map(|()| None);
        }
        let logout = match self.client {
            Some(client) => client.with_store(self.store).logout_of(&entry.key, true, self.signals)?,
            None => self.store.logout(&entry.key, true, self.signals)?,
        };
        Ok(logout.revocation)
    }
}

fn reason(revocation: Revocation) -> Option<Error> {
    match revocation {
        Revocation::Revoked => None,
        Revocation::LocalOnly(error) | Revocation::Unsupported(error) => Some(error),
    }
}

impl Parting {
    /// Shape: `None` for one that is as good as it can be.
    fn status(&self) -> Option<u8> {
        let error = self.error.as_ref().filter(|_| self.outcome != "unsupported")?;
        Some(exit::of(error))
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    credentials: Vec<PartingJson<'a>>,
}

#[derive(Serialize)]
struct PartingJson<'a> {
    key: &'a str,
    account: Option<&'a str>,
    client_id: &'a str,
    outcome: &'a str,
    error: Option<ErrorJson<'a>>,
}

impl<'a> PartingJson<'a> {
    fn of(parting: &'a Parting) -> Self {
        let Parting { entry, outcome, error } = parting;
        let (key, account, client_id) = (entry.key.as_str(), entry.account.as_deref(), entry.client_id.as_str());
        Self { key, account, client_id, outcome, error: error.as_ref().map(ErrorJson::of) }
    }
}

fn nothing(arguments: &Arguments) -> &'static str {
    let is_by_request = arguments.client.are_given() || arguments.user.are_given();
    match is_by_request && !arguments.all {
        true => "nothing is stored that `tokcore token` with these options would use; --all means all of this client",
        false => "no such credential is stored",
    }
}

fn tell(partings: &[Parting], as_json: bool) -> Result<(), Error> {
    if as_json {
        return output::json(&Answer { credentials: partings.iter().map(PartingJson::of).collect() });
    }
    for Parting { entry, outcome, error } in partings {
        output::data(&format!("{outcome:<12}{}", name_of(entry)))?;
        if let Some(error) = error {
            output::failure(error, false);
        }
    }
    Ok(())
}
