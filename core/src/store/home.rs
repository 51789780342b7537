//! Which store a client's credentials are in. Nothing is looked at before the first token is wanted.

use std::sync::Arc;

use super::shelf::Shelf;
use crate::context::Context;
use crate::error::Error;

/// Where the credentials of one client outlive the process.
pub(crate) enum Home {
    /// Nowhere.
    Nowhere,
    /// Here.
    Shelf(Arc<dyn Shelf>),
}

impl Home {
    /// The place itself, opened at its first use. Shape: `None` where credentials live as long as the process.
    ///
    /// `precious`: whether the credential cannot be had again without a person. Errors: `Store` for a store that was named
    /// and is not usable; a default one that is not costs a warning.
    pub(crate) fn shelf(&self, _context: &Context, _precious: bool) -> Result<Option<Arc<dyn Shelf>>, Error> {
        match self {
            Home::Nowhere => Ok(None),
            Home::Shelf(shelf) => Ok(Some(shelf.clone())),
        }
    }

    /// What tells this store from others in this process. Shape: empty for none.
    pub(crate) fn name(&self) -> String {
        match self {
            Home::Nowhere => String::new(),
            Home::Shelf(shelf) => format!("{:p}", Arc::as_ptr(shelf)),
        }
    }
}
