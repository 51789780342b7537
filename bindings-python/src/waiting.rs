//! Waiting for core without the interpreter lock, but with an ear for Ctrl-C.

use std::cell::Cell;

use pyo3::prelude::*;
use tokcore::{Error, Interrupt};

use crate::error::raise;

/// Runs `call` with the interpreter lock released. A signal handler that raises, as that of Ctrl-C does, ends the wait
/// and its exception is the outcome.
pub fn waiting<T: Send>(py: Python<'_>, call: impl FnOnce(&dyn Interrupt) -> Result<T, Error> + Send) -> PyResult<T> {
    let (outcome, raised) = py.detach(|| {
        let signals = Signals::default();
        let outcome = call(&signals);
        (outcome, signals.raised.into_inner())
    });
    match raised {
        Some(exception) => Err(exception),
        None => outcome.map_err(|error| raise(py, &error)),
    }
}

/// Lets Python run its signal handlers. Only its main thread has any, so other threads are never interrupted.
#[derive(Default)]
struct Signals {
    raised: Cell<Option<PyErr>>,
}

impl Interrupt for Signals {
    fn is_interrupted(&self) -> bool {
        match Python::attach(|py| py.check_signals()) {
            Ok(()) => false,
            Err(exception) => {
                self.raised.set(Some(exception));
                true
            }
        }
    }
}
