//! The answer that an object gave last, found again without a lock.

use std::cell::UnsafeCell;
use std::mem;

use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;

/// A place for one answer, guarded by its owner's critical section: the interpreter lock, or on an interpreter without
/// one the owner's own lock. A mutex beside that would cost as much as all the rest of a repeated call.
pub struct Slot<T>(UnsafeCell<Option<T>>);

// SAFETY: `with` is the only access, and the critical section admits one thread at a time.
unsafe impl<T: Send> Sync for Slot<T> {}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(UnsafeCell::new(None))
    }
}

impl<T> Slot<T> {
    /// What `look` makes of the place. `look` must not call the interpreter, which could let another thread in.
    #[inline]
    pub fn look<R>(&self, owner: &Bound<'_, PyAny>, look: impl FnOnce(Option<&T>) -> R) -> R {
        // SAFETY: no other thread is here, and `look` cannot come back here, so nobody changes what it sees.
        with_critical_section(owner, || look(unsafe { &*self.0.get() }.as_ref()))
    }

    /// Puts `answer` in the place.
    pub fn put(&self, owner: &Bound<'_, PyAny>, answer: Option<T>) {
        // SAFETY: no other thread is here, and nothing in here comes back.
        let previous = with_critical_section(owner, || mem::replace(unsafe { &mut *self.0.get() }, answer));
        // Only now, since this calls the interpreter.
        drop(previous);
    }
}
