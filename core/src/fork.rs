//! State that a forked child must not inherit.

use std::mem;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// A value that exists once per process and is made anew in a forked child.
///
/// The child forgets what it inherits instead of dropping it: a lock in there may be held by a thread that does not
/// exist in the child, and closing a connection politely would end it for the parent.
pub(crate) struct PerProcess<T> {
    slot: ArcSwapOption<Stamped<T>>,
}

struct Stamped<T> {
    generation: u64,
    value: Arc<T>,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { slot: ArcSwapOption::const_empty() }
    }

    /// This process's value, made by `make` on first use. When several threads come first at once, one value wins.
    pub(crate) fn get_or_try_init<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let generation = tokcore_sys::fork_generation();
        let current = self.slot.load();
        if let Some(stamped) = &*current
            && stamped.generation == generation
        {
            return Ok(stamped.value.clone());
        }
        let made = Arc::new(Stamped { generation, value: Arc::new(make()?) });
        let previous = self.slot.compare_and_swap(&current, Some(made.clone()));
        match &*previous {
            // Another thread of this process was faster.
            Some(winner) if winner.generation == generation => Ok(winner.value.clone()),
            Some(inherited) => {
                mem::forget(inherited.clone());
                Ok(made.value.clone())
            }
            None => Ok(made.value.clone()),
        }
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> Arc<T> {
        match self.get_or_try_init(|| Ok::<T, std::convert::Infallible>(make())) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        if let Some(stamped) = self.slot.swap(None)
            && stamped.generation != tokcore_sys::fork_generation()
        {
            mem::forget(stamped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PerProcess;

    #[test]
    fn the_value_is_made_once() {
        let cell = PerProcess::new();
        let first = cell.get_or_init(|| 1);
        let second = cell.get_or_init(|| 2);
        assert_eq!((*first, *second), (1, 1));
    }

    #[test]
    fn a_failed_start_is_tried_again() {
        let cell = PerProcess::new();
        assert_eq!(cell.get_or_try_init(|| Err::<i32, _>("no")).err(), Some("no"));
        assert_eq!(*cell.get_or_init(|| 3), 3);
    }
}
