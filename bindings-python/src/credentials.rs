//! `tokcore.Credentials`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use tokcore::SharedCredentials;

use crate::convert;
use crate::record::{Name, Record};

/// An access token and what is known about it.
///
/// Immutable; each field is an attribute and a key. Printing shows everything but the token.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct Credentials {
    pub inner: SharedCredentials,
    // Built at the first look and then shared: a program that asks in a loop gets the same objects.
    access_token: PyOnceLock<Py<PyString>>,
    authorization: PyOnceLock<Py<PyString>>,
    expires_at: PyOnceLock<Py<PyAny>>,
}

impl Credentials {
    pub fn wrap(py: Python<'_>, inner: SharedCredentials) -> PyResult<Py<Self>> {
        let credentials = Self {
            inner,
            access_token: PyOnceLock::new(),
            authorization: PyOnceLock::new(),
            expires_at: PyOnceLock::new(),
        };
        Py::new(py, PyClassInitializer::from(Record).add_subclass(credentials))
    }

    /// Whether this is the very answer `other`, not only an equal one.
    pub fn holds(&self, other: &SharedCredentials) -> bool {
        Arc::ptr_eq(&self.inner, other)
    }
}

#[pymethods]
impl Credentials {
    #[classattr]
    fn _fields() -> (Name, Name, Name, Name, Name) {
        ("access_token", "token_type", "expires_at", "integration_id", "backend")
    }

    /// str: The token. Never empty.
    #[getter]
    fn access_token(&self, py: Python<'_>) -> Py<PyString> {
        let text = || PyString::new(py, self.inner.access_token().expose()).unbind();
        self.access_token.get_or_init(py, text).clone_ref(py)
    }

    /// str: How to present the token: ``"Bearer"`` unless the server said otherwise.
    #[getter]
    fn token_type(&self) -> &str {
        self.inner.token_type()
    }

    /// datetime.datetime or None: When the token expires, in UTC; None if the server gave no expiry.
    #[getter]
    fn expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let time = || convert::datetime(py, self.inner.expires_at_unix_s());
        Ok(self.expires_at.get_or_try_init(py, time)?.clone_ref(py))
    }

    /// str or None: GUID of the integration, in lower case; None on Connect when no audience was asked for.
    #[getter]
    fn integration_id(&self) -> Option<&str> {
        self.inner.integration_id()
    }

    /// str: Who issued the token: ``"workbench"``, ``"connect"`` or ``"broker"``.
    #[getter]
    fn backend(&self) -> &'static str {
        self.inner.backend().name()
    }

    /// str: The value of an ``Authorization`` header, such as ``"Bearer …"``.
    #[getter]
    fn authorization(&self, py: Python<'_>) -> Py<PyString> {
        let text = || PyString::new(py, self.inner.authorization().expose()).unbind();
        self.authorization.get_or_init(py, text).clone_ref(py)
    }
}
