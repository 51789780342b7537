//! What is known of a credential, and how a chain came to it, as objects of Python.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tokcore::{About, Attempt};

/// A `tokcore.About`.
pub fn about<'py>(py: Python<'py>, about: &About) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    for (name, text) in about.fields() {
        fields.set_item(name, text)?;
    }
    fields.set_item("scopes", PyTuple::new(py, &about.scopes)?)?;
    py.import("tokcore._found")?.getattr("About")?.call((), Some(&fields))
}

/// A tuple of `tokcore.Attempt`.
pub fn attempts<'py>(py: Python<'py>, attempts: &[Attempt]) -> PyResult<Bound<'py, PyTuple>> {
    let class = py.import("tokcore._error")?.getattr("Attempt")?;
    let made = attempts.iter().map(|one| class.call1((&one.source, &one.outcome, &one.code, one.elapsed_ms)));
    PyTuple::new(py, made.collect::<PyResult<Vec<_>>>()?)
}
