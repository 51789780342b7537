//! A method of the chain that is a function of the Python program.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::{ChainRequest, CustomMethod, Error, Given, Kind};

use crate::oauth::source::TokenSource;
use crate::oauth::token::Token;
use crate::store::custom::stop;

/// The options of one call, as its caller gave them, for the program's own methods.
pub struct Call(pub Py<PyDict>);

/// A function of the program. Which options it is given, its signature says.
pub struct OwnMethod {
    name: String,
    function: Py<PyAny>,
    options: Vec<String>,
    takes_all: bool,
}

impl OwnMethod {
    /// Errors: `InvalidArgumentError` for what cannot be called as a method is.
    pub fn new(name: &str, function: &Bound<'_, PyAny>) -> PyResult<Self> {
        let signature = function.py().import("tokcore.chain")?.call_method1("_signature", (name, function))?;
        let (options, takes_all) = signature.extract()?;
        Ok(Self { name: name.to_owned(), function: function.clone().unbind(), options, takes_all })
    }

    /// The function itself.
    pub fn function<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.function.bind(py).clone()
    }

    fn ask(&self, py: Python<'_>, request: &ChainRequest, call: &dyn Any) -> PyResult<Option<Given>> {
        let options = PyDict::new(py);
        for (name, value) in call.downcast_ref::<Call>().into_iter().flat_map(|Call(given)| given.bind(py)) {
            if self.takes_all || self.options.contains(&name.extract()?) {
                options.set_item(name, value)?;
            }
        }
        given(&self.function.bind(py).call((request.scopes.clone(),), Some(&options))?)
    }

    /// What the function raised lies under the error. The text of an exception that is not ours may hold anything, and does
    /// not show.
    fn failed(&self, py: Python<'_>, exception: PyErr) -> Error {
        if !exception.is_instance_of::<PyException>(py) {
            stop(exception);
            return Error::new(Kind::Cancelled, format!("the method {} was interrupted", self.name));
        }
        let ours = own_error(py, &exception).unwrap_or_default();
        let error = ours.unwrap_or_else(|| {
            let class = exception.get_type(py).name();
            let class = class.map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
            Error::new(Kind::ConfigInvalid, format!("the method {} raised {class}", self.name))
                .with_hint("look at the exception's cause; where a method does not apply, let it return None")
        });
        error.with_cause(Raised(exception))
    }
}

impl CustomMethod for OwnMethod {
    fn options(&self) -> &[String] {
        &self.options
    }

    fn token(&self, request: &ChainRequest, call: &dyn Any) -> Result<Option<Given>, Error> {
        let asked =
            Python::try_attach(|py| self.ask(py, request, call).map_err(|exception| self.failed(py, exception)));
        asked.unwrap_or_else(|| Err(Error::new(Kind::Cancelled, "the interpreter has ended")))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
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

/// What a method gave.
fn given(value: &Bound<'_, PyAny>) -> PyResult<Option<Given>> {
    if value.is_none() {
        return Ok(None);
    }
    let value = familiar(value)?;
    if let Ok(source) = value.cast::<TokenSource>() {
        return Ok(Some(Given::Source(source.get().inner.clone())));
    }
    if let Ok(token) = value.cast::<Token>() {
        return Ok(Some(Given::Token(Box::new((*token.get().inner).clone()))));
    }
    Ok(Some(Given::Other(Box::new(value.unbind()))))
}

/// Credentials of google-auth as a source or token of ours; everything else as it is.
pub fn familiar<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    value.py().import("tokcore._chain")?.call_method1("familiar", (value,))
}

/// What a method of the chain raised: the cause of the exception that the chain ends with.
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
        f.write_str("a method of the program raised an exception")
    }
}

impl StdError for Raised {}
