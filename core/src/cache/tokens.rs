//! The credentials of this process, by key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::key::CredentialKey;
use crate::fork::PerProcess;

/// Least recently asked for out; a web application that serves many people must not grow without bound.
const MAX_SLOTS: usize = 1024;

/// One `T` per credential. A forked child starts with none: locks of threads that it does not have are not waited for.
pub(crate) struct TokenCache<T> {
    slots: PerProcess<Mutex<Slots<T>>>,
}

struct Slots<T> {
    by_key: HashMap<CredentialKey, (u64, Arc<T>)>,
    asked: u64,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), asked: 0 }
    }
}

impl<T: Default> TokenCache<T> {
    pub(crate) const fn new() -> Self {
        Self { slots: PerProcess::new() }
    }

    /// What belongs to this credential, made on first use.
    pub(crate) fn of(&self, key: CredentialKey) -> Arc<T> {
        let slots = self.slots.get_or_init(Mutex::default);
        let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.asked += 1;
        let now = slots.asked;
        if slots.by_key.len() >= MAX_SLOTS && !slots.by_key.contains_key(&key) {
            slots.drop_oldest_idle();
        }
        let (asked, slot) = slots.by_key.entry(key).or_default();
        *asked = now;
        slot.clone()
    }
}

impl<T> Slots<T> {
    /// Sources hold their slot: dropping one that is in use would only make it live twice.
    fn drop_oldest_idle(&mut self) {
        let idle = self.by_key.iter().filter(|(_, (_, slot))| Arc::strong_count(slot) == 1);
        if let Some(oldest) = idle.min_by_key(|(_, (asked, _))| *asked).map(|(key, _)| *key) {
            self.by_key.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::KeyFields;

    fn key(number: usize) -> CredentialKey {
        KeyFields { cache_key: Some(&number.to_string()), ..KeyFields::default() }.key()
    }

    #[test]
    fn what_nobody_holds_is_dropped_and_what_somebody_holds_is_kept() {
        let cache = TokenCache::<()>::new();
        let held = cache.of(key(0));
        for number in 1..3 * MAX_SLOTS {
            cache.of(key(number));
        }
        let slots = cache.slots.get_or_init(Mutex::default);
        assert_eq!(slots.lock().expect("no panic").by_key.len(), MAX_SLOTS);
        assert!(Arc::ptr_eq(&held, &cache.of(key(0))));
    }
}
