//! `tokcore.Detection`.

use pyo3::prelude::*;

use crate::error::raise;

/// Where this program runs, and how that was found out.
#[pyclass(frozen, module = "tokcore")]
pub struct Detection {
    inner: tokcore::Detection,
}

impl From<tokcore::Detection> for Detection {
    fn from(inner: tokcore::Detection) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Detection {
    /// str or None: Who would be asked: ``"workbench"``, ``"connect"`` or ``"broker"``; None if nobody.
    #[getter]
    fn backend(&self) -> Option<&'static str> {
        Some(self.inner.outcome.as_ref().ok()?.backend.name())
    }

    /// str or None: On whose behalf, such as ``"cookie"``; None if that is unknown.
    #[getter]
    fn subject(&self) -> Option<&'static str> {
        Some(self.inner.outcome.as_ref().ok()?.subject?.name())
    }

    /// TokcoreError or None: Why there is nobody to ask.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let error = self.inner.outcome.as_ref().err()?;
        Some(raise(py, error).into_value(py).into_bound(py).into_any())
    }

    /// str: Number of the rule that decided, such as ``"X06"``.
    #[getter]
    fn rule(&self) -> &'static str {
        self.inner.rule
    }

    /// list of (str, str): Every test in the order it was made: what was looked at, and what was seen.
    #[getter]
    fn tests(&self) -> Vec<(&str, &str)> {
        self.inner.tests.iter().map(|test| (&*test.source, &*test.outcome)).collect()
    }

    /// list of str: Oddities that decided nothing but may surprise.
    #[getter]
    fn warnings(&self) -> Vec<&str> {
        self.inner.warnings.iter().map(String::as_str).collect()
    }

    fn __repr__(&self) -> String {
        let backend = self.backend().map_or("None".to_owned(), |name| format!("'{name}'"));
        let subject = self.subject().map_or("None".to_owned(), |name| format!("'{name}'"));
        format!("Detection(backend={backend}, subject={subject}, rule='{}')", self.inner.rule)
    }
}
