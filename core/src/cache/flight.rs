//! Who renews a credential: one caller at a time, and what it brings is everybody's.

use std::future::Future;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedMutexGuard;

use super::machine::History;
use super::slot::{Slot, hash};
use crate::context::Moment;
use crate::engine;
use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::store::failpoint;
use crate::token::{SharedToken, Token};

/// Who renews, and what came of it.
#[derive(Default)]
pub(super) struct Tower {
    /// Held by the caller who renews; the others wait for it.
    turn: Arc<tokio::sync::Mutex<()>>,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// How many flights have ended. A waiter takes the outcome of the flight that ended after it came.
    pub(super) landed: u64,
    pub(super) history: History,
    /// How often everything was forgotten. What a flight brings that began before is nobody's any more.
    pub(super) forgotten: u64,
    /// How often an API refused a token, and the hash of the last one.
    pub(super) refusals: u64,
    pub(super) refused: Option<[u8; 32]>,
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
    pub(super) version: u64,
    pub(super) landed: u64,
}

impl Slot {
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
}

impl State {
    pub(super) fn has_refused(&self, token: &Token) -> bool {
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
        let _ = failpoint("mem_published");
        state.landed += 1;
        let _ = failpoint("woken");
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
