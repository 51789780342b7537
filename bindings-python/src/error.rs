//! A failure of core as the Python exception of its kind.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::{Error, Kind, Reason};

use crate::chain::report;
use crate::raised::Raised;

/// The exception for `error`: class `tokcore.<Kind>Error`, with the failure's facts as attributes. What a function of the
/// program raised is its cause; what a method of the program's own store raised is raised again instead.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let ours = || build(py, error).map_or_else(|failed| failed, PyErr::from_value);
    match Raised::under(error) {
        Some(raised) => raised.instead_of(py, ours),
        None => ours(),
    }
}

/// The exception for a mistake that is found before core is asked.
pub fn invalid(py: Python<'_>, message: impl Into<String>) -> PyErr {
    raise(py, &Error::new(Kind::InvalidArgument, message))
}

fn build<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    // Imported here and not with the package: most programs never see an exception.
    let class = py.import("tokcore._kinds")?.getattr(format!("{}Error", error.kind().name()))?;
    let facts = PyDict::new(py);
    facts.set_item("reason", error.reason().map(Reason::slug))?;
    facts.set_item("hint", error.hint())?;
    facts.set_item("detail", error.detail())?;
    facts.set_item("attempts", report::attempts(py, error.attempts())?)?;
    facts.set_item("retry_after", error.retry_after_ms().map(|ms| ms as f64 / 1000.0))?;
    facts.set_item("oauth_error", error.oauth_error())?;
    facts.set_item("http_status", error.http_status())?;
    facts.set_item("sign_in_url", error.sign_in_url())?;
    class.call((error.message(),), Some(&facts))
}
