//! `tokcore.Client`, and the one that the module-level functions share.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use tokcore::{Backend, ClientOptions, CredentialsRequest, Secret};

use crate::credentials::Credentials;
use crate::detection::Detection;
use crate::error::invalid;
use crate::integration::Integrations;
use crate::slot::Slot;
use crate::tokens::{AzureToken, IdentityToken};
use crate::waiting::waiting;

/// Finds out where the program runs, and gets credentials there.
///
/// Making one only remembers the options. Share it freely between threads; a forked child may go on using it.
///
/// Parameters
/// ----------
/// backend : {"workbench", "connect", "broker"}, optional
///     Ask this one instead of finding out; same as ``TOKCORE_BACKEND``.
/// server_address : str, optional
///     Absolute URL of the server, instead of ``RS_SERVER_ADDRESS`` or ``CONNECT_SERVER``.
/// ca : str or os.PathLike, optional
///     PEM file or directory of trusted authorities, instead of ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE`` and the
///     system's.
/// verify : bool
///     Whether certificates are checked. False is for experiments only.
/// timeout, connect_timeout : float
///     Seconds for a whole exchange, and for connecting.
/// reuse : float
///     Seconds for which an answer is handed out again without asking the server; 5 at most, 0 for never.
///
/// Raises
/// ------
/// InvalidArgumentError
///     An unknown backend, or a time that is not a non-negative number of seconds.
#[pyclass(frozen, module = "tokcore")]
pub struct Client {
    inner: tokcore::Client,
    last: Slot<LastAnswer>,
}

/// What was asked last, and the answer. Holding the text keeps its address from being given to another one.
struct LastAnswer {
    audience: Py<PyString>,
    credentials: Py<Credentials>,
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (*, backend=None, server_address=None, ca=None, verify=true, timeout=30.0, connect_timeout=5.0, reuse=5.0))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        py: Python<'_>,
        backend: Option<&str>,
        server_address: Option<String>,
        ca: Option<PathBuf>,
        verify: bool,
        timeout: f64,
        connect_timeout: f64,
        reuse: f64,
    ) -> PyResult<Self> {
        Ok(Self::with(ClientOptions {
            backend: backend.map(|name| named(py, name)).transpose()?,
            server_address,
            ca,
            verify_tls: verify,
            timeout: seconds(py, "timeout", timeout)?,
            connect_timeout: seconds(py, "connect_timeout", connect_timeout)?,
            reuse: seconds(py, "reuse", reuse)?,
        }))
    }

    /// Credentials for one integration: the same call in Workbench, in Connect and under a tokcore broker.
    ///
    /// Parameters
    /// ----------
    /// audience : str, optional
    ///     GUID of an integration in any letter case, ``"name:"`` and its internal name, or a logical name that
    ///     ``TOKCORE_AUDIENCE_<NAME>`` maps to one of these. Only on Connect may it be left out.
    /// user_session_token : str, optional
    ///     Connect only: the value of the header ``Posit-Connect-User-Session-Token`` of the person who is looking.
    /// requested_token_type : str, optional
    ///     Connect only: the type of token wanted, a URN of RFC 8693; an access token by default.
    ///
    /// Returns
    /// -------
    /// Credentials
    ///     The same object again for a few seconds (`reuse`).
    ///
    /// Raises
    /// ------
    /// NotSignedInError, ReauthRequiredError, NotFoundError, NotInSessionError
    ///     What a user can do something about; the exception's `hint` says what.
    /// TokcoreError
    ///     Everything else that can go wrong is of a class below this one.
    #[pyo3(signature = (audience=None, *, user_session_token=None, requested_token_type=None))]
    fn get_credentials(
        slf: &Bound<'_, Self>,
        audience: Option<Bound<'_, PyString>>,
        user_session_token: Option<String>,
        requested_token_type: Option<String>,
    ) -> PyResult<Py<Credentials>> {
        let py = slf.py();
        if let (Some(audience), None, None) = (&audience, &user_session_token, &requested_token_type) {
            return Self::credentials_for(slf, audience);
        }
        let request = CredentialsRequest {
            audience: audience.map(|text| text.extract()).transpose()?,
            user_session_token: user_session_token.map(Secret::new),
            requested_token_type,
        };
        let client = slf.get();
        Credentials::wrap(py, waiting(py, |interrupt| client.inner.credentials(&request, interrupt))?)
    }

    /// Integrations: The integrations of this session: ``find()``, ``get(guid)`` and ``find_by(…)``.
    #[getter]
    fn integrations(&self) -> Integrations {
        Integrations::of(self.inner.clone())
    }

    /// A token that says who the user of this session is.
    ///
    /// Returns
    /// -------
    /// IdentityToken
    ///
    /// Raises
    /// ------
    /// NotSignedInError
    ///     The server has none for this user.
    /// TokcoreError
    ///     As `get_credentials`.
    fn identity_token(&self, py: Python<'_>) -> PyResult<Py<IdentityToken>> {
        IdentityToken::wrap(py, waiting(py, |interrupt| self.inner.identity_token(interrupt))?)
    }

    /// A delegated Azure token.
    ///
    /// Parameters
    /// ----------
    /// resource : str
    ///     What the token is for, such as ``"https://management.azure.com/"``.
    ///
    /// Returns
    /// -------
    /// AzureToken
    ///
    /// Raises
    /// ------
    /// InvalidArgumentError
    ///     `resource` is empty.
    /// TokcoreError
    ///     As `get_credentials`.
    fn azure_token(&self, py: Python<'_>, resource: &str) -> PyResult<Py<AzureToken>> {
        AzureToken::wrap(py, waiting(py, |interrupt| self.inner.azure_token(resource, interrupt))?)
    }

    /// Where a person signs in to an integration.
    ///
    /// Parameters
    /// ----------
    /// guid : str
    ///     GUID of the integration, in any letter case.
    ///
    /// Returns
    /// -------
    /// str
    ///     Absolute URL of a page for people.
    ///
    /// Raises
    /// ------
    /// NotFoundError
    ///     There is no such integration.
    /// TokcoreError
    ///     As `get_credentials`.
    fn sign_in_url(&self, py: Python<'_>, guid: &str) -> PyResult<String> {
        waiting(py, |interrupt| self.inner.sign_in_url(guid, interrupt))
    }

    /// Where this program runs and who would be asked, without asking.
    ///
    /// Parameters
    /// ----------
    /// with_user_session_token : bool
    ///     Find out for a call that passes a user session token.
    ///
    /// Returns
    /// -------
    /// Detection
    #[pyo3(signature = (*, with_user_session_token=false))]
    fn detect(&self, with_user_session_token: bool) -> Detection {
        self.inner.detect(with_user_session_token).into()
    }

    /// Checks that everything is here that a call needs, without asking the server.
    ///
    /// Raises
    /// ------
    /// NotInSessionError, NoCookieError, BadCookieError, NoAddressError, BadAddressError, NoSubjectError
    ///     The first thing that is missing or malformed.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        waiting(py, |_| self.inner.check())
    }

    /// Drops what is remembered, so that the next call asks the server.
    fn forget(slf: &Bound<'_, Self>) {
        slf.get().inner.forget();
        slf.get().last.put(slf, None);
    }
}

impl Client {
    fn with(options: ClientOptions) -> Self {
        Self { inner: tokcore::Client::new(options), last: Slot::default() }
    }

    /// The last answer, if it was about this very text object and may be handed out again. This is the hot path: no
    /// allocation, no waiting, nothing that can fail.
    #[inline]
    pub fn last_for(slf: &Bound<'_, Self>, audience: *mut pyo3::ffi::PyObject) -> Option<Py<Credentials>> {
        let client = slf.get();
        client.last.look(slf, |last| {
            let answer = last.filter(|answer| answer.audience.as_ptr() == audience)?;
            let current = client.inner.is_current(&answer.credentials.get().inner);
            current.then(|| answer.credentials.clone_ref(slf.py()))
        })
    }

    /// Credentials for one integration; the object handed out last, when the answer is still the same.
    fn credentials_for(slf: &Bound<'_, Self>, audience: &Bound<'_, PyString>) -> PyResult<Py<Credentials>> {
        if let Some(credentials) = Self::last_for(slf, audience.as_ptr()) {
            return Ok(credentials);
        }
        let (py, client) = (slf.py(), slf.get());
        let request = CredentialsRequest::for_audience(audience.extract::<String>()?);
        let found = waiting(py, |interrupt| client.inner.credentials(&request, interrupt))?;
        let known = client.last.look(slf, |last| {
            last.filter(|answer| answer.credentials.get().holds(&found)).map(|answer| answer.credentials.clone_ref(py))
        });
        let credentials = known.map_or_else(|| Credentials::wrap(py, found), Ok)?;
        let answer = LastAnswer { audience: audience.clone().unbind(), credentials: credentials.clone_ref(py) };
        client.last.put(slf, Some(answer));
        Ok(credentials)
    }
}

static DEFAULT: PyOnceLock<Py<Client>> = PyOnceLock::new();

/// The client that the functions of the package share. Made at first use, with the default options.
#[pyfunction]
pub fn default_client(py: Python<'_>) -> PyResult<Py<Client>> {
    let client = || Py::new(py, Client::with(ClientOptions::default()));
    Ok(DEFAULT.get_or_try_init(py, client)?.clone_ref(py))
}

/// The shared client, if it has been used.
pub fn default_client_in_use(py: Python<'_>) -> Option<&Bound<'_, Client>> {
    DEFAULT.get(py).map(|client| client.bind(py))
}

fn named(py: Python<'_>, name: &str) -> PyResult<Backend> {
    Backend::from_name(name).ok_or_else(|| {
        let known: Vec<_> = Backend::ALL.iter().map(|backend| backend.name()).collect();
        invalid(py, format!("backend is {name:?}, which is not one of {}", known.join(", ")))
    })
}

fn seconds(py: Python<'_>, name: &str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| invalid(py, format!("{name} is {value}, which is not a non-negative number of seconds")))
}
