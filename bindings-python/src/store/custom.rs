//! A store that a Python program keeps itself.

use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyMemoryView, PyString};
use tokcore::{CustomStore, Error, Kind, Secret};

use crate::error::invalid;

/// The object that keeps credentials, called with the interpreter lock and with no lock of ours that others wait for.
pub struct OwnStore(Py<PyAny>);

impl OwnStore {
    pub fn new(store: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = store.py();
        let has = |names: &[&str]| {
            names.iter().try_fold(true, |so_far, name| Ok::<_, PyErr>(so_far && store.hasattr(*name)?))
        };
        if has(&["load", "store", "delete"])? {
            return Ok(Self(store.clone().unbind()));
        }
        if has(&["__getitem__", "__setitem__", "__delitem__"])? {
            return Ok(Self(py.import("tokcore.store")?.call_method1("_Mapping", (store,))?.unbind()));
        }
        let class = store.get_type().name()?;
        Err(invalid(
            py,
            format!("{class} is no store: it has no methods load, store and delete, and is no mutable mapping"),
        ))
    }

    /// Calls a method. What it raises lies under the error; its text, which may hold what was to be kept, does not show.
    fn call<T>(&self, name: &str, call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, Error> {
        let attached = Python::try_attach(|py| {
            let _inside = Inside::enter();
            call(self.0.bind(py)).map_err(|exception| failed(py, name, exception))
        });
        attached.unwrap_or_else(|| Err(Error::new(Kind::Store, "the interpreter has ended")))
    }
}

fn failed(py: Python<'_>, name: &str, exception: PyErr) -> Error {
    if !exception.is_instance_of::<PyException>(py) {
        // A renewal goes on without its store; Ctrl-C and the end of the program do not.
        stop(exception.clone_ref(py));
    }
    let class = exception.get_type(py).name().map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
    Error::new(Kind::Store, format!("its method {name} raised {class}")).with_cause(Raised(exception))
}

impl CustomStore for OwnStore {
    fn load(&self, key: &str) -> Result<Option<Secret>, Error> {
        self.call("load", |store| content(&store.call_method1("load", (key,))?))
    }

    fn store(&self, key: &str, content: &Secret) -> Result<(), Error> {
        self.call("store", |store| store.call_method1("store", (key, content.expose())).map(drop))
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.call("delete", |store| store.call_method1("delete", (key,)).map(drop))
    }

    fn keys(&self) -> Result<Option<Vec<String>>, Error> {
        self.call("keys", |store| {
            if !store.hasattr("keys")? {
                return Ok(None);
            }
            let keys = store.call_method0("keys")?;
            if keys.is_none() {
                return Ok(None);
            }
            let texts = keys.try_iter()?.map(|key| Ok(content(&key?)?.map(|key| key.expose().to_owned())));
            Ok(Some(texts.collect::<PyResult<Vec<_>>>()?.into_iter().flatten().collect()))
        })
    }
}

/// A text, bytes of UTF-8, or None.
fn content(value: &Bound<'_, PyAny>) -> PyResult<Option<Secret>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Some(Secret::new(value.extract::<String>()?)));
    }
    // Whatever can be seen as bytes.
    let bytes = PyMemoryView::from(value)?.call_method0("tobytes")?;
    Ok(Some(Secret::new(bytes.call_method1("decode", ("utf-8",))?.extract::<String>()?)))
}

/// What a method of the store raised, to be raised again where the call began.
#[derive(Debug)]
pub struct Raised(PyErr);

impl Raised {
    /// The one that lies under `error`.
    pub fn under<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(cause) = next {
            if let Some(raised) = cause.downcast_ref() {
                return Some(raised);
            }
            next = cause.source();
        }
        None
    }

    /// The very exception, with its traceback.
    pub fn exception(&self, py: Python<'_>) -> PyErr {
        self.0.clone_ref(py)
    }
}

impl fmt::Display for Raised {
    /// Not its own text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a method of the program's store raised an exception")
    }
}

impl StdError for Raised {}

thread_local! {
    static INSIDE: Cell<u32> = const { Cell::new(0) };
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

/// What a method of a store raised that is not an error, such as `KeyboardInterrupt` and `SystemExit`.
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

/// While it lives, this thread is in a method of a program's store.
struct Inside;

impl Inside {
    fn enter() -> Self {
        INSIDE.set(INSIDE.get() + 1);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get() - 1);
    }
}

/// Errors: `InvalidState` on a thread that is in a method of a program's store. Whoever is there has a turn, for which the
/// call might wait.
pub fn refuse_in_method() -> Result<(), Error> {
    match INSIDE.get() {
        0 => Ok(()),
        _ => Err(Error::new(Kind::InvalidState, "a method of a custom store called tokcore")
            .with_hint("let the store only keep, and get the credentials that it needs before")),
    }
}
