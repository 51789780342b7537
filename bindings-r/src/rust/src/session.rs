//! What lasts as long as the R session: its client, and the credentials handed out last.
//!
//! R runs on one thread, so both are thread-local: a read costs neither a lock nor an atomic.

use std::cell::RefCell;

use tokcore::{Client, ClientOptions, SharedCredentials};

thread_local! {
    static CLIENT: RefCell<Option<Client>> = const { RefCell::new(None) };
    static LAST: RefCell<Option<(Client, SharedCredentials)>> = const { RefCell::new(None) };
}

/// The session's client, made on first use.
pub fn client() -> Client {
    CLIENT.with_borrow_mut(|client| client.get_or_insert_with(|| Client::new(ClientOptions::default())).clone())
}

/// Makes `client` the session's; `None` brings back the default one.
pub fn use_client(client: Option<Client>) {
    CLIENT.set(client);
    LAST.set(None);
}

/// Notes what the session's client handed out last.
pub fn remember(client: Client, credentials: SharedCredentials) {
    LAST.set(Some((client, credentials)));
}

/// Whether what was handed out last may be handed out again.
#[inline]
pub fn last_is_current() -> bool {
    LAST.with_borrow(|last| last.as_ref().is_some_and(|(client, credentials)| client.is_current(credentials)))
}
