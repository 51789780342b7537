//! Waiting for core without the interpreter lock, but with an ear for Ctrl-C and for a task that is cancelled.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use tokcore::{Error, Interrupt};

use crate::callback;
use crate::error::raise;

/// Runs `call` with the interpreter lock released. A signal handler that raises, as that of Ctrl-C does, ends the wait
/// and its exception is the outcome. A call from a function of the program that is itself part of a call is
/// refused: it could wait for itself.
pub fn waiting<T: Send>(py: Python<'_>, call: impl FnOnce(&Signals) -> Result<T, Error> + Send) -> PyResult<T> {
    callback::refuse_inside().map_err(|error| raise(py, &error))?;
    let (outcome, raised) = py.detach(|| {
        let signals = Signals::default();
        let outcome = callback::while_waiting(|| call(&signals));
        (outcome, signals.raised.into_inner())
    });
    match raised.or_else(callback::take_stop) {
        Some(exception) => Err(exception),
        None => outcome.map_err(|error| raise(py, &error)),
    }
}

/// Lets Python run its signal handlers. Only its main thread has any, so other threads are never interrupted by them,
/// but by the [`Cancellation`] that they run under.
#[derive(Default)]
pub struct Signals {
    raised: RefCell<Option<PyErr>>,
}

impl Signals {
    /// Ends the wait with this exception.
    pub fn raise(&self, exception: PyErr) {
        self.raised.borrow_mut().get_or_insert(exception);
    }
}

impl Interrupt for Signals {
    fn is_interrupted(&self) -> bool {
        if let Err(exception) = Python::attach(|py| py.check_signals()) {
            self.raise(exception);
        }
        if let Some(exception) = callback::take_stop() {
            self.raise(exception);
        }
        self.raised.borrow().is_some() || is_cancelled()
    }
}

thread_local! {
    /// What can end the calls of this thread.
    static CANCELLATION: Cell<Option<Arc<AtomicBool>>> = const { Cell::new(None) };
}

fn is_cancelled() -> bool {
    CANCELLATION.with(|current| {
        let flag = current.take();
        let fired = flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
        current.set(flag);
        fired
    })
}

/// Ends the blocking calls of another thread.
#[pyclass(frozen, module = "tokcore", name = "_Cancellation")]
#[derive(Default)]
pub struct Cancellation(Arc<AtomicBool>);

#[pymethods]
impl Cancellation {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Ends the wait of whoever is in `run`, within 100 ms.
    fn fire(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Calls `function`, whose waiting `fire` can end.
    fn run<'py>(&self, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let outer = CANCELLATION.replace(Some(self.0.clone()));
        let outcome = function.call0();
        CANCELLATION.set(outer);
        outcome
    }
}
