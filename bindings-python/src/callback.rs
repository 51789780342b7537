//! Functions of the program in the middle of a call of ours: what they may not do, and how they end the wait.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use tokcore::{Error, Kind};

thread_local! {
    /// The function of the program that this thread is in.
    static INSIDE: Cell<Option<&'static str>> = const { Cell::new(None) };
    /// Calls of this thread that wait.
    static WAITING: Cell<u32> = const { Cell::new(0) };
    /// What ends the wait of this thread.
    static STOP: Cell<Option<PyErr>> = const { Cell::new(None) };
}

/// What ends somebody's wait, and was raised on a thread of ours: one that finishes an interrupted exchange drives those of
/// others too.
static ELSEWHERE: Mutex<Option<PyErr>> = Mutex::new(None);

/// Ends the wait of this thread with an exception that is no error.
pub fn stop(exception: PyErr) {
    match WAITING.get() {
        0 => *ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner) = Some(exception),
        _ => STOP.set(Some(exception)),
    }
}

/// What a function of the program raised that is not an error, such as `KeyboardInterrupt` and `SystemExit`.
pub fn take_stop() -> Option<PyErr> {
    // Another thread may have held it when this process was forked.
    STOP.take().or_else(|| ELSEWHERE.try_lock().ok()?.take())
}

/// Runs `call`, which waits on this thread.
pub fn while_waiting<T>(call: impl FnOnce() -> T) -> T {
    let outer = WAITING.replace(WAITING.get() + 1);
    let outcome = call();
    WAITING.set(outer);
    outcome
}

/// While it lives, this thread is in a function of the program that is called in the middle of a call.
pub struct Inside {
    outer: Option<&'static str>,
}

impl Inside {
    /// `what`: as messages call the function.
    pub fn enter(what: &'static str) -> Self {
        Self { outer: INSIDE.replace(Some(what)) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.outer);
    }
}

/// Errors: `InvalidState` on a thread that is in such a function: the call in whose middle it is would be waited for.
pub fn refuse_inside() -> Result<(), Error> {
    match INSIDE.get() {
        None => Ok(()),
        Some(what) => Err(Error::new(Kind::InvalidState, format!("{what} called tokcore"))
            .with_hint("let it do without: get what it needs from tokcore before the call that it is part of")),
    }
}
