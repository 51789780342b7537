//! What this process has learned about authorization servers: their metadata, keys, clocks and wishes; and the keys that
//! their clients sign with.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use http::HeaderValue;
use url::Url;

use super::Server;
use crate::cache::signing_keys::SigningKeys;
use crate::fork::PerProcess;
use crate::jose::Jwks;
use crate::lock::lock;
use crate::oauth::BasicEncoding;
use crate::oauth::clock::ClockOffsets;
use crate::oauth::discovery::{self, ServerMetadata};
use crate::oauth::document;
use crate::oauth::dpop::Nonces;
use crate::transport::HttpResponse;

/// A process talks to a handful of servers; a crawler of metadata must not fill the memory.
const MAX_ENTRIES: usize = 256;

/// Facts about servers, shared by all clients of the process. A forked child learns anew.
pub(crate) struct Memory {
    facts: PerProcess<Facts>,
    pub(crate) signing_keys: SigningKeys,
}

/// The facts of one process.
#[derive(Default)]
pub(crate) struct Facts {
    /// Published metadata, by address and the issuer that it was accepted for.
    pub(crate) metadata: Table<(Url, Option<String>), Remembered<ServerMetadata>>,
    /// Published keys, by address.
    pub(crate) keys: Table<Url, Remembered<Jwks>>,
    /// How far servers' clocks are from ours.
    pub(crate) clocks: Mutex<ClockOffsets>,
    /// Which writing of Basic credentials an endpoint took, by endpoint and client.
    pub(crate) encodings: Table<(Url, String), BasicEncoding>,
    /// What servers want in the next DPoP proof.
    pub(crate) nonces: Mutex<Nonces>,
}

/// A published document, when it was fetched and how long it counts.
pub(crate) struct Remembered<T> {
    pub(crate) value: Arc<T>,
    pub(crate) etag: Option<HeaderValue>,
    pub(crate) fetched_at_unix_s: i64,
    pub(crate) lifetime_s: u64,
}

impl<T> Clone for Remembered<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), etag: self.etag.clone(), ..*self }
    }
}

impl<T> Remembered<T> {
    /// What `response` has just brought to `server`.
    pub(super) fn now(server: &Server, value: Arc<T>, response: &HttpResponse) -> Self {
        Self {
            value,
            etag: document::etag(response),
            fetched_at_unix_s: server.now_unix_s(),
            lifetime_s: discovery::lifetime_s(response),
        }
    }
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self { facts: PerProcess::new(), signing_keys: SigningKeys::new() }
    }

    /// This process's facts.
    pub(crate) fn facts(&self) -> Arc<Facts> {
        self.facts.get_or_init(Facts::default)
    }
}

/// A small map that several threads share; entries are copied out.
pub(crate) struct Table<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Table<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        lock(&self.0).get(key).cloned()
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        let mut entries = lock(&self.0);
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(&key) {
            entries.clear();
        }
        entries.insert(key, value);
    }
}
