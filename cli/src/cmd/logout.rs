//! `tokcore logout`: the server is told, then the stored credential is removed.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use tokcore::oauth::revocation::Revocation;
use tokcore::{Entry, EntryState, Error, Kind, OAuthClient, Selection, Store};

use crate::exit;
use crate::oauth::{ClientOptions, RequestOptions, Signals};
use crate::output::{self, ErrorJson};
use crate::store::{StoreOption, name_of};

/// Sign out: tell the server, then remove what is stored
///
/// With --client, of the credential that `tokcore token` with the same options would use;
/// where several accounts would do, name one, or give --all for everything of that client.
/// Without a client, of a KEY, of an account, or of everything.
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
  tokcore logout --client client.toml --all  # every account and scope of this client
  tokcore logout 3f09ab12                    # the beginning of a key, as `tokcore list` shows it
  tokcore logout --all --no-revoke")]
pub struct Arguments {
    /// The credential whose key begins so
    #[arg(value_name = "KEY", conflicts_with_all = ["account", "all"])]
    key: Option<String>,

    /// Everything in the store; with --client, of that client
    #[arg(long, conflicts_with = "account")]
    all: bool,

    /// Only remove: no server is told, and the tokens stay good until they expire
    #[arg(long)]
    no_revoke: bool,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    client: ClientOptions,

    #[command(flatten)]
    request: RequestOptions,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let signals = Signals::listen()?;
    let client = match arguments.client.are_given() {
        true => Some(arguments.store.with(arguments.client.client()?)?),
        false => None,
    };
    let store = client.as_ref().map_or_else(|| arguments.store.open(), |client| Ok(client.store()))?;
    let meant = match &client {
        Some(client) if arguments.key.is_none() && !arguments.all => in_use(client, &store, &arguments.request)?,
        client => store.list(&selection(arguments, client.as_ref())?)?,
    };
    if let (true, Some(key)) = (meant.is_empty(), &arguments.key) {
        return Err(Error::new(Kind::NotFound, format!("no stored credential has a key that begins with {key}"))
            .with_hint("take a key from `tokcore list`"));
    }
    if let (2.., Some(key)) = (meant.len(), &arguments.key) {
        return Err(Error::new(Kind::InvalidArgument, format!("several keys begin with {key}"))
            .with_hint("give more digits of the key; `tokcore list --json` has all of them"));
    }
    let leaving = Leaving { store: &store, client: client.as_ref(), revokes: !arguments.no_revoke, signals: &signals };
    let partings: Vec<_> = meant.into_iter().map(|entry| leaving.from(entry)).collect();
    if partings.is_empty() && !arguments.json {
        eprintln!("{}", nothing(arguments));
    }
    tell(&partings, arguments.json)?;
    Ok(partings.iter().find_map(Parting::status).map_or(ExitCode::SUCCESS, ExitCode::from))
}

/// What `tokcore token` with the same options would use.
fn in_use(client: &OAuthClient, store: &Store, request: &RequestOptions) -> Result<Vec<Entry>, Error> {
    match client.key_in_use(request.request()?)? {
        Some(key) => store.list(&Selection { key: Some(key), ..Selection::default() }),
        None => Ok(Vec::new()),
    }
}

/// Errors: `InvalidArgument` when nothing says what to sign out of, or more is said than counts.
fn selection(arguments: &Arguments, client: Option<&OAuthClient>) -> Result<Selection, Error> {
    if arguments.request.say_more_than_whose() {
        return Err(Error::new(Kind::InvalidArgument, "these options say which token of a client is meant")
            .with_hint("give --client too, without KEY and --all, or leave them out"));
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
            .with_hint("give a KEY from `tokcore list`, --account, --client, or --all")),
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
    match arguments.client.are_given() && !arguments.all {
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
