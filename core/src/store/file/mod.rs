//! A shelf of sealed files.

mod directory;
mod disk;
mod filesystem;
mod format;
mod journal;
mod lease;
mod lock;
mod permissions;
mod quarantine;
mod turn;

use std::sync::Arc;

use super::shelf::Shelf;
use crate::context::Context;
use crate::error::Error;
use crate::secret::Secret;

/// The store of files that the setting, the environment or custom names. Shape: `None` for `memory`.
pub(crate) fn open(
    _context: &Context,
    _store: Option<&str>,
    _key: Option<&Secret>,
) -> Result<Option<Arc<dyn Shelf>>, Error> {
    Ok(None)
}
