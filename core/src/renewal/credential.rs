//! One credential of this process: its token in memory, and its place in a store.

use std::sync::Arc;

use super::keeper::Keeper;
use crate::cache::slot::Slot;
use crate::fork::PerProcess;

/// What all sources of one credential share.
#[derive(Default)]
pub(crate) struct Credential {
    pub(crate) slot: Arc<Slot>,
    keeper: PerProcess<Keeper>,
}

impl Credential {
    /// The credential's place in a store; a forked child finds it anew.
    pub(crate) fn keeper(&self, make: impl FnOnce() -> Keeper) -> Arc<Keeper> {
        self.keeper.get_or_init(make)
    }
}
