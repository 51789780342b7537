//! What functions of the program raise, on its way through core.

use std::error::Error as StdError;
use std::fmt;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use tokcore::{Error, Kind};

use crate::callback::stop;

/// What a function of the program raised, kept under the error that core passes on.
#[derive(Debug)]
pub struct Raised {
    exception: PyErr,
    fate: Fate,
}

/// What the caller sees of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The very exception.
    Again,
    /// An exception of tokcore's, whose cause it is.
    Cause,
}

impl Raised {
    /// To be raised again where the call began.
    pub fn again(exception: PyErr) -> Self {
        Self { exception, fate: Fate::Again }
    }

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

    /// The exception of the call, of which tokcore's own would be `ours`: with its traceback.
    pub fn instead_of(&self, py: Python<'_>, ours: impl FnOnce() -> PyErr) -> PyErr {
        let raised = self.exception.clone_ref(py);
        if self.fate == Fate::Again {
            return raised;
        }
        let exception = ours();
        exception.set_cause(py, Some(raised));
        exception
    }
}

impl fmt::Display for Raised {
    /// Not its own text, which may hold anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function of the program raised an exception")
    }
}

impl StdError for Raised {}

/// The exception's class: all of it that a message says.
pub fn class_of(py: Python<'_>, exception: &PyErr) -> String {
    exception.get_type(py).name().map_or_else(|_| "an exception".to_owned(), |name| name.to_string())
}

/// Whether it is an error, and not the end of the program, such as Ctrl-C.
pub fn is_error(py: Python<'_>, exception: &PyErr) -> bool {
    exception.is_instance_of::<PyException>(py)
}

/// What core is told when the function `what` raised, whose exception becomes the cause of the call's own: for one of tokcore's
/// the same again, else what `otherwise` makes of its class. Its text may hold anything, and does not show.
pub fn failure(py: Python<'_>, what: &str, exception: PyErr, otherwise: impl FnOnce(String) -> Error) -> Error {
    if !is_error(py, &exception) {
        stop(exception);
        return Error::new(Kind::Cancelled, format!("{what} was interrupted"));
    }
    let ours = own_error(py, &exception).unwrap_or_default();
    let error = ours.unwrap_or_else(|| otherwise(class_of(py, &exception)));
    error.with_cause(Raised { exception, fate: Fate::Cause })
}

/// An exception of tokcore's as what it was made of; `None` for others.
fn own_error(py: Python<'_>, exception: &PyErr) -> PyResult<Option<Error>> {
    let value = exception.value(py);
    if !value.is_instance(&py.import("tokcore._error")?.getattr("TokcoreError")?)? {
        return Ok(None);
    }
    let Some(kind) = Kind::from_code(value.getattr("code")?.extract()?) else { return Ok(None) };
    let message: String = value.getattr("message")?.extract()?;
    let hint: String = value.getattr("hint")?.extract()?;
    let error = Error::new(kind, message);
    Ok(Some(if hint.is_empty() { error } else { error.with_hint(hint) }))
}
