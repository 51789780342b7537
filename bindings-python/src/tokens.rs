//! `tokcore.IdentityToken` and `tokcore.AzureToken`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert;
use crate::record::{Name, Record};

/// A token that says who the user of the session is.
///
/// Immutable; each field is an attribute and a key. Printing does not show the token.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct IdentityToken {
    inner: tokcore::IdentityToken,
}

impl IdentityToken {
    pub fn wrap(py: Python<'_>, inner: tokcore::IdentityToken) -> PyResult<Py<Self>> {
        Py::new(py, PyClassInitializer::from(Record).add_subclass(Self { inner }))
    }
}

#[pymethods]
impl IdentityToken {
    #[classattr]
    fn _fields() -> (Name, Name) {
        ("token", "expires_at")
    }

    /// str: The token, a JWT.
    #[getter]
    fn token(&self) -> &str {
        self.inner.token.expose()
    }

    /// datetime.datetime or None: When the token expires, in UTC; None if the server gave no expiry.
    #[getter]
    fn expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.expires_at_unix_s)
    }
}

/// A delegated Azure token for one resource.
///
/// Immutable; each field is an attribute and a key. Printing shows none of the tokens.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct AzureToken {
    inner: tokcore::AzureToken,
}

impl AzureToken {
    pub fn wrap(py: Python<'_>, inner: tokcore::AzureToken) -> PyResult<Py<Self>> {
        Py::new(py, PyClassInitializer::from(Record).add_subclass(Self { inner }))
    }
}

#[pymethods]
impl AzureToken {
    #[classattr]
    fn _fields() -> (Name, Name, Name, Name, Name, Name, Name, Name) {
        ("access_token", "token_type", "expires_at", "expires_in", "scope", "resource", "refresh_token", "id_token")
    }

    /// str: The token. Never empty.
    #[getter]
    fn access_token(&self) -> &str {
        self.inner.access_token.expose()
    }

    /// str: How to present the token, usually ``"Bearer"``.
    #[getter]
    fn token_type(&self) -> &str {
        &self.inner.token_type
    }

    /// datetime.datetime or None: When the token expires, in UTC; None if the server gave no lifetime.
    #[getter]
    fn expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.expires_at_unix_s)
    }

    /// int or None: Lifetime in seconds, counted from the server's answer.
    #[getter]
    fn expires_in(&self) -> Option<i64> {
        self.inner.expires_in_s
    }

    /// str or None: Granted scopes, as the server spells them.
    #[getter]
    fn scope(&self) -> Option<&str> {
        self.inner.scope.as_deref()
    }

    /// str: The resource the token is for.
    #[getter]
    fn resource(&self) -> &str {
        &self.inner.resource
    }

    /// str or None: A refresh token, when the server hands one out.
    #[getter]
    fn refresh_token(&self) -> Option<&str> {
        self.inner.refresh_token.as_ref().map(|token| token.expose())
    }

    /// str or None: An ID token, when the server hands one out.
    #[getter]
    fn id_token(&self) -> Option<&str> {
        self.inner.id_token.as_ref().map(|token| token.expose())
    }

    /// dict: What else the server sent, without tokens.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::dict(py, &self.inner.extra)
    }
}
