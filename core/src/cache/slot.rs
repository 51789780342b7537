//! One credential in this process: the token that is handed out, and the one flight that renews it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::OwnedMutexGuard;

use super::backoff;
use super::graves::Graves;
use crate::engine;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::renewal::keeper::Keeper;
use crate::token::{SharedToken, Token};

/// How long a caller who holds a usable token waits for a better one before it goes on with what it has.
pub(crate) const PATIENCE_WITH_A_USABLE_TOKEN: Duration = Duration::from_secs(2);

/// Numbers every record that this process publishes, so that no two are taken for each other. 0 is never given.
static NEXT_VERSION: AtomicU64 = AtomicU64::new(1);

/// One credential. Handing out a fresh token takes no lock.
///
/// A forked child keeps the token and knows nothing of the flights: those who fly are its parent's threads.
#[derive(Default)]
pub(crate) struct Slot {
    /// The newest token, also when it is no longer handed out: its refresh token renews it.
    newest: ArcSwapOption<Token>,
    /// Number of the token that may be handed out; 0 for none.
    handed_out: AtomicU64,
    graves: Arc<Graves>,
    tower: PerProcess<Tower>,
    keeper: PerProcess<Keeper>,
}

/// Who renews, and what came of it.
#[derive(Default)]
struct Tower {
    /// Held by the caller who renews; the others wait for it.
    turn: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many flights have ended. A waiter takes the outcome of the flight that ended after it came.
    landed: u64,
    outcome: Option<Result<SharedToken, Error>>,
    /// Failures in a row, and until when nothing is tried. Units: milliseconds since 1970.
    failures: u32,
    rests_until_unix_ms: i64,
    /// How often everything was forgotten. What a flight brings that began before is nobody's any more.
    forgotten: u64,
}

/// The right to renew, given to one caller at a time.
pub(crate) struct Flight {
    slot: Arc<Slot>,
    tower: Arc<Tower>,
    /// The token that is renewed, if there is one.
    before: Option<SharedToken>,
    forgotten: u64,
    _turn: OwnedMutexGuard<()>,
}

/// What a caller who waited for its turn finds.
pub(crate) enum Turn {
    /// Somebody else's flight ended meanwhile, with this.
    Landed(Result<SharedToken, Error>),
    /// Nobody flies: this caller does.
    Yours(Flight),
}

/// What a caller knew when it found that it wants another token.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    /// Number of the token that does not do; 0 for none.
    version: u64,
    landed: u64,
}

impl Slot {
    /// Whether `token` may be handed out again: no lock, no allocation.
    pub(crate) fn is_current(&self, token: &Token, now_unix_ms: i64) -> bool {
        token.version != 0
            && token.version == self.handed_out.load(Ordering::Acquire)
            && now_unix_ms < token.fresh_until_unix_ms
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

    /// The refresh tokens that are never sent again.
    pub(crate) fn graves(&self) -> &Arc<Graves> {
        &self.graves
    }

    /// The credential's place in a store; a forked child finds it anew.
    pub(crate) fn keeper(&self, make: impl FnOnce() -> Keeper) -> Arc<Keeper> {
        self.keeper.get_or_init(make)
    }

    /// Hands out a token that came from elsewhere.
    pub(crate) fn publish(&self, token: Token) -> SharedToken {
        let tower = self.tower();
        let mut state = lock(&tower.state);
        (state.failures, state.rests_until_unix_ms, state.outcome) = (0, 0, None);
        self.hand_out(token)
    }

    /// Stops handing out `token`, if it is the one that is handed out: a 401 that came late must not spoil its
    /// successor.
    pub(crate) fn reject(&self, token: &Token) -> bool {
        let rejected = token.version != 0
            && self.handed_out.compare_exchange(token.version, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if rejected {
            let tower = self.tower();
            let mut state = lock(&tower.state);
            // A success is no reason to wait any more; a failure still is.
            if matches!(state.outcome, Some(Ok(_))) {
                (state.outcome, state.rests_until_unix_ms) = (None, 0);
            }
        }
        rejected
    }

    /// Forgets everything, and what flights under way will bring.
    pub(crate) fn clear(&self) {
        let tower = self.tower();
        let mut state = lock(&tower.state);
        *state = State { landed: state.landed, forgotten: state.forgotten + 1, ..State::default() };
        self.handed_out.store(0, Ordering::Release);
        self.newest.store(None);
    }

    /// What a caller knows who wants another token than `found`.
    pub(crate) fn wish(&self, found: Option<&Token>) -> Wish {
        Wish { version: found.map_or(0, |token| token.version), landed: lock(&self.tower().state).landed }
    }

    /// The same wish after a flight that ended in vain.
    pub(crate) fn wish_again(&self, wish: Wish) -> Wish {
        Wish { landed: lock(&self.tower().state).landed, ..wish }
    }

    /// What the last flight brought, while that asks for patience.
    pub(crate) fn resting(&self, now_unix_ms: i64) -> Option<Result<SharedToken, Error>> {
        let tower = self.tower();
        let state = lock(&tower.state);
        state.outcome.clone().filter(|_| now_unix_ms < state.rests_until_unix_ms)
    }

    /// Waits until nobody flies.
    pub(crate) async fn turn(self: &Arc<Self>, wish: Wish) -> Turn {
        let tower = self.tower();
        let turn = tower.turn.clone().lock_owned().await;
        self.turn_taken(tower, turn, wish)
    }

    /// The same where nobody flies, else nothing: for callers who would rather not wait.
    pub(crate) fn try_turn(self: &Arc<Self>, wish: Wish) -> Option<Turn> {
        let tower = self.tower();
        let turn = tower.turn.clone().try_lock_owned().ok()?;
        Some(self.turn_taken(tower, turn, wish))
    }

    fn turn_taken(self: &Arc<Self>, tower: Arc<Tower>, turn: OwnedMutexGuard<()>, wish: Wish) -> Turn {
        let state = lock(&tower.state);
        if let Some(outcome) = state.outcome.as_ref().filter(|_| state.landed > wish.landed) {
            return Turn::Landed(outcome.clone());
        }
        // It may also have been published between this caller's look at the token and its wish.
        if let Some(token) = self.accepted().filter(|token| token.version != wish.version) {
            return Turn::Landed(Ok(token));
        }
        let forgotten = state.forgotten;
        drop(state);
        Turn::Yours(Flight { slot: self.clone(), before: self.newest(), tower, forgotten, _turn: turn })
    }

    fn tower(&self) -> Arc<Tower> {
        self.tower.get_or_init(Tower::default)
    }

    /// The caller holds the state, so that nobody forgets or publishes meanwhile.
    fn hand_out(&self, mut token: Token) -> SharedToken {
        token.version = NEXT_VERSION.fetch_add(1, Ordering::Relaxed);
        let token = Arc::new(token);
        self.newest.store(Some(token.clone()));
        self.handed_out.store(token.version, Ordering::Release);
        token
    }
}

impl Flight {
    /// The token that is renewed, if there is one.
    pub(crate) fn before(&self) -> Option<SharedToken> {
        self.before.clone()
    }

    /// Runs `renewal` to its end, even when this caller is interrupted, and publishes what it brings.
    pub(crate) async fn complete<F>(
        self,
        now: impl Fn() -> i64 + Send + 'static,
        draw: f64,
        renewal: F,
    ) -> Result<SharedToken, Error>
    where
        F: Future<Output = Result<Token, Error>> + Send + 'static,
    {
        engine::protected(async move {
            let outcome = renewal.await;
            self.land(outcome, now(), draw)
        })
        .await
    }

    /// Publishes an outcome that was reached in other ways, such as by a person.
    pub(crate) fn land(self, outcome: Result<Token, Error>, now_unix_ms: i64, draw: f64) -> Result<SharedToken, Error> {
        let tower = self.tower.clone();
        let mut state = lock(&tower.state);
        if state.forgotten != self.forgotten {
            // Those who waited for it get it; it is not kept.
            return outcome.map(Arc::new);
        }
        let before = self.before.as_deref();
        let pause_ms = match &outcome {
            Ok(token) => backoff::after_success_ms(before, token, now_unix_ms),
            Err(error) => backoff::after_failure_ms(error, state.failures + 1, before, now_unix_ms, draw),
        };
        state.failures = if outcome.is_ok() { 0 } else { state.failures.saturating_add(1) };
        state.rests_until_unix_ms = now_unix_ms.saturating_add(pause_ms);
        let outcome = outcome.map(|token| self.slot.hand_out(token));
        state.landed += 1;
        state.outcome = Some(outcome.clone());
        outcome
    }
}

/// A flight that a bug ends has an outcome too: those who wait for it must not run into the same bug one by one.
impl Drop for Flight {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = lock(&self.tower.state);
            state.landed += 1;
            state.outcome = Some(Err(Error::new(Kind::Internal, "a bug in tokcore ended this exchange")));
        }
    }
}
