//! One credential in this process: the token that is handed out, and the one flight that renews it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::OwnedMutexGuard;

use super::backoff;
use crate::engine;
use crate::error::Error;
use crate::token::{SharedToken, Token};

/// Numbers every record that this process publishes, so that no two are taken for each other. 0 is never given.
static NEXT_VERSION: AtomicU64 = AtomicU64::new(1);

/// One credential. Handing out a fresh token takes no lock.
#[derive(Default)]
pub(crate) struct Slot {
    /// The newest token, also when it is no longer handed out: its refresh token renews it.
    newest: ArcSwapOption<Token>,
    /// Number of the token that may be handed out; 0 for none.
    handed_out: AtomicU64,
    /// Held by the caller who renews; the others wait for it.
    flight: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many flights have ended. A waiter takes the outcome of the flight that ended after it came.
    flights: u64,
    outcome: Option<Result<SharedToken, Error>>,
    /// Failures in a row, and when the next try is allowed. Units: milliseconds since 1970.
    failures: u32,
    retry_at_unix_ms: i64,
}

/// The right to renew, given to one caller at a time.
pub(crate) struct Flight {
    slot: Arc<Slot>,
    _turn: OwnedMutexGuard<()>,
}

/// What a caller who waited for its turn finds.
pub(crate) enum Turn {
    /// Somebody else's flight ended meanwhile, with this.
    Landed(Result<SharedToken, Error>),
    /// Nobody flies: this caller does.
    Yours(Flight),
}

impl Slot {
    /// Whether `token` may be handed out again: no lock, no allocation.
    pub(crate) fn is_current(&self, token: &Token, now_unix_ms: i64) -> bool {
        token.version == self.handed_out.load(Ordering::Acquire) && now_unix_ms < token.fresh_until_unix_ms
    }

    /// The newest token, whatever its age, unless it was rejected.
    pub(crate) fn accepted(&self) -> Option<SharedToken> {
        let handed_out = self.handed_out.load(Ordering::Acquire);
        self.newest.load_full().filter(|token| token.version == handed_out)
    }

    /// The newest token, also one that was rejected: what it takes to renew it.
    pub(crate) fn newest(&self) -> Option<SharedToken> {
        self.newest.load_full()
    }

    /// Hands out `token` from now on.
    pub(crate) fn publish(&self, mut token: Token) -> SharedToken {
        token.version = NEXT_VERSION.fetch_add(1, Ordering::Relaxed);
        let token = Arc::new(token);
        self.newest.store(Some(token.clone()));
        self.handed_out.store(token.version, Ordering::Release);
        token
    }

    /// Stops handing out `token`, if it is the one that is handed out: a 401 that came late must not spoil its
    /// successor.
    pub(crate) fn reject(&self, token: &Token) -> bool {
        self.handed_out.compare_exchange(token.version, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Replaces the newest token without handing it out: a grant that died keeps its token's facts, not its refresh
    /// token.
    pub(crate) fn replace(&self, token: Token) {
        self.newest.store(Some(Arc::new(token)));
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.handed_out.store(0, Ordering::Release);
        self.newest.store(None);
        *lock(&self.state) = State { flights: lock(&self.state).flights + 1, ..State::default() };
    }

    /// Number of the flights that have ended so far; a caller asks before it waits.
    pub(crate) fn flights(&self) -> u64 {
        lock(&self.state).flights
    }

    /// Whether nobody renews now and a failure does not ask for patience.
    pub(crate) fn may_try(&self, now_unix_ms: i64) -> bool {
        now_unix_ms >= lock(&self.state).retry_at_unix_ms && self.flight.try_lock().is_ok()
    }

    /// The stored failure, while it asks for patience.
    pub(crate) fn resting(&self, now_unix_ms: i64) -> Option<Error> {
        let state = lock(&self.state);
        match &state.outcome {
            Some(Err(error)) if now_unix_ms < state.retry_at_unix_ms => Some(error.clone()),
            _ => None,
        }
    }

    /// Waits until nobody flies.
    pub(crate) async fn turn(self: &Arc<Self>, came_after: u64) -> Turn {
        let turn = self.flight.clone().lock_owned().await;
        let state = lock(&self.state);
        match &state.outcome {
            Some(outcome) if state.flights > came_after => Turn::Landed(outcome.clone()),
            _ => Turn::Yours(Flight { slot: self.clone(), _turn: turn }),
        }
    }
}

impl Flight {
    /// Runs `renewal` to its end, even when this caller is interrupted, and publishes what it brings.
    pub(crate) async fn complete<F>(
        self,
        now: impl Fn() -> i64 + Send + 'static,
        renewal: F,
    ) -> Result<SharedToken, Error>
    where
        F: Future<Output = Result<Token, Error>> + Send + 'static,
    {
        engine::protected(async move {
            let outcome = renewal.await;
            self.land(outcome, now())
        })
        .await
    }

    /// Publishes an outcome that was reached in other ways, such as by a person.
    pub(crate) fn land(self, outcome: Result<Token, Error>, now_unix_ms: i64) -> Result<SharedToken, Error> {
        let outcome = outcome.map(|token| self.slot.publish(token));
        let mut state = lock(&self.slot.state);
        state.flights += 1;
        match &outcome {
            Ok(_) => (state.failures, state.retry_at_unix_ms) = (0, 0),
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                state.retry_at_unix_ms = now_unix_ms.saturating_add(backoff::pause_ms(error, state.failures));
            }
        }
        state.outcome = Some(outcome.clone());
        outcome
    }
}

/// How long a caller who holds a usable token waits for a better one before it goes on with what it has.
pub(crate) const PATIENCE_WITH_A_USABLE_TOKEN: Duration = Duration::from_secs(2);

/// A panic elsewhere leaves the state whole: it is changed in single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
