//! Which user at Google is meant. The same flags sign in, get a token and sign out.

use std::path::{Path, PathBuf};

use clap::Args;
use tokcore::{BuiltIn, Chain, ChainRequest, Error, Kind, Settings, Terminal, TokenSource};

use super::file::add_file;
use crate::oauth::SharedOptions;
use crate::store::StoreOption;

/// A user's credential: of which client, for what, whose, and whether it is kept.
#[derive(Debug, Args)]
pub struct UserOptions {
    /// Scopes of Google, short names such as drive or bigquery too, with spaces or commas
    /// between; may be repeated [default: the credential's own]
    #[arg(long, value_name = "SCOPES")]
    scopes: Vec<String>,

    /// OAuth client that users sign in to: the JSON file of Google's console, - for standard
    /// input [default: what TOKCORE_GOOGLE_CLIENT names]
    #[arg(long, value_name = "FILE")]
    google_client: Option<PathBuf>,

    /// Which signed-in user is meant: an address, a pattern such as '*@example.com', any, or
    /// new for another sign-in [default: what TOKCORE_EMAIL says, else what `tokcore default`
    /// chose, else the only one]
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,

    /// Keep no sign-in, and use none that is kept: the same as --store memory
    #[arg(long, conflicts_with = "store")]
    no_store: bool,
}

/// The credential of the user whom a request means. Errors: `NotConfigured` where no client is named, told by the flag.
pub fn of_user(request: &ChainRequest) -> Result<TokenSource, Error> {
    request.user_source(&Terminal).map_err(|error| match error.kind() {
        Kind::NotConfigured => error.with_hint(
            "name the OAuth client that users sign in to with --google-client, by the JSON file of Google's console (of the \
             type Desktop app)",
        ),
        _ => error,
    })
}

impl UserOptions {
    /// Whether any of them was given.
    pub fn are_given(&self) -> bool {
        self.say_more_than_which_client() || self.google_client.is_some() || self.no_store
    }

    /// Whether more is said than which client is meant.
    pub fn say_more_than_which_client(&self) -> bool {
        self.email.is_some() || !self.scopes.is_empty()
    }

    /// The request for a user's credential and no other. Effects: `[disk]`; reads standard input for `-`.
    ///
    /// Errors: `InvalidArgument` for options that do not go together; `ConfigInvalid` for an option that nobody knows.
    pub fn request(&self, shared: &SharedOptions, store: &StoreOption) -> Result<ChainRequest, Error> {
        shared.refuse_audience()?;
        shared.check_stdin(usize::from(self.reads_stdin()))?;
        let mut settings = Settings::new();
        self.add_to(&mut settings, store)?;
        shared.add_to(&mut settings)?;
        let mut request = ChainRequest::from_settings(settings, &Chain::default())?;
        request.methods = vec![BuiltIn::UserOauth2.name().to_owned()];
        Ok(request)
    }

    /// Adds what was said. Effects: `[disk]`; reads standard input for `-`.
    ///
    /// Errors: those of a file that cannot be read.
    pub fn add_to(&self, settings: &mut Settings, store: &StoreOption) -> Result<(), Error> {
        for scopes in &self.scopes {
            settings.add("scopes", scopes.as_str())?;
        }
        if let Some(email) = &self.email {
            settings.set("email", email.as_str())?;
        }
        if let Some(file) = &self.google_client {
            add_file(settings, "client", file)?;
        }
        if let Some(place) = store.place().or(self.no_store.then_some("memory")) {
            settings.set("store", place)?;
        }
        Ok(())
    }

    /// Whether the client comes by standard input.
    pub fn reads_stdin(&self) -> bool {
        self.google_client.as_deref() == Some(Path::new("-"))
    }
}
