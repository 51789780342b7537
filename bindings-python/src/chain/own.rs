//! A method of the chain that is a function of the Python program.

use std::any::Any;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::{ChainRequest, CustomMethod, Error, Given, Kind};

use crate::oauth::source::TokenSource;
use crate::oauth::token::Token;
use crate::raised::failure;

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
}

impl CustomMethod for OwnMethod {
    fn options(&self) -> &[String] {
        &self.options
    }

    fn token(&self, request: &ChainRequest, call: &dyn Any) -> Result<Option<Given>, Error> {
        let what = format!("the method {}", self.name);
        let otherwise = |class| {
            Error::new(Kind::ConfigInvalid, format!("{what} raised {class}"))
                .with_hint("look at the exception's cause; where a method does not apply, let it return None")
        };
        let asked = Python::try_attach(|py| {
            self.ask(py, request, call).map_err(|exception| failure(py, &what, exception, otherwise))
        });
        asked.unwrap_or_else(|| Err(Error::new(Kind::Cancelled, "the interpreter has ended")))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
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
