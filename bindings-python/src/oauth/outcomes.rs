//! What a server says about itself and about tokens, and how a client proves who it is.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::Discovery;
use tokcore::oauth::Endpoint;
use tokcore::oauth::introspection::ActiveToken;

use crate::convert;
use crate::error::raise;
use crate::record::{Name, Record};
use crate::waiting::waiting;

/// What an authorization server publishes about itself. Immutable.
#[pyclass(frozen, module = "tokcore")]
pub struct ServerMetadata {
    pub inner: Arc<tokcore::oauth::discovery::ServerMetadata>,
}

#[pymethods]
impl ServerMetadata {
    /// str or None: The server's own name for itself.
    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.inner.issuer.as_deref()
    }

    /// dict of str to str: Its addresses by their registered names, such as ``"token_endpoint"``.
    #[getter]
    fn endpoints<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let endpoints = PyDict::new(py);
        for endpoint in Endpoint::ALL {
            if let Some(url) = self.inner.endpoints.get(*endpoint) {
                endpoints.set_item(endpoint.member(), url.as_str())?;
            }
        }
        Ok(endpoints)
    }

    /// list of str or None: Scopes; None if the server does not say.
    #[getter]
    fn scopes(&self) -> Option<Vec<String>> {
        self.inner.scopes.clone()
    }

    /// list of str or None: Grants; None if the server does not say.
    #[getter]
    fn grant_types(&self) -> Option<Vec<String>> {
        self.inner.grant_types.clone()
    }

    /// list of str or None: Response types; None if the server does not say.
    #[getter]
    fn response_types(&self) -> Option<Vec<String>> {
        self.inner.response_types.clone()
    }

    /// list of str or None: Methods of PKCE; None if the server does not say.
    #[getter]
    fn code_challenge_methods(&self) -> Option<Vec<String>> {
        self.inner.code_challenge_methods.clone()
    }

    /// list of str or None: How clients may prove who they are; None if the server does not say.
    #[getter]
    fn auth_methods(&self) -> Option<Vec<String>> {
        self.inner.auth_methods.clone()
    }

    /// dict of str to str: What is odd about the document: names, and a sentence for each.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::warnings(py, &self.inner.warnings)
    }

    /// dict: The other members of the document, as they came.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::dict(py, &self.inner.extra)
    }

    fn __repr__(&self) -> String {
        format!("ServerMetadata(issuer={:?})", self.inner.issuer.as_deref().unwrap_or_default())
    }
}

/// What a server publishes about itself, from its issuer alone.
///
/// Parameters
/// ----------
/// issuer : str, optional
///     The issuer, exactly as it names itself.
/// form : {"openid", "oauth", "auto"}, optional
///     Which of the two standards' documents to ask for.
/// url : str, optional
///     Where the document is, when that does not follow from the issuer.
/// allow_insecure_http : bool, optional
///     Accepts plain http from hosts other than loopback. For experiments only.
///
/// Returns
/// -------
/// ServerMetadata
///
/// Raises
/// ------
/// ProtocolError
///     The document is wrong, or another issuer's.
/// TokcoreError
///     Everything else that can go wrong is of a class below this one.
#[pyfunction]
#[pyo3(signature = (issuer=None, *, form=None, url=None, allow_insecure_http=false))]
pub fn discover(
    py: Python<'_>,
    issuer: Option<&str>,
    form: Option<&str>,
    url: Option<&str>,
    allow_insecure_http: bool,
) -> PyResult<ServerMetadata> {
    let wanted = Discovery { issuer, form, address: url, allow_insecure_http };
    Ok(ServerMetadata { inner: waiting(py, |interrupt| tokcore::discover(wanted, interrupt))? })
}

/// What a server knows about a token.
///
/// Immutable; each field is an attribute and a key. Of a token that is not active nothing else is believed.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct Introspection {
    active: bool,
    inner: ActiveToken,
}

impl Introspection {
    pub fn wrap(py: Python<'_>, inner: tokcore::oauth::introspection::Introspection) -> PyResult<Py<Self>> {
        let introspection = match inner {
            tokcore::oauth::introspection::Introspection::Active(token) => Self { active: true, inner: *token },
            tokcore::oauth::introspection::Introspection::Inactive => {
                Self { active: false, inner: ActiveToken::default() }
            }
        };
        Py::new(py, PyClassInitializer::from(Record).add_subclass(introspection))
    }
}

#[pymethods]
impl Introspection {
    #[classattr]
    fn _fields() -> (Name, Name, Name, Name, Name, Name, Name, Name, Name) {
        ("active", "scopes", "client_id", "username", "token_type", "expires_at", "subject", "audience", "issuer")
    }

    /// bool: Whether the token is good at this moment.
    #[getter]
    fn active(&self) -> bool {
        self.active
    }

    /// list of str: What the token may be used for.
    #[getter]
    fn scopes(&self) -> Vec<String> {
        self.inner.scopes.clone()
    }

    /// str or None: The client that it was issued to.
    #[getter]
    fn client_id(&self) -> Option<&str> {
        self.inner.client_id.as_deref()
    }

    /// str or None: The person, as people call them.
    #[getter]
    fn username(&self) -> Option<&str> {
        self.inner.username.as_deref()
    }

    /// str or None: ``"Bearer"``, ``"DPoP"``, … as the server writes it.
    #[getter]
    fn token_type(&self) -> Option<&str> {
        self.inner.token_type.as_deref()
    }

    /// datetime.datetime or None: When it expires, in UTC.
    #[getter]
    fn expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.expires_at_unix_s)
    }

    /// str or None: The person, as the server calls them.
    #[getter]
    fn subject(&self) -> Option<&str> {
        self.inner.subject.as_deref()
    }

    /// list of str: Whom it is for.
    #[getter]
    fn audience(&self) -> Vec<String> {
        self.inner.audience.clone()
    }

    /// str or None: Who issued it.
    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.inner.issuer.as_deref()
    }

    /// dict: The other members of the answer, as they came.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::dict(py, &self.inner.extra)
    }
}

/// What became of a revocation. Immutable.
#[pyclass(frozen, module = "tokcore")]
pub struct Revocation {
    pub inner: tokcore::oauth::revocation::Revocation,
}

#[pymethods]
impl Revocation {
    /// str: ``"revoked"``, or that the server could not be asked, or has no such endpoint.
    #[getter]
    fn outcome(&self) -> &'static str {
        self.inner.slug()
    }

    /// TokcoreError or None: Why the server was not told.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        Some(raise(py, self.inner.error()?).into_value(py).into_bound(py).into_any())
    }

    fn __repr__(&self) -> String {
        format!("Revocation(outcome='{}')", self.inner.slug())
    }
}

/// What came of signing out. Immutable.
#[pyclass(frozen, module = "tokcore.store")]
pub struct Logout {
    found: bool,
    revocation: Option<Py<Revocation>>,
}

impl Logout {
    pub fn wrap(py: Python<'_>, inner: tokcore::Logout) -> PyResult<Self> {
        let revocation = inner.revocation.map(|inner| Py::new(py, Revocation { inner })).transpose()?;
        Ok(Self { found: inner.found, revocation })
    }
}

#[pymethods]
impl Logout {
    /// bool: Whether there was anything to sign out of.
    #[getter]
    fn found(&self) -> bool {
        self.found
    }

    /// Revocation or None: What the server said; None when it was not asked.
    #[getter]
    fn revocation(&self, py: Python<'_>) -> Option<Py<Revocation>> {
        self.revocation.as_ref().map(|revocation| revocation.clone_ref(py))
    }

    fn __repr__(&self) -> String {
        let revocation = self.revocation.as_ref().map_or("None".to_owned(), |told| told.get().__repr__());
        format!("Logout(found={}, revocation={revocation})", if self.found { "True" } else { "False" })
    }
}

/// A client's proof of who it is: what to add to a request. Immutable; printing does not show it.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct Authentication {
    inner: tokcore::Authentication,
}

impl Authentication {
    pub fn wrap(py: Python<'_>, inner: tokcore::Authentication) -> PyResult<Py<Self>> {
        Py::new(py, PyClassInitializer::from(Record).add_subclass(Self { inner }))
    }
}

#[pymethods]
impl Authentication {
    #[classattr]
    fn _fields() -> (Name, Name) {
        ("headers", "parameters")
    }

    /// dict of str to str: Header fields.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::secrets(py, &self.inner.headers)
    }

    /// dict of str to str: Parameters of the request's body.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::secrets(py, &self.inner.parameters)
    }
}
