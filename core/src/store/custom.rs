//! A shelf that the host brings: a database, a vault, a cookie.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::memory::Unmoved;
use super::record::{Facts, Record, Secrets};
use super::shelf::{Address, Listed, Shelf, Turn, Unfinished, Version};
use super::turns::{Held, Turns, moved_on};
use crate::cache::key::CredentialKey;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::oauth::rotation::Rotation;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::server::witness::Witness;
use crate::transport::BoxFuture;

/// A place for credentials that the host keeps itself. A key is a short text of hexadecimal digits and one `-`.
///
/// The content is one JSON text that holds tokens: it is the host's to protect, at rest and on the way, and to keep out
/// of every log. Threads: called from any, also at the same time for different keys.
///
/// tokcore takes turns among the threads of its process, reads again before it renews, and refuses to overwrite what
/// somebody else has renewed meanwhile. It cannot keep another process from renewing at the same moment: where several
/// share one rotating grant, use a store of files or the broker.
pub trait CustomStore: Send + Sync {
    /// The content under `key`; `None` when there is none. Errors: the host's, shown as one line.
    fn load(&self, key: &str) -> Result<Option<Secret>, Error>;

    /// Keeps `content` under `key`, in place of what was there; it must be durable when this returns.
    fn store(&self, key: &str, content: &Secret) -> Result<(), Error>;

    /// Forgets what is under `key`; nothing there is no error.
    fn delete(&self, key: &str) -> Result<(), Error>;

    /// All keys. Shape: `None` where the host cannot list them; then only what is asked for by its own key is found.
    fn keys(&self) -> Result<Option<Vec<String>>, Error>;
}

/// The host's store as a shelf.
#[derive(Clone)]
pub(crate) struct CustomShelf(Arc<Inner>);

struct Inner {
    host: Arc<dyn CustomStore>,
    turns: Turns,
}

impl CustomShelf {
    pub(crate) fn new(host: Arc<dyn CustomStore>) -> Self {
        Self(Arc::new(Inner { host, turns: Turns::default() }))
    }
}

/// The parts of a content.
#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    facts: &'a RawValue,
    #[serde(borrow)]
    secrets: &'a RawValue,
}

impl Inner {
    fn load(&self, address: &Address) -> Result<Option<Secret>, Error> {
        call("read a credential", || self.host.load(&name(address)))
    }

    /// Errors: `Store` for a content that is no record, too: only the host can put it aside.
    fn read(&self, address: &Address) -> Result<Option<Record>, Error> {
        let Some(content) = self.load(address)? else { return Ok(None) };
        let damaged = || {
            Error::new(Kind::Store, format!("the content of {} in the host's store is damaged", name(address)))
                .with_hint("remove it from the host's store, then sign in again")
        };
        let content: Content<'_> = serde_json::from_str(content.expose()).map_err(|_| damaged())?;
        Ok(Some(Record {
            facts: Facts::from_json(content.facts.get().as_bytes())?,
            secrets: Secrets::from_json(content.secrets.get().as_bytes())?,
        }))
    }

    fn write(&self, address: &Address, record: &Record) -> Result<(), Error> {
        let (facts, secrets) = (record.facts.to_json()?, record.secrets.to_json()?);
        let text = |part: &[u8]| Zeroizing::new(String::from_utf8_lossy(part).into_owned());
        let mut content = String::with_capacity(facts.len() + secrets.len() + 32);
        for part in ["{\"facts\":", &text(&facts), ",\"secrets\":", &text(&secrets), "}"] {
            content.push_str(part);
        }
        let content = Secret::new(content);
        call("keep a credential", || self.host.store(&name(address), &content))
            .map_err(|error| error.with_reason(Reason::StoreUnwritable))
    }
}

impl Shelf for CustomShelf {
    fn read(&self, address: &Address) -> Result<Option<Record>, Error> {
        self.0.read(address)
    }

    /// One call of the host; what cannot be read has no version.
    fn version(&self, address: &Address) -> Option<Version> {
        let content = self.0.load(address).ok()??;
        let hash = crypto::sha256(content.expose().as_bytes());
        let word = |at: usize| u64::from_be_bytes(std::array::from_fn(|byte| hash[8 * at + byte]));
        Some(Version([word(0), word(1), word(2)]))
    }

    fn lock<'a>(&'a self, address: &'a Address, patience: Duration) -> BoxFuture<'a, Result<Box<dyn Turn>, Error>> {
        Box::pin(async move {
            let held = self.0.turns.take(address, patience).await?;
            let turn = CustomTurn { inner: self.0.clone(), address: *address, seen: Mutex::default(), _held: held };
            Ok(Box::new(turn) as Box<dyn Turn>)
        })
    }

    fn facts(&self, group: Option<[u8; 8]>) -> Result<Vec<Listed>, Error> {
        let keys = call("list its credentials", || self.0.host.keys())?.unwrap_or_default();
        let addresses = keys.iter().filter_map(|key| address(key));
        let wanted = addresses.filter(|address| group.is_none_or(|group| address.group == group));
        Ok(wanted
            .filter_map(|address| {
                let facts = match self.0.read(&address) {
                    Ok(record) => Ok(record?.facts.clone()),
                    Err(error) => Err(error.message().to_owned()),
                };
                Some(Listed { address, facts, last_used_at_unix_s: None, path: None })
            })
            .collect())
    }

    fn describe(&self, _probe: bool) -> Vec<(String, String)> {
        vec![("store".into(), "kept by the host program".into()), ("turns".into(), "between threads".into())]
    }
}

struct CustomTurn {
    inner: Arc<Inner>,
    address: Address,
    /// What this turn has read last: the generation, or that there was nothing. `None`: it has not read.
    seen: Mutex<Option<Option<u64>>>,
    _held: Held,
}

impl CustomTurn {
    fn saw(&self, record: Option<&Record>) {
        *lock(&self.seen) = Some(record.map(|record| record.facts.generation));
    }
}

impl Turn for CustomTurn {
    fn read(&self) -> Result<Option<Record>, Error> {
        let record = self.inner.read(&self.address)?;
        self.saw(record.as_ref());
        Ok(record)
    }

    /// The host keeps records and nothing else.
    fn unfinished(&self) -> Result<Option<Unfinished>, Error> {
        Ok(None)
    }

    fn intend(&self, _generation: u64, _rotation: Rotation, _now: i64) -> Result<Box<dyn Witness>, Error> {
        Ok(Box::new(Unmoved))
    }

    fn write(&self, record: &Record) -> Result<(), Error> {
        let seen = *lock(&self.seen);
        if let Some(seen) = seen {
            let now = self.inner.read(&self.address)?.map(|record| record.facts.generation);
            if now != seen {
                return Err(moved_on());
            }
        }
        self.inner.write(&self.address, record)?;
        self.saw(Some(record));
        Ok(())
    }

    fn settle(&self) -> Result<(), Error> {
        Ok(())
    }

    fn remove(&self) -> Result<(), Error> {
        call("remove a credential", || self.inner.host.delete(&name(&self.address)))?;
        self.saw(None);
        Ok(())
    }
}

/// `<group>-<key>`, both hexadecimal.
fn name(address: &Address) -> String {
    format!("{}-{}", crypto::hex(&address.group), address.key.hex())
}

fn address(name: &str) -> Option<Address> {
    let (group, key) = name.split_once('-')?;
    Some(Address { group: bytes(group)?, key: CredentialKey(bytes(key)?) })
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let fits = hex.len() == 2 * N && hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    fits.then_some(bytes)
}

/// One call of the host. Its failure becomes one line of ours, and its panic ends with the call.
fn call<T>(action: &str, call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let failed = |why: &str| Error::new(Kind::Store, format!("the host's store could not {action}: {why}"));
    match catch_unwind(AssertUnwindSafe(call)) {
        // The host finds its own error again underneath.
        Ok(outcome) => {
            outcome.map_err(|own| failed(own.message()).with_hint("repair the host's store").with_cause(own))
        }
        Err(_) => Err(failed("its callback panicked").with_hint("repair the host's callback")),
    }
}

#[cfg(test)]
mod tests;
