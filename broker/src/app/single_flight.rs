//! One exchange at a time per key; everybody who comes meanwhile waits for that one.
//!
//! The exchange runs as a task of its own: a caller who hangs up must not abandon a refresh whose old token the
//! provider has already spent. Source: specs/workbench.md §4.7.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

type Slots<K, T> = Arc<Mutex<HashMap<K, watch::Receiver<Option<T>>>>>;

/// The exchanges under way.
pub struct Flights<K, T>(Slots<K, T>);

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// A place among those who wait for an exchange.
pub struct Waiting<T> {
    outcome: watch::Receiver<Option<T>>,
    /// Whether this caller's arrival began the exchange.
    pub began: bool,
}

impl<T: Clone> Waiting<T> {
    /// The outcome; `None` when the exchange ended without one, which only a bug or a shutdown does.
    pub async fn outcome(mut self) -> Option<T> {
        self.outcome.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl<K, T> Flights<K, T>
where
    K: Hash + Eq + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Whether no exchange is under way.
    pub fn is_idle(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Joins the exchange of this key, or begins it. Must be called inside the runtime.
    pub fn join<F>(&self, key: K, exchange: impl FnOnce() -> F) -> Waiting<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = slots.get(&key) {
            return Waiting { outcome: outcome.clone(), began: false };
        }
        let (publish, outcome) = watch::channel(None);
        slots.insert(key.clone(), outcome.clone());
        drop(slots);
        let slot = Slot { slots: self.0.clone(), key };
        let exchange = exchange();
        tokio::spawn(async move {
            let outcome = exchange.await;
            // Freed before the outcome is known, so that whoever wakes up and still wants one begins a new exchange.
            drop(slot);
            publish.send_replace(Some(outcome));
        });
        Waiting { outcome, began: true }
    }
}

/// Frees its key when the exchange ends, by a panic too.
struct Slot<K: Hash + Eq, T> {
    slots: Slots<K, T>,
    key: K,
}

impl<K: Hash + Eq, T> Drop for Slot<K, T> {
    fn drop(&mut self) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test);
    }

    #[test]
    fn everybody_gets_the_one_outcome_and_the_next_begins_anew() {
        run(async {
            let (flights, count) = (Flights::default(), Arc::new(AtomicU32::new(0)));
            let join = || {
                let count = count.clone();
                flights.join("key", || async move {
                    tokio::task::yield_now().await;
                    count.fetch_add(1, Ordering::Relaxed)
                })
            };
            let waiting: Vec<_> = (0..200).map(|_| join()).collect();
            assert_eq!(waiting.iter().filter(|w| w.began).count(), 1);
            for waiting in waiting {
                assert_eq!(waiting.outcome().await, Some(0));
            }
            assert_eq!(join().outcome().await, Some(1));
        });
    }

    #[test]
    fn a_caller_who_leaves_does_not_stop_the_exchange() {
        run(async {
            let (flights, done) = (Flights::default(), Arc::new(AtomicU32::new(0)));
            let seen = done.clone();
            drop(flights.join((), || async move {
                tokio::task::yield_now().await;
                seen.store(1, Ordering::Relaxed);
            }));
            while done.load(Ordering::Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
        });
    }

    #[test]
    fn a_panic_frees_the_key() {
        run(async {
            let flights = Flights::default();
            let quiet = std::panic::take_hook();
            std::panic::set_hook(Box::new(|_| {}));
            assert_eq!(flights.join((), || async { panic!("bug") as u32 }).outcome().await, None);
            std::panic::set_hook(quiet);
            assert_eq!(flights.join((), || async { 2 }).outcome().await, Some(2));
        });
    }
}
