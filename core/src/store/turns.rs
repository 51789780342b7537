//! Turns between the threads of one process, for shelves that no other process can see.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::{Mutex as Gate, OwnedMutexGuard};
use tokio::time::timeout;

use super::shelf::Address;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::reason::Reason;

/// Who has a turn on which record. A forked child begins with nobody.
#[derive(Default)]
pub(super) struct Turns {
    gates: PerProcess<Mutex<HashMap<Address, Weak<Gate<()>>>>>,
}

/// A turn, until it is dropped.
pub(super) struct Held {
    guard: Option<OwnedMutexGuard<()>>,
    generation: u64,
}

impl Turns {
    /// Waits for the turn on `address`. Errors: `Store` with the reason `busy_elsewhere` after `patience`.
    pub(super) async fn take(&self, address: &Address, patience: Duration) -> Result<Held, Error> {
        let gate = self.gate(address);
        match timeout(patience, gate.lock_owned()).await {
            Ok(guard) => Ok(Held { guard: Some(guard), generation: tokcore_sys::fork_generation() }),
            Err(_) => Err(busy("another thread", patience)),
        }
    }

    fn gate(&self, address: &Address) -> Arc<Gate<()>> {
        let gates = self.gates.get_or_init(Mutex::default);
        let mut gates = lock(&gates);
        if let Some(gate) = gates.get(address).and_then(Weak::upgrade) {
            return gate;
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::<Gate<()>>::default();
        gates.insert(*address, Arc::downgrade(&gate));
        gate
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // In a forked child the gate may be in the hands of a thread that does not exist there.
        if self.generation != tokcore_sys::fork_generation() {
            mem::forget(self.guard.take());
        }
    }
}

/// What a caller gets whose turn did not come.
pub(super) fn busy(who: &str, patience: Duration) -> Error {
    let seconds = patience.as_secs();
    Error::new(Kind::Store, format!("{who} is renewing this credential and has not finished after {seconds} s"))
        .with_reason(Reason::BusyElsewhere)
        .with_hint("try again later")
}

/// What a writer gets who is late.
pub(super) fn moved_on() -> Error {
    Error::new(Kind::Store, "another process has changed this credential meanwhile")
        .with_reason(Reason::BusyElsewhere)
        .with_hint("try again: what it has stored is used then")
}
