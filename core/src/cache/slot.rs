//! One credential in this process: the token that is handed out, and when it is handed out without another look.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};

use arc_swap::ArcSwapOption;

use super::flight::{State, Tower, Wish};
use super::graves::Graves;
use super::machine::{self, Decision, History, Known, Need};
use crate::context::Moment;
use crate::crypto;
use crate::fork::PerProcess;
use crate::lock::lock;
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
}

/// The [`Window`] in which that token is handed out without another look. Whoever publishes a token closes it first and
/// opens it later; whoever reads it does so before the number of the token. So nobody sees a token through the window of
/// an earlier one.
struct Pane {
    from: AtomicI64,
    until: AtomicI64,
    ends_at: AtomicI64,
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

    /// The refresh tokens that are never sent again.
    pub(crate) fn graves(&self) -> &Arc<Graves> {
        &self.graves
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

    pub(super) fn tower(&self) -> Arc<Tower> {
        self.tower.get_or_init(Tower::default)
    }

    /// The caller holds the state, so that nobody forgets or publishes meanwhile.
    pub(super) fn hand_out(&self, state: &MutexGuard<'_, State>, token: Token) -> SharedToken {
        let token = self.keep(state, token);
        self.handed_out.store(token.version, Ordering::Release);
        token
    }

    /// The same for a token that is only renewed.
    pub(super) fn keep(&self, _state: &MutexGuard<'_, State>, mut token: Token) -> SharedToken {
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
        }
    }
}

/// What is remembered of a token that is nobody's any more.
pub(super) fn hash(token: &Token) -> [u8; 32] {
    crypto::sha256(token.access_token.expose().as_bytes())
}

#[cfg(test)]
#[path = "slot_tests.rs"]
mod tests;
