//! `tokcore_integrations`: the list of all integrations of a session.

use std::ptr;
use std::sync::Arc;

use tokcore::Integration;

use crate::call;
use crate::handle::{self, Cell, Handle, Shared};
use crate::integration::{IntegrationValue, tokcore_integration};

/// The integrations of a session, in the server's order. Immutable.
pub struct tokcore_integrations {
    _opaque: (),
}

impl Handle for tokcore_integrations {
    type Value = Vec<Arc<Cell<tokcore_integration>>>;
    type Ownership = Shared;
    const NAME: &'static str = "integrations";
}

pub(crate) fn list(integrations: &[Integration]) -> Vec<Arc<Cell<tokcore_integration>>> {
    integrations.iter().map(|integration| Arc::new(Cell::new(IntegrationValue::new(integration)))).collect()
}

/// How many integrations there are.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integrations_count(integrations: *const tokcore_integrations) -> usize {
    unsafe { call::accessor(integrations, 0, Vec::len) }
}

/// One of the integrations; NULL past the last one.
///
/// Ownership: lent, valid until `integrations` is freed; `tokcore_integration_clone` keeps it longer. Threads: any.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integrations_at(
    integrations: *const tokcore_integrations,
    index: usize,
) -> *const tokcore_integration {
    unsafe { call::accessor(integrations, None, |items| items.get(index)) }.map_or(ptr::null(), handle::lend)
}

/// Frees the list. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integrations_free(integrations: *mut tokcore_integrations) {
    unsafe { call::free(integrations) }
}
