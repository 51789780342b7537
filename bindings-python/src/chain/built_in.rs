//! `tokcore.chain.BuiltIn`: one of tokcore's own methods.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::Method;

use super::order::Chain;
use crate::error::invalid;

/// One of tokcore's own methods of the chain. Called, it is asked alone.
///
/// Parameters
/// ----------
/// name : str
///     Its name, with or without ``credentials_``.
///
/// Raises
/// ------
/// InvalidArgumentError
///     There is none of that name.
#[pyclass(frozen, eq, hash, module = "tokcore.chain")]
#[derive(PartialEq, Eq, Hash)]
pub struct BuiltIn {
    pub inner: tokcore::BuiltIn,
}

impl BuiltIn {
    pub fn named(py: Python<'_>, name: &str) -> PyResult<Self> {
        let inner = tokcore::BuiltIn::named(name).ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            let known: Vec<_> = tokcore::BuiltIn::ALL.iter().map(|one| one.name()).collect();
            invalid(py, format!("tokcore has no method {shown}; its methods are {}", known.join(", ")))
        })?;
        Ok(Self { inner })
    }
}

#[pymethods]
impl BuiltIn {
    #[new]
    fn new(py: Python<'_>, name: &str) -> PyResult<Self> {
        Self::named(py, name)
    }

    /// Every one, those of the standard order first.
    ///
    /// Returns
    /// -------
    /// list of BuiltIn
    #[staticmethod]
    fn all() -> Vec<Self> {
        tokcore::BuiltIn::ALL.iter().map(|one| Self { inner: *one }).collect()
    }

    /// str: The name under which it is listed.
    #[getter]
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    /// str: Which credential it finds, in one line.
    #[getter]
    fn meaning(&self) -> &'static str {
        self.inner.meaning()
    }

    #[pyo3(signature = (scopes=None, **options))]
    fn __call__(
        &self,
        py: Python<'_>,
        scopes: Option<&Bound<'_, PyAny>>,
        options: Option<Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        let alone = Chain::of_methods(py, vec![(self.inner.name().to_owned(), Method::BuiltIn(self.inner))])?;
        let options = options.unwrap_or_else(|| PyDict::new(py));
        let token = options.get_item("token")?;
        if token.is_some() {
            options.del_item("token")?;
        }
        alone.fetch(py, scopes, token.as_ref(), &options)
    }

    fn __repr__(&self) -> String {
        format!("<{}>", self.inner.name())
    }
}
