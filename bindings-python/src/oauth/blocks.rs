//! The parts of a sign-in, for programs that put one together themselves.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::building_blocks as blocks;
use tokcore::{Secret, TokenRequest};

use super::client::OAuthClient;
use super::settings::settings;
use crate::error::{invalid, raise};
use crate::record::{Name, Record};
use crate::waiting::waiting;

/// Both halves of PKCE. Immutable; each field is an attribute and a key. Printing does not show the verifier.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct Pkce {
    inner: blocks::Pkce,
}

#[pymethods]
impl Pkce {
    #[classattr]
    fn _fields() -> (Name, Name, Name) {
        ("verifier", "challenge", "method")
    }

    /// str: For the token request; stays here.
    #[getter]
    fn verifier(&self) -> &str {
        self.inner.verifier.expose()
    }

    /// str: For the authorization request.
    #[getter]
    fn challenge(&self) -> &str {
        &self.inner.challenge
    }

    /// str: How the challenge follows from the verifier: ``"S256"``.
    #[getter]
    fn method(&self) -> &'static str {
        blocks::PKCE_METHOD
    }
}

/// Both halves of PKCE (RFC 7636).
///
/// Parameters
/// ----------
/// verifier : str, optional
///     The verifier, of 43 to 128 unreserved characters; a fresh one by default.
///
/// Returns
/// -------
/// Pkce
///
/// Raises
/// ------
/// InvalidArgumentError
///     The verifier is not one.
#[pyfunction]
#[pyo3(signature = (*, verifier=None))]
pub fn pkce(py: Python<'_>, verifier: Option<String>) -> PyResult<Py<Pkce>> {
    let made = verifier.map_or_else(blocks::pkce, |verifier| blocks::pkce_of(&Secret::new(verifier)));
    let inner = made.map_err(|error| raise(py, &error))?;
    Py::new(py, PyClassInitializer::from(Record).add_subclass(Pkce { inner }))
}

/// A fresh one-time text for ``state`` or ``nonce``.
///
/// Returns
/// -------
/// str
///     43 characters.
#[pyfunction]
pub fn new_state(py: Python<'_>) -> PyResult<String> {
    Ok(blocks::one_time_text().map_err(|error| raise(py, &error))?.expose().to_owned())
}

/// The address at which a sign-in begins.
///
/// Parameters
/// ----------
/// client : OAuthClient
///     The client.
/// redirect_uri : str
///     Where the browser comes back to.
/// state : str
///     The one-time text that the answer must carry, as of `new_state`.
/// verifier : str, optional
///     Of `pkce`; without it no challenge is sent.
/// **request
///     As for `OAuthClient.source`.
///
/// Returns
/// -------
/// str
///
/// Raises
/// ------
/// ConfigInvalidError
///     The parameters contradict.
/// TokcoreError
///     Everything else that can go wrong is of a class below this one.
#[pyfunction]
#[pyo3(signature = (client, *, redirect_uri, state, verifier=None, **request))]
pub fn authorization_url(
    py: Python<'_>,
    client: &OAuthClient,
    redirect_uri: &str,
    state: String,
    verifier: Option<String>,
    request: Option<&Bound<'_, PyDict>>,
) -> PyResult<String> {
    let request = TokenRequest::from_settings(settings(py, request)?).map_err(|error| raise(py, &error))?;
    let (state, verifier) = (Secret::new(state), verifier.map(Secret::new));
    waiting(py, |interrupt| {
        blocks::authorization_url(&client.inner, request, redirect_uri, &state, verifier.as_ref(), interrupt)
    })
}

/// Waits for the browser to come back to this machine with the answer that carries `state`.
///
/// Parameters
/// ----------
/// redirect_uri : str
///     Leads to this machine and names its port.
/// state : str
///     The one-time text of the request.
/// timeout_s : float
///     Seconds to wait.
///
/// Returns
/// -------
/// str
///     The code.
///
/// Raises
/// ------
/// ListenerUnavailableError
///     The address cannot be listened on.
/// DeniedError
///     The person, or the provider, said no.
/// TimeoutError, ProtocolError
///     Nobody came back, or with an answer that cannot be used.
#[pyfunction]
#[pyo3(signature = (redirect_uri, *, state, timeout_s=300.0))]
pub fn listen(py: Python<'_>, redirect_uri: &str, state: String, timeout_s: f64) -> PyResult<String> {
    let state = Secret::new(state);
    let timeout = Duration::try_from_secs_f64(timeout_s)
        .map_err(|_| invalid(py, format!("timeout_s is {timeout_s}, which is not a non-negative number of seconds")))?;
    let code = waiting(py, |interrupt| blocks::listen(redirect_uri, &state, timeout, interrupt))?;
    Ok(code.expose().to_owned())
}

/// The code in a redirect that the program received itself.
///
/// Parameters
/// ----------
/// query : str
///     Its query.
/// state : str
///     The one-time text of the request.
///
/// Returns
/// -------
/// str
///
/// Raises
/// ------
/// DeniedError
///     The person, or the provider, said no.
/// ProtocolError
///     The answer cannot be used (`reason`), first of all because its state is another one.
#[pyfunction]
#[pyo3(signature = (query, *, state))]
pub fn parse_redirect(py: Python<'_>, query: &str, state: String) -> PyResult<String> {
    let code = blocks::parse_redirect(query, &Secret::new(state)).map_err(|error| raise(py, &error))?;
    Ok(code.expose().to_owned())
}

/// The redirect URI of a sign-in for which nobody names one: ``HTTR2_OAUTH_REDIRECT_URL``, else this machine.
///
/// Returns
/// -------
/// str
///
/// Raises
/// ------
/// ConfigInvalidError
///     The variable cannot be used.
#[pyfunction]
pub fn default_redirect_uri(py: Python<'_>) -> PyResult<String> {
    blocks::default_redirect_uri().map_err(|error| raise(py, &error))
}
