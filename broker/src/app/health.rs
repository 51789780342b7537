//! Integrations whose provider refuses us: shown as "Configuration error", users' sign-ins untouched.
//!
//! Forgotten on reload and on the first success. Source: specs/workbench.md §4.6, V93.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// Refusals of the request in a row after which it is a matter of configuration. A refused client is one at once.
const REFUSALS: u32 = 3;

/// What refreshes have learnt about integrations, by current GUID.
#[derive(Debug, Default)]
pub struct Health(Mutex<HashMap<Uuid, u32>>);

impl Health {
    /// Whether the provider refuses this integration.
    pub fn is_config_error(&self, guid: Uuid) -> bool {
        self.lock().get(&guid).is_some_and(|refusals| *refusals >= REFUSALS)
    }

    /// The provider did not accept the client or its secret. `true` when this is news.
    pub fn client_refused(&self, guid: Uuid) -> bool {
        self.lock().insert(guid, REFUSALS).is_none_or(|before| before < REFUSALS)
    }

    /// The provider did not accept the request. `true` when this makes it a configuration error.
    pub fn request_refused(&self, guid: Uuid) -> bool {
        let mut refusals = self.lock();
        let count = refusals.entry(guid).or_default();
        *count = count.saturating_add(1);
        *count == REFUSALS
    }

    /// The provider gave a token.
    pub fn succeeded(&self, guid: Uuid) {
        self.lock().remove(&guid);
    }

    /// The configuration was loaded anew.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_client_counts_at_once_and_a_refused_request_at_the_third_time() {
        let (health, guid) = (Health::default(), Uuid::nil());
        assert_eq!([1, 2, 3, 4].map(|_| health.request_refused(guid)), [false, false, true, false]);
        assert!(health.is_config_error(guid));
        health.succeeded(guid);
        assert!(!health.is_config_error(guid));
        assert!(health.client_refused(guid) && health.is_config_error(guid));
        assert!(!health.client_refused(guid));
        health.forget();
        assert!(!health.is_config_error(guid));
    }
}
