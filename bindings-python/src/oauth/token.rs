//! `tokcore.Token`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use tokcore::{Context, SharedToken};

use super::settings::settings;
use crate::convert;
use crate::error::raise;
use crate::record::{Name, Record};

/// An access token and what is known about it.
///
/// Immutable; each field is an attribute and a key. Printing shows none of the tokens, nor what else may be a secret. A
/// token refuses to be pickled.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct Token {
    pub inner: SharedToken,
    // Built at the first look and then shared: a program that asks in a loop gets the same objects.
    access_token: PyOnceLock<Py<PyString>>,
    authorization: PyOnceLock<Py<PyString>>,
    expires_at: PyOnceLock<Py<PyAny>>,
    scopes: PyOnceLock<Py<PyTuple>>,
}

impl Token {
    pub fn wrap(py: Python<'_>, inner: SharedToken) -> PyResult<Py<Self>> {
        let token = Self {
            inner,
            access_token: PyOnceLock::new(),
            authorization: PyOnceLock::new(),
            expires_at: PyOnceLock::new(),
            scopes: PyOnceLock::new(),
        };
        Py::new(py, PyClassInitializer::from(Record).add_subclass(token))
    }

    /// Whether this is the very token `other`, not only an equal one.
    pub fn holds(&self, other: &SharedToken) -> bool {
        Arc::ptr_eq(&self.inner, other)
    }
}

#[pymethods]
impl Token {
    #[classattr]
    fn _fields() -> (Name, Name, Name, Name, Name, Name, Name, Name, Name) {
        (
            "token_type",
            "access_token",
            "refresh_token",
            "id_token",
            "expires_at",
            "refresh_expires_at",
            "scopes",
            "account",
            "extra",
        )
    }

    /// A token that the program has from elsewhere.
    ///
    /// Parameters
    /// ----------
    /// **members
    ///     `access_token`, and as known: `token_type` ("Bearer"), `expires_in` (seconds) or `expires_at` (an aware datetime
    ///     or seconds since 1970), `refresh_token`, `id_token`, `scope` (one text). Others become `extra`.
    ///
    /// Returns
    /// -------
    /// Token
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     There is no access token, or a member is of the wrong type.
    #[staticmethod]
    #[pyo3(signature = (**members))]
    fn of(py: Python<'_>, members: Option<&Bound<'_, PyDict>>) -> PyResult<Py<Self>> {
        let made = tokcore::Token::from_settings(settings(py, members)?, now_unix_s());
        Self::wrap(py, Arc::new(made.map_err(|error| raise(py, &error))?))
    }

    /// str: The token. Never empty.
    #[getter]
    fn access_token(&self, py: Python<'_>) -> Py<PyString> {
        let text = || PyString::new(py, self.inner.access_token().expose()).unbind();
        self.access_token.get_or_init(py, text).clone_ref(py)
    }

    /// str: How to present the token: ``"Bearer"``, ``"DPoP"``, ``"N_A"``, or what the server said.
    #[getter]
    fn token_type(&self) -> &str {
        self.inner.token_type().name()
    }

    /// str: The value of an ``Authorization`` header, such as ``"Bearer …"``.
    ///
    /// Raises `ConfigInvalidError` for a token that is not for that header, and for one that needs a proof for each
    /// request: `TokenSource.request_headers` makes it.
    #[getter]
    pub fn authorization(&self, py: Python<'_>) -> PyResult<Py<PyString>> {
        let text = || match self.inner.authorization() {
            Ok(value) => Ok(PyString::new(py, value.expose()).unbind()),
            Err(error) => Err(raise(py, &error)),
        };
        Ok(self.authorization.get_or_try_init(py, text)?.clone_ref(py))
    }

    /// str or None: The refresh token.
    #[getter]
    fn refresh_token(&self) -> Option<&str> {
        self.inner.refresh_token().map(|token| token.expose())
    }

    /// str or None: The ID token, a JWT.
    #[getter]
    fn id_token(&self) -> Option<&str> {
        self.inner.id_token().map(|token| token.expose())
    }

    /// dict or None: What the ID token says, if there is one and its claims were checked.
    #[getter]
    fn id_claims<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(claims) = self.inner.id_claims() else { return Ok(None) };
        let dict = PyDict::new(py);
        for (name, value) in claims.all.iter() {
            dict.set_item(name, convert::json(py, value)?)?;
        }
        Ok(Some(dict))
    }

    /// datetime.datetime or None: When the token expires, in UTC; None if that is unknown.
    #[getter]
    fn expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let time = || convert::datetime(py, self.inner.expires_at_unix_s());
        Ok(self.expires_at.get_or_try_init(py, time)?.clone_ref(py))
    }

    /// datetime.datetime or None: When the refresh token expires, in UTC; None if that is unknown.
    #[getter]
    fn refresh_expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.refresh_expires_at_unix_s())
    }

    /// tuple of str: Granted scopes; those that were requested where the server does not say.
    #[getter]
    fn scopes(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let scopes = || PyTuple::new(py, self.inner.scopes()).map(Bound::unbind);
        Ok(self.scopes.get_or_try_init(py, scopes)?.clone_ref(py))
    }

    /// str or None: Whose token it is: the address that the ID token tells, else its subject, or the request's label.
    #[getter]
    fn account(&self) -> Option<&str> {
        self.inner.account()
    }

    /// dict: The other members of the server's answer. Some may be secrets; printing the token hides those.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::dict(py, self.inner.extra())
    }

    /// str or None: What a token exchange issued, a URN.
    #[getter]
    fn issued_token_type(&self) -> Option<&str> {
        self.inner.issued_token_type()
    }

    /// dict: Where the token comes from: `issuer`, `token_endpoint`, `client_id`, `auth_method`, `grant`, `resource`,
    /// `audience`.
    #[getter]
    fn origin<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let origin = self.inner.origin();
        let dict = PyDict::new(py);
        dict.set_item("issuer", &origin.issuer)?;
        dict.set_item("token_endpoint", &origin.token_endpoint)?;
        dict.set_item("client_id", &origin.client_id)?;
        dict.set_item("auth_method", origin.auth_method.map(|method| method.name()))?;
        dict.set_item("grant", &origin.grant)?;
        dict.set_item("resource", &origin.resource)?;
        dict.set_item("audience", &origin.audience)?;
        Ok(dict)
    }

    /// dict of str to str: What was odd about the server's answer: names, and a sentence for each.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::warnings(py, self.inner.warnings())
    }

    /// int: How often the token was refreshed.
    #[getter]
    fn generation(&self) -> u64 {
        self.inner.generation()
    }

    /// Whether the token has less than `margin_s` seconds left. One of unknown expiry has enough.
    ///
    /// Parameters
    /// ----------
    /// margin_s : int
    ///     Reserve in seconds; never more than a fifth of the token's life is kept.
    ///
    /// Returns
    /// -------
    /// bool
    #[pyo3(signature = (*, margin_s=30))]
    fn is_expired(&self, margin_s: u64) -> bool {
        self.inner.is_expired(now_unix_s(), margin_s)
    }
}

fn now_unix_s() -> i64 {
    Context::os().clock.now_unix_ms() / 1000
}
