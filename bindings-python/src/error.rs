//! A failure of core as the Python exception of its kind.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::{Error, Kind, Reason};

use crate::chain::{self, report};
use crate::store::custom::Raised;

/// The exception for `error`: class `tokcore.<Kind>Error`, with the failure's facts as attributes; or the very exception
/// that a method of the program's own store raised. What a method of a chain raised is its cause.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    if let Some(raised) = Raised::under(error) {
        return raised.exception(py);
    }
    let exception = build(py, error).map_or_else(|failed| failed, PyErr::from_value);
    if let Some(raised) = chain::Raised::under(error) {
        exception.set_cause(py, Some(raised.exception(py)));
    }
    exception
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
