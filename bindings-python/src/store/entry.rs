//! `tokcore.store.Entry`: a stored credential, as lists show it.

use std::path::Path;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use serde_json::Value;

use crate::convert;
use crate::error::invalid;

/// As many digits of a key as people read.
const DIGITS_SHOWN: usize = 8;

/// One stored credential. Immutable, and without any secret. What is not known is None.
#[pyclass(frozen, module = "tokcore.store")]
pub struct Entry {
    inner: tokcore::Entry,
}

impl Entry {
    pub fn of(inner: tokcore::Entry) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Entry {
    /// str: The credential's key, 64 hexadecimal digits.
    #[getter]
    fn key(&self) -> &str {
        &self.inner.key
    }

    /// str or None: How the account is called: its address, else the program's name for it, else its subject.
    #[getter]
    fn account(&self) -> Option<&str> {
        self.inner.account.as_deref()
    }

    /// str or None: Address of the account, as the server says it.
    #[getter]
    fn email(&self) -> Option<&str> {
        self.inner.email.as_deref()
    }

    /// str or None: The server's own name for the account.
    #[getter]
    fn subject(&self) -> Option<&str> {
        self.inner.subject.as_deref()
    }

    /// str: Identifier of the client; empty when the entry is unreadable.
    #[getter]
    fn client_id(&self) -> &str {
        &self.inner.client_id
    }

    /// str or None: The client's name in its settings.
    #[getter]
    fn client_name(&self) -> Option<&str> {
        self.inner.client_name.as_deref()
    }

    /// str or None: Issuer.
    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.inner.issuer.as_deref()
    }

    /// str: Where its tokens come from; empty when the entry is unreadable.
    #[getter]
    fn token_endpoint(&self) -> &str {
        &self.inner.token_endpoint
    }

    /// tuple of str: Granted scopes; those that were requested where the server did not say.
    #[getter]
    fn scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.inner.scopes)
    }

    /// str or None: What distinguishes it from tokens that are otherwise alike: the program's `cache_key`, and a hash of
    /// further parameters behind a ``#``.
    #[getter]
    fn cache_key(&self) -> Option<&str> {
        self.inner.cache_key.as_deref()
    }

    /// str: How it was obtained, such as ``"authorization_code"``; empty when the entry is unreadable.
    #[getter]
    fn grant(&self) -> &str {
        &self.inner.grant
    }

    /// datetime.datetime or None: When the grant was given, in UTC.
    #[getter]
    fn created_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.created_at_unix_s)
    }

    /// datetime.datetime or None: When its access token was asked for, in UTC.
    #[getter]
    fn refreshed_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.refreshed_at_unix_s)
    }

    /// datetime.datetime or None: When it was last used, to the day, in UTC.
    #[getter]
    fn last_used_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.last_used_at_unix_s)
    }

    /// datetime.datetime or None: When its access token ends, in UTC.
    #[getter]
    fn expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.expires_at_unix_s)
    }

    /// datetime.datetime or None: When its refresh token ends, in UTC.
    #[getter]
    fn refresh_expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.refresh_expires_at_unix_s)
    }

    /// bool: Whether there is a refresh token.
    #[getter]
    fn has_refresh_token(&self) -> bool {
        self.inner.has_refresh_token
    }

    /// int: How often its token was renewed.
    #[getter]
    fn generation(&self) -> u64 {
        self.inner.generation
    }

    /// str: What can be had of it: ``"ok"``, ``"stale"`` (the next use renews it), ``"expired"`` (somebody has to sign in
    /// again), ``"revoked"`` or ``"unreadable"``.
    #[getter]
    fn state(&self) -> &'static str {
        self.inner.state.slug()
    }

    /// str or None: Why it is revoked or unreadable, in a few words.
    #[getter]
    fn why(&self) -> Option<&str> {
        self.inner.why.as_deref()
    }

    /// bool: Whether its account is the one that is meant when none is named.
    #[getter]
    fn is_default(&self) -> bool {
        self.inner.is_default
    }

    /// str or None: How it came here when not by a sign-in.
    #[getter]
    fn source(&self) -> Option<&str> {
        self.inner.source.as_deref()
    }

    /// pathlib.Path or None: The file that holds it, where it is in one.
    #[getter]
    fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// The members as every language writes them in JSON; times are seconds since 1970.
    ///
    /// Returns
    /// -------
    /// dict
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        match serde_json::from_str(&self.inner.to_json()) {
            Ok(Value::Object(members)) => convert::dict(py, &members),
            _ => Err(invalid(py, "the entry cannot be written as JSON")),
        }
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    fn __hash__(&self) -> u64 {
        // The key is a hash already.
        u64::from_str_radix(self.inner.key.get(..16).unwrap_or_default(), 16).unwrap_or_default()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let shown = |text: Option<&str>| match text {
            Some(text) => Ok::<_, PyErr>(PyString::new(py, text).repr()?.to_string()),
            None => Ok("None".to_owned()),
        };
        let key = self.inner.key.get(..DIGITS_SHOWN).unwrap_or(&self.inner.key);
        let (account, client_id) = (shown(self.account())?, shown(Some(self.client_id()))?);
        let (scopes, state) = (self.scopes(py)?.repr()?, self.state());
        Ok(format!("Entry(key='{key}…', account={account}, client_id={client_id}, scopes={scopes}, state='{state}')"))
    }
}
