//! Which store a verb works on.

use clap::Args;
use tokcore::{Error, OAuthClient, Settings, Store};

use crate::output;

/// The store, unless it is the usual one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Store")]
pub struct StoreOption {
    /// Where credentials are kept: a folder, `user` (your own store), or `memory` (nowhere)
    /// [default: the client's setting, else TOKCORE_STORE, else user]
    #[arg(long, value_name = "FOLDER|user|memory")]
    store: Option<String>,
}

impl StoreOption {
    /// The store itself. Opens nothing yet.
    ///
    /// Errors: those of [`Store::open`].
    pub fn open(&self) -> Result<Store, Error> {
        match &self.store {
            Some(path) => Store::open(Settings::from_iter([("path", path.as_str())])),
            None => Ok(Store::user()),
        }
    }

    /// The store for this client's credentials: the flag's, else the client's own choice.
    ///
    /// Errors: as [`StoreOption::open`].
    pub fn of_client(&self, client: &OAuthClient) -> Result<Store, Error> {
        if self.store.is_some() { self.open() } else { Ok(client.store()) }
    }

    /// The client with this store, where one was named.
    ///
    /// Errors: as [`StoreOption::open`].
    pub fn with(&self, client: OAuthClient) -> Result<OAuthClient, Error> {
        if self.store.is_some() { Ok(client.with_store(&self.open()?)) } else { Ok(client) }
    }

    /// The one that was named, as settings say it.
    pub fn place(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// Who says that nothing is kept, where nothing is.
    pub fn why_nowhere(&self) -> String {
        match (&self.store, std::env::var("TOKCORE_STORE")) {
            (Some(_), _) => "--store says that nothing is kept".to_owned(),
            (None, Ok(named)) if !named.is_empty() => {
                format!("TOKCORE_STORE={} says that nothing is kept", output::printable(&named))
            }
            _ => "nothing is kept, by the client's setting or --no-store".to_owned(),
        }
    }

    /// Whether one was named.
    pub fn is_given(&self) -> bool {
        self.store.is_some()
    }
}
