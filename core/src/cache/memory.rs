//! Credentials in this process: handed out again for a few seconds, and fetched once for all who wait.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::context::{Clock, Context};
use crate::credentials::{Credentials, CredentialsRequest, SharedCredentials, Window};
use crate::crypto;
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::fork::PerProcess;
use crate::lock::lock;

/// A process uses a few integrations; a server that handles many people's tokens must not grow without bound.
const MAX_SLOTS: usize = 1024;

/// Numbers the states of all caches of this process, so that no client takes another's credentials for its own.
static NEXT_EPOCH: AtomicU64 = AtomicU64::new(1);

pub(crate) struct CredentialsCache {
    reuse: Duration,
    epoch: AtomicU64,
    slots: PerProcess<Mutex<HashMap<Key, Arc<Slot>>>>,
}

/// What makes two requests the same. The token of a Connect user enters as a hash: a key must not keep a secret alive.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    audience: Option<String>,
    user_session_token: Option<[u8; 32]>,
    requested_token_type: Option<String>,
}

#[derive(Default)]
struct Slot {
    /// Held by the caller who talks to the server; the others wait for it.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many flights have ended. A waiter takes the outcome of the flight that ended after it came.
    flights: u64,
    outcome: Option<Result<SharedCredentials, Error>>,
}

impl CredentialsCache {
    pub(crate) fn new(reuse: Duration) -> Self {
        Self { reuse, epoch: AtomicU64::new(next_epoch()), slots: PerProcess::new() }
    }

    pub(crate) fn is_current(&self, clock: &dyn Clock, credentials: &Credentials) -> bool {
        credentials.reusable.is_some_and(|window| {
            window.epoch == self.epoch.load(Ordering::Acquire) && window.contains(clock.now_unix_ms())
        })
    }

    pub(crate) fn clear(&self) {
        self.epoch.store(next_epoch(), Ordering::Release);
        let slots = self.slots.get_or_init(Mutex::default);
        lock(&slots).clear();
    }

    /// Credentials remembered for `request`, else what `fetch` brings. Callers who ask the same at the same time share
    /// one fetch and its outcome, also when it fails.
    pub(crate) fn get_or_fetch<F>(
        &self,
        context: &Context,
        request: &CredentialsRequest,
        interrupt: &dyn Interrupt,
        fetch: impl Fn() -> F,
    ) -> Result<SharedCredentials, Error>
    where
        F: Future<Output = Result<Credentials, Error>>,
    {
        if self.reuse.is_zero() {
            return engine::run(fetch(), interrupt).map(Arc::new);
        }
        let slot = self.slot(Key::of(request));
        if let Some(credentials) = self.remembered(&*context.clock, &slot) {
            return Ok(credentials);
        }
        let came_after = lock(&slot.state).flights;
        engine::run(
            async {
                let _flight = slot.flight.lock().await;
                if let Some(outcome) = slot.outcome_after(came_after) {
                    return outcome;
                }
                let epoch = self.epoch.load(Ordering::Acquire);
                let outcome = fetch().await.map(|fetched| self.stamped(&*context.clock, epoch, fetched));
                slot.finish(outcome.clone());
                outcome
            },
            interrupt,
        )
    }

    fn slot(&self, key: Key) -> Arc<Slot> {
        let slots = self.slots.get_or_init(Mutex::default);
        let mut slots = lock(&slots);
        if slots.len() >= MAX_SLOTS && !slots.contains_key(&key) {
            // Slots that somebody waits on are also held by that caller.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        slots.entry(key).or_default().clone()
    }

    fn remembered(&self, clock: &dyn Clock, slot: &Slot) -> Option<SharedCredentials> {
        match &lock(&slot.state).outcome {
            Some(Ok(credentials)) if self.is_current(clock, credentials) => Some(credentials.clone()),
            _ => None,
        }
    }

    fn stamped(&self, clock: &dyn Clock, epoch: u64, mut fetched: Credentials) -> SharedCredentials {
        let now = clock.now_unix_ms();
        let by_reuse = now.saturating_add(self.reuse.as_millis() as i64);
        let by_expiry = fetched.expires_at_unix_s.map_or(i64::MAX, |s| s.saturating_mul(1000));
        fetched.reusable = Some(Window { from_unix_ms: now, until_unix_ms: by_reuse.min(by_expiry), epoch });
        Arc::new(fetched)
    }
}

impl Key {
    fn of(request: &CredentialsRequest) -> Self {
        Self {
            audience: request.audience.clone(),
            user_session_token: request.user_session_token.as_ref().map(|t| crypto::sha256(t.expose().as_bytes())),
            requested_token_type: request.requested_token_type.clone(),
        }
    }
}

impl Slot {
    fn outcome_after(&self, flights: u64) -> Option<Result<SharedCredentials, Error>> {
        let state = lock(&self.state);
        if state.flights > flights { state.outcome.clone() } else { None }
    }

    fn finish(&self, outcome: Result<SharedCredentials, Error>) {
        let mut state = lock(&self.state);
        state.flights += 1;
        state.outcome = Some(outcome);
    }
}

fn next_epoch() -> u64 {
    NEXT_EPOCH.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Backend;
    use crate::engine::NoInterrupt;
    use crate::kinds::Kind;
    use crate::secret::Secret;
    use std::sync::atomic::{AtomicI64, AtomicUsize};

    struct ManualClock(AtomicI64);

    impl Clock for ManualClock {
        fn now_unix_ms(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn world(now_ms: i64) -> (Context, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock(AtomicI64::new(now_ms)));
        (Context { clock: clock.clone(), ..Context::default() }, clock)
    }

    fn token(expires_at_unix_s: Option<i64>) -> Credentials {
        Credentials {
            access_token: Secret::new("AT"),
            token_type: "Bearer".into(),
            expires_at_unix_s,
            integration_id: None,
            backend: Backend::Workbench,
            reusable: None,
        }
    }

    fn requests_made(expires: Option<i64>, steps_ms: &[i64]) -> usize {
        let (context, clock) = world(1_000_000);
        let cache = CredentialsCache::new(Duration::from_secs(5));
        let made = AtomicUsize::new(0);
        for step in steps_ms {
            clock.0.fetch_add(*step, Ordering::Relaxed);
            let fetch = || async {
                made.fetch_add(1, Ordering::Relaxed);
                Ok(token(expires))
            };
            cache.get_or_fetch(&context, &CredentialsRequest::default(), &NoInterrupt, fetch).unwrap();
        }
        made.into_inner()
    }

    #[test]
    fn an_answer_is_reused_for_five_seconds() {
        assert_eq!(requests_made(None, &[0, 1, 4_998]), 1);
        assert_eq!(requests_made(None, &[0, 5_000]), 2);
    }

    #[test]
    fn an_answer_is_never_reused_past_its_expiry() {
        assert_eq!(requests_made(Some(1_002), &[0, 1_999]), 1);
        assert_eq!(requests_made(Some(1_002), &[0, 2_000]), 2);
    }

    #[test]
    fn a_clock_that_went_back_ends_the_reuse() {
        assert_eq!(requests_made(None, &[0, -1]), 2);
    }

    #[test]
    fn fifty_callers_share_one_exchange_and_its_failure() {
        for fails in [false, true] {
            let (context, _) = world(0);
            let cache = CredentialsCache::new(Duration::from_secs(5));
            let made = AtomicUsize::new(0);
            let gate = std::sync::Barrier::new(50);
            std::thread::scope(|scope| {
                for _ in 0..50 {
                    scope.spawn(|| {
                        gate.wait();
                        let outcome =
                            cache.get_or_fetch(&context, &CredentialsRequest::default(), &NoInterrupt, || async {
                                made.fetch_add(1, Ordering::Relaxed);
                                tokio::time::sleep(Duration::from_millis(300)).await;
                                if fails { Err(Error::new(Kind::Server, "down")) } else { Ok(token(None)) }
                            });
                        assert_eq!(outcome.is_err(), fails);
                    });
                }
            });
            assert_eq!(made.into_inner(), 1, "fails: {fails}");
        }
    }

    #[test]
    fn forgetting_ends_the_reuse_and_no_client_takes_anothers() {
        let (context, clock) = world(0);
        let cache = CredentialsCache::new(Duration::from_secs(5));
        let other = CredentialsCache::new(Duration::from_secs(5));
        let get = || {
            cache
                .get_or_fetch(&context, &CredentialsRequest::default(), &NoInterrupt, || async { Ok(token(None)) })
                .unwrap()
        };
        let first = get();
        assert!(cache.is_current(&*clock, &first));
        assert!(!other.is_current(&*clock, &first));
        cache.clear();
        assert!(!cache.is_current(&*clock, &first));
        assert!(!Arc::ptr_eq(&first, &get()));
    }
}
