//! What leaves a store by its key, and what could.

use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::renewal::Logout;
use crate::settings::TokenRequest;
use crate::store::idle;
use crate::store::listing::Entry;

use super::moving::leave;
use super::{OAuthClient, Store};

impl OAuthClient {
    /// The key of the stored credential that a source of `request` would use. Effects: `[disk]`.
    ///
    /// Shape: `None` where somebody would have to sign in. Errors: `Store`; `AmbiguousAccount` where several would do.
    pub fn key_in_use(&self, request: TokenRequest) -> Result<Option<String>, Error> {
        self.lone_source(request).keeper().map_or(Ok(None), |keeper| keeper.look().map(|_| keeper.found_key()))
    }

    /// As [`Store::logout`], for a client whose server wants to know who asks. Effects: `[net]` `[disk]` `[blocks]`.
    ///
    /// Errors: as [`Store::remove`]. A server that cannot be told is in the result.
    pub fn logout_of(&self, key: &str, revoke: bool, interrupt: &dyn Interrupt) -> Result<Logout, Error> {
        let store = self.store();
        let shelf = store.shelf()?;
        let address = store.one_of(&shelf.facts(None)?, key)?;
        let leaving = leave(shelf, address, revoke.then(|| self.server().clone()));
        engine::run(async { engine::protected(leaving).await }, interrupt)
    }
}

impl Store {
    /// What [`Store::prune`] would remove, and why: `unused`, `refresh_expired`, `expired` or `ended`. Effects: `[disk]`.
    ///
    /// Errors: `Store`.
    pub fn idle(&self, max_idle_days: Option<u32>) -> Result<Vec<(Entry, &'static str)>, Error> {
        let (now, days) = (self.now_unix_s(), max_idle_days.unwrap_or(idle::MAX_IDLE_DAYS));
        let listed = self.shelf()?.facts(None)?;
        let idle = listed.iter().filter_map(|one| Some((Entry::of(one, now), idle::why_idle(one, days, now)?.slug())));
        Ok(idle.collect())
    }
}
