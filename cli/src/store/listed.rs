//! A stored credential as JSON and as one line names it.

use serde::Serialize;
use tokcore::{Entry, Store};

use super::short;
use crate::output;

/// What core tells of it, and its moments as people write them.
#[derive(Serialize)]
pub struct Listed<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    created_at: Option<String>,
    refreshed_at: Option<String>,
    last_used_at: Option<String>,
    expires_at: Option<String>,
    refresh_expires_at: Option<String>,
}

impl<'a> Listed<'a> {
    /// All of them, in their order.
    pub fn all(entries: &'a [Entry]) -> Vec<Self> {
        entries.iter().map(Self::of).collect()
    }

    fn of(entry: &'a Entry) -> Self {
        Self {
            entry,
            created_at: output::timestamp(entry.created_at_unix_s),
            refreshed_at: output::timestamp(entry.refreshed_at_unix_s),
            last_used_at: output::timestamp(entry.last_used_at_unix_s),
            expires_at: output::timestamp(entry.expires_at_unix_s),
            refresh_expires_at: output::timestamp(entry.refresh_expires_at_unix_s),
        }
    }
}

/// A credential in a sentence: `alice at my-app (3f09ab12)`.
pub fn name_of(entry: &Entry) -> String {
    let key = short(&entry.key);
    match (&entry.account, client_of(entry)) {
        (_, "") => format!("an unreadable credential ({key})"),
        (Some(account), client) => format!("{} at {client} ({key})", output::printable(account)),
        (None, client) => format!("{client} ({key})"),
    }
}

/// How the client is called.
pub fn client_of(entry: &Entry) -> &str {
    entry.client_name.as_deref().unwrap_or(&entry.client_id)
}

/// The folder of a store, for people. Shape: `None` where nothing is kept on disk.
pub fn place(store: &Store) -> Option<String> {
    let report = store.report(false).ok()?;
    report.into_iter().find_map(|(name, value)| (name == "folder").then_some(value))
}
