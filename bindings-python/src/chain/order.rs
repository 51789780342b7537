//! `tokcore.chain._Chain`: an order of methods, and asking it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use tokcore::{Brought, ChainRequest, CustomMethod, Error, Fetched, Kind, Method};

use super::built_in::BuiltIn;
use super::own::{Call, OwnMethod, familiar};
use super::proof::OwnProofs;
use super::report;
use crate::error::{invalid, raise};
use crate::oauth::person::Prompts;
use crate::oauth::settings::settings;
use crate::oauth::source::TokenSource;
use crate::oauth::token::Token;
use crate::store::Store;

/// Methods by name, in the order in which they are asked. A value: every change makes another one.
#[pyclass(frozen, module = "tokcore.chain", name = "_Chain")]
pub struct Chain {
    inner: tokcore::Chain,
}

impl Chain {
    pub fn of_methods(py: Python<'_>, methods: Vec<(String, Method)>) -> PyResult<Self> {
        tokcore::Chain::of(methods).map(|inner| Self { inner }).map_err(|error| raise(py, &error))
    }

    /// What is asked for. `options` is emptied of what is no setting: objects, and what only the program's own methods know.
    fn request(
        &self,
        py: Python<'_>,
        scopes: Option<&Bound<'_, PyAny>>,
        token: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<ChainRequest> {
        let (proofs, store) = (OwnProofs::take(options)?, Store::take(Some(options))?);
        for (_, method) in self.inner.methods() {
            for name in own(method).map(CustomMethod::options).unwrap_or_default() {
                if !ChainRequest::knows(name) && options.contains(name)? {
                    options.del_item(name)?;
                }
            }
        }
        options.set_item("scopes", scopes)?;
        let token = token.filter(|token| !token.is_none()).map(familiar).transpose()?;
        let brought = token.as_ref().and_then(brought);
        if let Some(text) = token.filter(|_| brought.is_none()) {
            options.set_item("token", text)?;
        }
        let request = ChainRequest::from_settings(settings(py, Some(options))?, &self.inner);
        let mut request = request.map_err(|error| raise(py, &error))?;
        if let Some(brought) = brought {
            request = request.bringing(brought);
        }
        if let Some(proofs) = proofs {
            request = request.proved_by(Arc::new(proofs));
        }
        if let Some(store) = store {
            request = request.kept_in(&store.get().inner);
        }
        Ok(request)
    }
}

#[pymethods]
impl Chain {
    /// The order that tokcore begins with.
    #[staticmethod]
    fn standard() -> Self {
        Self { inner: tokcore::Chain::default() }
    }

    /// The order of this process.
    #[staticmethod]
    fn current() -> Self {
        Self { inner: tokcore::Chain::current() }
    }

    /// These methods in this order.
    #[staticmethod]
    fn of(py: Python<'_>, methods: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let methods = methods.into_iter().map(|(name, value)| Ok((method(&name, &value)?, name)));
        let methods = methods.map(|named: PyResult<_>| named.map(|(method, name)| (name, method)));
        Self::of_methods(py, methods.collect::<PyResult<_>>()?)
    }

    /// This order without the methods that are None, and with the others in front.
    fn changed(&self, py: Python<'_>, changes: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let change = |(name, value): (String, Bound<'_, PyAny>)| {
            let method = (!value.is_none()).then(|| method(&name, &value)).transpose()?;
            Ok::<_, PyErr>((name, method))
        };
        let changes = changes.into_iter().map(change).collect::<PyResult<_>>()?;
        self.inner.changed(changes).map(|inner| Self { inner }).map_err(|error| raise(py, &error))
    }

    /// Makes this the order of the process.
    fn install(&self) {
        self.inner.clone().install();
    }

    /// The names, in order.
    fn names(&self) -> Vec<&str> {
        self.inner.names().collect()
    }

    /// The methods by name, in order.
    fn methods<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let methods = PyDict::new(py);
        for (name, method) in self.inner.methods() {
            match method {
                Method::BuiltIn(inner) => methods.set_item(name, BuiltIn { inner: *inner })?,
                Method::Custom(_) => methods.set_item(name, own(method).map(|own| own.function(py)))?,
            }
        }
        Ok(methods)
    }

    /// A source of the wanted tokens, by the first method that has one; or what a method gave that is no token, or None,
    /// where the chain goes on after errors.
    pub fn fetch(
        &self,
        py: Python<'_>,
        scopes: Option<&Bound<'_, PyAny>>,
        token: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Py<PyAny>> {
        let call = Call(options.copy()?.unbind());
        let prompts = Prompts::take(Some(options))?;
        let request = self.request(py, scopes, token, options)?;
        let fetched = prompts.waiting(py, |person, interrupt| self.inner.fetch(&request, &call, person, interrupt))?;
        match fetched {
            Fetched::Source(source) => Ok(Py::new(py, TokenSource::of(source, prompts))?.into_any()),
            Fetched::Other(thing) => thing.downcast().map(|thing: Box<Py<PyAny>>| *thing).map_err(|_| {
                raise(py, &Error::new(Kind::Internal, "a method of the chain gave what is no object of Python"))
            }),
            Fetched::Nothing(_) => Ok(py.None()),
        }
    }

    /// What each method would say, as the fields of `Finding`, and what it comes to, as those of `Verdict`; then what helps
    /// where nothing is found. No server is asked for a token.
    fn explain<'py>(
        &self,
        py: Python<'py>,
        scopes: Option<&Bound<'py, PyAny>>,
        token: Option<&Bound<'py, PyAny>>,
        probe: bool,
        options: &Bound<'py, PyDict>,
    ) -> PyResult<Explained<'py>> {
        let prompts = Prompts::take(Some(options))?;
        let request = self.request(py, scopes, token, options)?;
        let explanation = prompts.waiting(py, |person, _| self.inner.explain(&request, person, probe))?;
        let findings = PyList::empty(py);
        for finding in &explanation.findings {
            let about = finding.about.as_ref().map(|about| report::about(py, about)).transpose()?;
            findings.append((&finding.method, &finding.code, &finding.words, about, &finding.hint))?;
        }
        let verdict = &explanation.verdict;
        let method = verdict.method().map(str::to_owned);
        Ok((findings, (verdict.slug(), verdict.words(), method), explanation.next()))
    }
}

/// Findings, the verdict, and what helps.
type Explained<'py> = (Bound<'py, PyList>, (&'static str, String, Option<String>), Option<&'static str>);

/// A method as Python writes it: one of tokcore's own, its name, or a function.
fn method(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Method> {
    if let Ok(built_in) = value.cast::<BuiltIn>() {
        return Ok(Method::BuiltIn(built_in.get().inner));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Method::BuiltIn(BuiltIn::named(value.py(), &text.extract::<String>()?)?.inner));
    }
    if value.is_none() {
        return Err(invalid(value.py(), format!("{name} is None, and an order is made of methods")));
    }
    Ok(Method::Custom(Arc::new(OwnMethod::new(name, value)?)))
}

fn own(method: &Method) -> Option<&OwnMethod> {
    match method {
        Method::Custom(custom) => custom.as_any().downcast_ref(),
        Method::BuiltIn(_) => None,
    }
}

/// A token that the caller has as an object.
fn brought(token: &Bound<'_, PyAny>) -> Option<Brought> {
    let source = token.cast::<TokenSource>().map(|source| Brought::Source(source.get().inner.clone()));
    source.or_else(|_| token.cast::<Token>().map(|token| Brought::Token(token.get().inner.clone()))).ok()
}
