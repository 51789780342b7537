//! One credential in this process: the token that is handed out, and the one flight that renews it.

use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use arc_swap::ArcSwapOption;
use tokio::sync::OwnedMutexGuard;

use super::graves::Graves;
use super::machine::{self, Decision, History, Known, Need};
use crate::context::Moment;
use crate::crypto;
use crate::engine;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::renewal::keeper::Keeper;
use crate::token::life::Window;
use crate::token::{Freshness, SharedToken, Token};

/// Numbers every record that this process publishes, so that no two are taken for each other. 0 is never given.
static NEXT_VERSION: AtomicU64 = AtomicU64::new(1);

/// One credential. Handing out a fresh token takes no lock.
///
/// A forked child keeps the token and knows nothing of the flights: those who fly are its parent's threads.
pub(crate) struct Slot {
    /// The newest token, also when it is no longer handed out: its refresh token renews it.
    newest: ArcSwapOption<Token>,
    /// Number of the token that may be handed out; 0 for none.
    handed_out: AtomicU64,
    pane: Pane,
    graves: Arc<Graves>,
    tower: PerProcess<Tower>,
    keeper: PerProcess<Keeper>,
}

/// The [`Window`] in which that token is handed out without another look. Whoever publishes a token closes it first and
/// opens it later; whoever reads it does so before the number of the token. So nobody sees a token through the window of
/// an earlier one.
struct Pane {
    from: AtomicI64,
    until: AtomicI64,
    ends_at: AtomicI64,
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
    history: History,
    /// How often everything was forgotten. What a flight brings that began before is nobody's any more.
    forgotten: u64,
    /// How often an API refused a token, and the hash of the last one.
    refusals: u64,
    refused: Option<[u8; 32]>,
}

/// The right to renew, given to one caller at a time.
pub(crate) struct Flight {
    slot: Arc<Slot>,
    tower: Arc<Tower>,
    /// The token that is renewed, if there is one.
    before: Option<SharedToken>,
    /// Whether an API refused that token.
    recovers: bool,
    forgotten: u64,
    refusals: u64,
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
    /// Whether `token` may be handed out again for this need: no lock, no allocation.
    pub(crate) fn is_current(&self, token: &Token, need: &Need, now_unix_ms: i64) -> bool {
        // In this order, see `Pane`.
        let until = self.pane.until.load(Ordering::Acquire);
        let from = self.pane.from.load(Ordering::Acquire);
        let version = self.handed_out.load(Ordering::Acquire);
        (from..until).contains(&now_unix_ms)
            && token.version != 0
            && token.version == version
            && (need.min_validity.is_none() || self.lasts(token, need, now_unix_ms))
    }

    fn lasts(&self, token: &Token, need: &Need, now_unix_ms: i64) -> bool {
        need.is_met_by(token, self.pane.ends_at.load(Ordering::Acquire).saturating_sub(now_unix_ms))
    }

    /// The newest token, whatever its age, unless it was rejected.
    pub(crate) fn accepted(&self) -> Option<SharedToken> {
        self.newest.load_full().filter(|token| self.is_accepted(token))
    }

    /// The newest token, also one that was rejected: what it takes to renew it.
    pub(crate) fn newest(&self) -> Option<SharedToken> {
        self.newest.load_full()
    }

    /// Whether `token` is the one that is handed out, whatever its age.
    pub(crate) fn is_accepted(&self, token: &Token) -> bool {
        token.version != 0 && token.version == self.handed_out.load(Ordering::Acquire)
    }

    /// Whether an API refused this very access token, whoever brings it.
    pub(crate) fn was_refused(&self, token: &Token) -> bool {
        lock(&self.tower().state).has_refused(token)
    }

    /// The refresh tokens that are never sent again.
    pub(crate) fn graves(&self) -> &Arc<Graves> {
        &self.graves
    }

    /// The credential's place in a store; a forked child finds it anew.
    pub(crate) fn keeper(&self, make: impl FnOnce() -> Keeper) -> Arc<Keeper> {
        self.keeper.get_or_init(make)
    }

    /// What a caller gets who asks now, and what it knew when it asked. Opens the next window where the token is fresh.
    ///
    /// `renewable`: whether the newest token, or its absence, leaves something to renew with that needs no person.
    pub(crate) fn decide(
        &self,
        need: &Need,
        renewable: impl FnOnce(Option<&Token>) -> bool,
        now: &Moment,
    ) -> (Decision, Wish) {
        let tower = self.tower();
        let state = lock(&tower.state);
        let newest = self.newest();
        let known = Known {
            token: newest.as_ref(),
            rejected: newest.as_ref().is_some_and(|token| !self.is_accepted(token)),
            renewable: renewable(newest.as_deref()),
            history: &state.history,
        };
        let decision = machine::decide(&known, need, now);
        if let Some(token) = newest.as_ref().filter(|_| !known.rejected) {
            self.reopen(&state, token, now);
        }
        (decision, Wish { version: newest.map_or(0, |token| token.version), landed: state.landed })
    }

    /// Looks at both clocks and opens the next window, if `token` is the one that is handed out and still fresh.
    pub(crate) fn look_again(&self, token: &Token, now: &Moment) {
        let tower = self.tower();
        let state = lock(&tower.state);
        if self.is_accepted(token) {
            self.reopen(&state, token, now);
        }
    }

    /// Hands out a token that came from elsewhere.
    pub(crate) fn publish(&self, token: Token) -> SharedToken {
        let tower = self.tower();
        let mut state = lock(&tower.state);
        state.history = History::default();
        self.hand_out(&state, token)
    }

    /// Hands out what another process has made of this credential, unless it is what this one knows already or what an
    /// API refused.
    pub(crate) fn take_over(&self, found: Token) {
        let tower = self.tower();
        let mut state = lock(&tower.state);
        let is_known = self.newest().is_some_and(|held| {
            held.access_token() == found.access_token() && held.refresh_token() == found.refresh_token()
        });
        if is_known {
            return;
        }
        match state.has_refused(&found) {
            true => drop(self.keep(&state, found)),
            false => {
                state.history = History::default();
                self.hand_out(&state, found);
            }
        }
    }

    /// Stops handing out `token`, if it is the one that is handed out: a 401 that came late must not spoil its
    /// successor.
    pub(crate) fn reject(&self, token: &Token) -> bool {
        let tower = self.tower();
        let mut state = lock(&tower.state);
        let rejected = token.version != 0
            && self.handed_out.compare_exchange(token.version, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if rejected {
            state.refusals += 1;
            state.refused = Some(hash(token));
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
        if let Some(outcome) = state.history.outcome().filter(|_| state.landed > wish.landed)
            // What was refused since is nobody's outcome any more.
            && outcome.as_ref().map_or(true, |token| self.is_accepted(token))
        {
            return Turn::Landed(outcome.clone());
        }
        // It may also have been published between this caller's look at the token and its wish.
        let accepted = self.accepted();
        if let Some(token) = accepted.clone().filter(|token| token.version != wish.version) {
            return Turn::Landed(Ok(token));
        }
        let before = self.newest();
        let flight = Flight {
            slot: self.clone(),
            recovers: before.is_some() && accepted.is_none(),
            before,
            forgotten: state.forgotten,
            refusals: state.refusals,
            _turn: turn,
            tower: tower.clone(),
        };
        Turn::Yours(flight)
    }

    fn tower(&self) -> Arc<Tower> {
        self.tower.get_or_init(Tower::default)
    }

    /// The caller holds the state, so that nobody forgets or publishes meanwhile.
    fn hand_out(&self, state: &MutexGuard<'_, State>, token: Token) -> SharedToken {
        let token = self.keep(state, token);
        self.handed_out.store(token.version, Ordering::Release);
        token
    }

    /// The same for a token that is only renewed.
    fn keep(&self, _state: &MutexGuard<'_, State>, mut token: Token) -> SharedToken {
        self.pane.until.store(i64::MIN, Ordering::Release);
        token.version = NEXT_VERSION.fetch_add(1, Ordering::Relaxed);
        let token = Arc::new(token);
        self.newest.store(Some(token.clone()));
        token
    }

    fn reopen(&self, _state: &MutexGuard<'_, State>, token: &Token, now: &Moment) {
        if token.freshness(now) == Freshness::Fresh {
            let Window { from, until, ends_at } = token.window(now);
            self.pane.from.store(from, Ordering::Release);
            self.pane.ends_at.store(ends_at, Ordering::Release);
            self.pane.until.store(until, Ordering::Release);
        }
    }
}

impl Default for Slot {
    fn default() -> Self {
        let never = || AtomicI64::new(i64::MIN);
        Self {
            newest: ArcSwapOption::empty(),
            handed_out: AtomicU64::new(0),
            pane: Pane { from: never(), until: never(), ends_at: never() },
            graves: Arc::default(),
            tower: PerProcess::new(),
            keeper: PerProcess::new(),
        }
    }
}

impl State {
    fn has_refused(&self, token: &Token) -> bool {
        self.refused.is_some_and(|refused| refused == hash(token))
    }
}

impl Flight {
    /// The token that is renewed, if there is one.
    pub(crate) fn before(&self) -> Option<SharedToken> {
        self.before.clone()
    }

    /// Whether an API refused that token.
    pub(crate) fn recovers(&self) -> bool {
        self.recovers
    }

    /// Runs `renewal` to its end, even when this caller is interrupted, and publishes what it brings.
    pub(crate) async fn complete<F>(
        self,
        now: impl Fn() -> Moment + Send + 'static,
        draw: f64,
        renewal: F,
    ) -> Result<SharedToken, Error>
    where
        F: Future<Output = Result<Token, Error>> + Send + 'static,
    {
        engine::protected(async move {
            let outcome = renewal.await;
            self.land(outcome, &now(), draw)
        })
        .await
    }

    /// Publishes an outcome that was reached in other ways, such as by a person.
    pub(crate) fn land(self, outcome: Result<Token, Error>, now: &Moment, draw: f64) -> Result<SharedToken, Error> {
        let tower = self.tower.clone();
        let mut state = lock(&tower.state);
        if state.forgotten != self.forgotten {
            // Those who waited for it get it; it is not kept.
            return outcome.map(Arc::new);
        }
        let outcome = outcome.map(|token| match state.refusals != self.refusals && state.has_refused(&token) {
            // Asked for before an API refused it: its refresh token may be the only one that lives.
            true => self.slot.keep(&state, token),
            false => self.slot.hand_out(&state, token),
        });
        let before = self.before.as_deref().filter(|_| !self.recovers);
        state.history.landed(outcome.clone(), before, self.recovers, now, draw);
        state.landed += 1;
        outcome
    }
}

/// A flight that a bug ends has an outcome too: those who wait for it must not run into the same bug one by one.
impl Drop for Flight {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let bug = Error::new(Kind::Internal, "a bug in tokcore ended this exchange");
            let mut state = lock(&self.tower.state);
            state.landed += 1;
            state.history.ended_by(bug);
        }
    }
}

fn hash(token: &Token) -> [u8; 32] {
    crypto::sha256(token.access_token.expose().as_bytes())
}
