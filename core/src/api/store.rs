//! The store as programs see it: what is in it, what leaves it, and what comes from elsewhere.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use crate::context::Context;
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::PATIENCE;
use crate::store::custom::{CustomShelf, CustomStore};
use crate::store::home::Home;
use crate::store::idle;
use crate::store::listing::{self, Entry, Selection};
use crate::store::memory::MemoryShelf;
use crate::store::shelf::{Address, Listed, Shelf};

/// A place where credentials outlive the process. Making one reads nothing; it is opened at its first use.
///
/// Threads: share it freely; clones are the same store.
#[derive(Clone)]
pub struct Store {
    context: Context,
    home: Arc<Home>,
}

/// What a user says about a store.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StoreSettings {
    /// A folder, `user` or `memory`. Default: what `TOKCORE_STORE` says, else `user`.
    path: Option<String>,
    /// 32 bytes as base64url.
    key: Option<Secret>,
}

impl Store {
    /// The store that these settings name: `path` (a folder, `user` or `memory`) and `key` (32 bytes as base64url).
    ///
    /// Errors: `ConfigInvalid` for an unknown setting.
    pub fn open(settings: Settings) -> Result<Self, Error> {
        Self::with_context(Context::os(), settings)
    }

    /// The same in a given world, for tests.
    pub fn with_context(context: Context, settings: Settings) -> Result<Self, Error> {
        let StoreSettings { path, key } = settings.read("the store")?;
        match path.as_deref() {
            Some("memory") => Ok(Self { context, ..Self::memory() }),
            _ => Ok(Self { context, home: Arc::new(Home::chosen(path, key)) }),
        }
    }

    /// The user's own store, which all programs and languages of the user share, or the one that `TOKCORE_STORE` names.
    pub fn user() -> Self {
        Self { context: Context::os(), home: Arc::new(Home::chosen(None, None)) }
    }

    /// A store in the memory of this process, for clients that share it.
    pub fn memory() -> Self {
        Self::of(Context::os(), Arc::new(MemoryShelf::default()))
    }

    /// A store that the host keeps.
    pub fn custom(store: Arc<dyn CustomStore>) -> Self {
        Self::of(Context::os(), Arc::new(CustomShelf::new(store)))
    }

    /// The same store in a given world, for tests.
    pub fn in_context(self, context: &Context) -> Self {
        Self { context: context.clone(), ..self }
    }

    fn of(context: Context, shelf: Arc<dyn Shelf>) -> Self {
        Self::at(context, Arc::new(Home::of(shelf)))
    }

    pub(super) fn at(context: Context, home: Arc<Home>) -> Self {
        Self { context, home }
    }

    /// The stored credentials that are meant, sorted for people. No token is touched. Effects: `[disk]`.
    ///
    /// Errors: `Store`; those of the selection.
    pub fn list(&self, selection: &Selection) -> Result<Vec<Entry>, Error> {
        selection.of(listing::entries(&self.shelf()?.facts(None)?, self.now_unix_s()))
    }

    /// Removes the credential whose key this is, or begins so; nothing is revoked. Effects: `[disk]` `[blocks]`.
    ///
    /// Errors: `NotFound`; `InvalidArgument` for the beginning of several keys; `Store`.
    pub fn remove(&self, key: &str, interrupt: &dyn Interrupt) -> Result<(), Error> {
        let shelf = self.shelf()?;
        let address = self.one_of(&shelf.facts(None)?, key)?;
        self.remove_all(&*shelf, vec![address], interrupt).map(drop)
    }

    /// Removes all credentials that are meant, and says how many; nothing is revoked. Effects: `[disk]` `[blocks]`.
    ///
    /// Errors: as [`Store::list`].
    pub fn clear(&self, selection: &Selection, interrupt: &dyn Interrupt) -> Result<usize, Error> {
        let shelf = self.shelf()?;
        let addresses = self.meant(&shelf.facts(None)?, selection)?;
        self.remove_all(&*shelf, addresses, interrupt)
    }

    /// Removes what is not worth keeping, and says how many: what nobody used for `max_idle_days` (default 30), and what
    /// is over. Effects: `[disk]` `[blocks]`.
    ///
    /// Errors: `Store`.
    pub fn prune(&self, max_idle_days: Option<u32>, interrupt: &dyn Interrupt) -> Result<usize, Error> {
        let (shelf, now) = (self.shelf()?, self.now_unix_s());
        let over = idle_of(&shelf.facts(None)?, max_idle_days, now).map(|(listed, _)| listed.address).collect();
        self.remove_all(&*shelf, over, interrupt)
    }

    /// What [`Store::prune`] would remove, and why: `unused`, `refresh_expired`, `expired` or `ended`. Effects: `[disk]`.
    ///
    /// Errors: `Store`.
    pub fn prunable(&self, max_idle_days: Option<u32>) -> Result<Vec<(Entry, &'static str)>, Error> {
        let now = self.now_unix_s();
        let listed = self.shelf()?.facts(None)?;
        Ok(idle_of(&listed, max_idle_days, now).map(|(listed, why)| (Entry::of(listed, now), why.slug())).collect())
    }

    fn remove_all(&self, shelf: &dyn Shelf, all: Vec<Address>, interrupt: &dyn Interrupt) -> Result<usize, Error> {
        let removing = async {
            for address in &all {
                shelf.lock(address, PATIENCE).await?.remove()?;
            }
            Ok(all.len())
        };
        engine::run(removing, interrupt)
    }

    /// Where those are that are meant.
    pub(super) fn meant(&self, listed: &[Listed], selection: &Selection) -> Result<Vec<Address>, Error> {
        let meant = selection.of(listing::entries(listed, self.now_unix_s()))?;
        let is_meant = |at: &Address| meant.iter().any(|entry| entry.key == at.key.hex());
        Ok(listed.iter().map(|listed| listed.address).filter(is_meant).collect())
    }

    /// Where the one is whose key begins so.
    pub(super) fn one_of(&self, listed: &[Listed], key: &str) -> Result<Address, Error> {
        let entry = listing::one_of(&listing::entries(listed, self.now_unix_s()), key)?;
        let at = listed.iter().map(|listed| listed.address).find(|at| at.key.hex() == entry.key);
        at.ok_or_else(|| Error::new(Kind::Internal, "a listed credential is nowhere"))
    }

    /// Makes this account the one that is meant when none is named, among those of its client and scopes. Effects:
    /// `[disk]` `[blocks]`.
    ///
    /// Errors: as [`Store::remove`].
    pub fn set_default_account(&self, key: &str, interrupt: &dyn Interrupt) -> Result<(), Error> {
        let shelf = self.shelf()?;
        let chosen = self.one_of(&shelf.facts(None)?, key)?;
        let group = shelf.facts(Some(chosen.group))?;
        engine::run(
            async {
                for listed in group {
                    let (at, wanted) = (listed.address, listed.address == chosen);
                    if listed.facts.is_ok_and(|facts| facts.is_default != wanted) {
                        mark(&*shelf, &at, wanted).await?;
                    }
                }
                Ok(())
            },
            interrupt,
        )
    }

    /// Where and how credentials are kept, by name, for reports; no secret. `probe`: may create and remove a file to find
    /// out. Effects: `[disk]`.
    ///
    /// Errors: `Store` for one that cannot be used, with the words to mend it.
    pub fn report(&self, probe: bool) -> Result<Vec<(String, String)>, Error> {
        Ok(self.shelf()?.describe(probe))
    }

    pub(super) fn now_unix_s(&self) -> i64 {
        self.context.clock.now_unix_ms().div_euclid(1000)
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    pub(super) fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// Whether nothing is kept because somebody said so: the store is `memory`. Effects: `[disk]`.
    pub fn is_nowhere(&self) -> bool {
        matches!(self.home.shelf_or_why(&self.context), Ok(None))
    }

    /// The place itself. Errors: `Store`, also where `TOKCORE_STORE` says that nothing is kept.
    pub(super) fn shelf(&self) -> Result<Arc<dyn Shelf>, Error> {
        self.home.shelf_or_why(&self.context)?.ok_or_else(|| {
            Error::new(Kind::Store, "nothing is kept: the store is `memory`, or there is no place for one")
                .with_reason(Reason::StoreUnwritable)
                .with_hint("name a folder in TOKCORE_STORE or with the setting `store`")
        })
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// What is not worth keeping.
fn idle_of(
    listed: &[Listed],
    max_idle_days: Option<u32>,
    now_unix_s: i64,
) -> impl Iterator<Item = (&Listed, idle::Why)> {
    let days = max_idle_days.unwrap_or(idle::MAX_IDLE_DAYS);
    listed.iter().filter_map(move |listed| Some((listed, idle::why_idle(listed, days, now_unix_s)?)))
}

async fn mark(shelf: &dyn Shelf, at: &Address, is_default: bool) -> Result<(), Error> {
    let turn = shelf.lock(at, PATIENCE).await?;
    let Some(mut record) = turn.read()? else { return Ok(()) };
    record.facts.is_default = is_default;
    record.facts.generation += 1;
    turn.write(&record)
}
