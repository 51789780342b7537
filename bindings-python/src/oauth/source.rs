//! `tokcore.TokenSource`: what a program keeps and asks before each request.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use tokcore::{Interactivity, Recovery, Refusal};

use super::client::OAuthClient;
use super::flow::Flow;
use super::outcomes::Logout;
use super::person::Prompts;
use super::token::Token;
use crate::chain::report;
use crate::convert;
use crate::error::raise;
use crate::slot::Slot;
use crate::waiting::waiting;

/// One token of one client, always usable: from memory while it is fresh, else renewed.
///
/// Made by `OAuthClient.source`. Sources that ask for the same share the token, in the whole process. Share it freely
/// between threads: one exchange serves all who want the token at the same time.
#[pyclass(frozen, module = "tokcore")]
pub struct TokenSource {
    pub inner: tokcore::TokenSource,
    prompts: Prompts,
    last: Slot<Py<Token>>,
}

impl TokenSource {
    pub fn of(inner: tokcore::TokenSource, prompts: Prompts) -> Self {
        Self { inner, prompts, last: Slot::default() }
    }

    /// The token handed out last, if it may be handed out again. This is the hot path: no allocation, no waiting,
    /// nothing that can fail.
    #[inline]
    pub fn last_token(slf: &Bound<'_, Self>) -> Option<Py<Token>> {
        let source = slf.get();
        let token = source.last.look(slf, |last| last.map(|token| token.clone_ref(slf.py())))?;
        // Not inside: now and then it looks at the store, which may be written in Python.
        source.inner.is_current(&token.get().inner).then_some(token)
    }

    /// A usable token; the object handed out last when it still holds the same one.
    pub fn usable_token(slf: &Bound<'_, Self>) -> PyResult<Py<Token>> {
        if let Some(token) = Self::last_token(slf) {
            return Ok(token);
        }
        let source = slf.get();
        let token = source.prompts.waiting(slf.py(), |person, interrupt| source.inner.token(person, interrupt))?;
        Self::hand_out(slf, token)
    }

    /// The object for `token`, remembered for the next call.
    fn hand_out(slf: &Bound<'_, Self>, token: tokcore::SharedToken) -> PyResult<Py<Token>> {
        let (py, source) = (slf.py(), slf.get());
        let known = source
            .last
            .look(slf, |last| last.filter(|known| known.get().holds(&token)).map(|known| known.clone_ref(py)));
        if let Some(known) = known {
            return Ok(known);
        }
        let token = Token::wrap(py, token)?;
        source.last.put(slf, Some(token.clone_ref(py)));
        Ok(token)
    }
}

// The method `token` is added by `fast_token`.
#[pymethods]
impl TokenSource {
    /// The token itself, usable now: the `access_token` of `token()`.
    ///
    /// Returns
    /// -------
    /// str
    ///     The same object for as long as the token stays the same.
    fn access_token<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let token = Self::usable_token(slf)?;
        token.bind(slf.py()).getattr(pyo3::intern!(slf.py(), "access_token"))
    }

    /// The value of an ``Authorization`` header, usable now.
    ///
    /// Returns
    /// -------
    /// str
    ///     The same object for as long as the token stays the same.
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     The token is not for that header, or needs a proof for each request: see `request_headers`.
    fn authorization(slf: &Bound<'_, Self>) -> PyResult<Py<PyString>> {
        Self::usable_token(slf)?.get().authorization(slf.py())
    }

    /// A new dict with the ``Authorization`` header, usable now.
    ///
    /// Returns
    /// -------
    /// dict of str to str
    fn headers<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(slf.py());
        headers.set_item(pyo3::intern!(slf.py(), "Authorization"), Self::authorization(slf)?)?;
        Ok(headers)
    }

    /// As `token`, to be awaited: the event loop goes on meanwhile, and cancelling the task ends the wait.
    ///
    /// Returns
    /// -------
    /// coroutine
    ///     Gives a Token.
    fn atoken<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("tokcore.aio")?.call_method1("_token", (slf,))
    }

    /// The token in memory, whatever its age; nothing is asked of anybody.
    ///
    /// Returns
    /// -------
    /// Token or None
    fn current(slf: &Bound<'_, Self>) -> PyResult<Option<Py<Token>>> {
        slf.get().inner.current().map(|token| Self::hand_out(slf, token)).transpose()
    }

    /// Whether `token` may be used without asking again.
    ///
    /// Returns
    /// -------
    /// bool
    fn is_current(&self, token: &Token) -> bool {
        self.inner.is_current(&token.inner)
    }

    /// Says that an API refused `token`, so that the next call renews it. Its successor is not affected.
    fn invalidate(&self, token: &Token) {
        self.inner.invalidate(&token.inner);
    }

    /// What follows when an API refused a request made with `token`.
    ///
    /// Parameters
    /// ----------
    /// token : Token
    ///     The token of that request.
    /// status : int
    ///     Status of the answer.
    /// www_authenticate : list of str
    ///     The values of its ``WWW-Authenticate`` fields.
    /// dpop_nonce : str, optional
    ///     The value of its ``DPoP-Nonce`` field.
    /// error_code : int, optional
    ///     The error code in its body, for providers that say there what others say with a status.
    ///
    /// Returns
    /// -------
    /// Token or None
    ///     A token to send the request with once more, at most once per request; None when the answer is not about the
    ///     token.
    ///
    /// Raises
    /// ------
    /// DeniedError
    ///     The token lacks scopes; the message names them.
    /// InteractionRequiredError
    ///     The API wants another sign-in.
    /// TokcoreError
    ///     As `token`.
    #[pyo3(signature = (token, status, www_authenticate=Vec::new(), dpop_nonce=None, error_code=None))]
    fn recover(
        slf: &Bound<'_, Self>,
        token: &Token,
        status: u16,
        www_authenticate: Vec<String>,
        dpop_nonce: Option<&str>,
        error_code: Option<i64>,
    ) -> PyResult<Option<Py<Token>>> {
        let source = slf.get();
        let fields: Vec<&str> = www_authenticate.iter().map(String::as_str).collect();
        let refusal = Refusal { status, www_authenticate: &fields, dpop_nonce, error_code };
        let recovery = source
            .prompts
            .waiting(slf.py(), |person, interrupt| source.inner.recover(&token.inner, &refusal, person, interrupt))?;
        match recovery {
            Recovery::Retry(token) => Self::hand_out(slf, token).map(Some),
            Recovery::GiveBack => Ok(None),
        }
    }

    /// The header fields of one API request: its authorization and, for a bound token, the proof.
    ///
    /// Parameters
    /// ----------
    /// token : Token
    ///     What `token` gave.
    /// method : str
    ///     Method of the request.
    /// url : str
    ///     Its absolute URL.
    ///
    /// Returns
    /// -------
    /// dict of str to str
    ///
    /// Raises
    /// ------
    /// InvalidArgumentError
    ///     The URL is not absolute.
    /// ConfigInvalidError
    ///     The address can be listened to by others (`reason` is ``"insecure_endpoint"``), or the token is not for headers.
    fn request_headers<'py>(
        &self,
        py: Python<'py>,
        token: &Token,
        method: &str,
        url: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let fields = self.inner.request_headers(&token.inner, method, url).map_err(|error| raise(py, &error))?;
        convert::secrets(py, &fields)
    }

    /// The credential's own signature of `bytes`, such as a signed address needs: by its key, or by Google on its behalf.
    ///
    /// Parameters
    /// ----------
    /// bytes : bytes
    ///     What is signed.
    ///
    /// Returns
    /// -------
    /// bytes
    ///     RSA PKCS#1 v1.5 with SHA-256.
    ///
    /// Raises
    /// ------
    /// InvalidStateError
    ///     The credential cannot sign: a user's, somebody else's token.
    /// TokcoreError
    ///     Google does not sign for it.
    #[pyo3(signature = (bytes, /))]
    fn sign<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let signature = waiting(py, |interrupt| self.inner.sign(bytes, interrupt))?;
        Ok(PyBytes::new(py, &signature))
    }

    /// str or None: Whose signature `sign` gives, a service account's address; None for a credential that cannot sign.
    #[getter]
    fn signer(&self) -> Option<&str> {
        self.inner.signer()
    }

    /// Takes from an API's answer what the next proof needs.
    ///
    /// Parameters
    /// ----------
    /// url : str
    ///     Where the request went.
    /// dpop_nonce : str
    ///     The value of the answer's ``DPoP-Nonce`` field.
    fn learn(&self, url: &str, dpop_nonce: &str) {
        self.inner.learn(url, dpop_nonce);
    }

    /// Forgets the token in this process; nothing is revoked.
    fn forget(slf: &Bound<'_, Self>) {
        slf.get().inner.forget();
        slf.get().last.put(slf, None);
    }

    /// Takes over a token from elsewhere, which is stored, handed out and renewed from now on. One that could not be stored
    /// has ``"rt_not_persisted"`` among its `warnings`.
    ///
    /// Returns
    /// -------
    /// Token
    fn adopt(slf: &Bound<'_, Self>, token: &Token) -> PyResult<Py<Token>> {
        let source = slf.get();
        let token = waiting(slf.py(), |_| Ok(source.inner.adopt((*token.inner).clone())))?;
        Self::hand_out(slf, token)
    }

    /// Signs out: the server is told, then the credential is removed from the store and from memory.
    ///
    /// Parameters
    /// ----------
    /// revoke : bool
    ///     Whether the server is told.
    ///
    /// Returns
    /// -------
    /// Logout
    ///     A server that could not be told is no exception.
    ///
    /// Raises
    /// ------
    /// AmbiguousAccountError
    ///     Several accounts are stored, and none is named.
    /// StoreError
    ///     The credential cannot be removed.
    #[pyo3(signature = (*, revoke=true))]
    fn logout(slf: &Bound<'_, Self>, revoke: bool) -> PyResult<Logout> {
        let source = slf.get();
        let outcome = waiting(slf.py(), |interrupt| source.inner.logout(revoke, interrupt))?;
        source.last.put(slf, None);
        Logout::wrap(slf.py(), outcome)
    }

    /// Starts a sign-in that the program steps; its token becomes this source's.
    ///
    /// Parameters
    /// ----------
    /// interactive : bool, optional
    ///     Whether somebody is there; True by default, since the program shows the prompt itself.
    ///
    /// Returns
    /// -------
    /// Flow
    ///
    /// Raises
    /// ------
    /// InvalidStateError
    ///     The grant asks nobody to sign in.
    /// TokcoreError
    ///     As `OAuthClient.begin`.
    #[pyo3(signature = (*, interactive=true))]
    fn begin(&self, py: Python<'_>, interactive: bool) -> PyResult<Flow> {
        let interactivity = if interactive { Interactivity::Yes } else { Interactivity::No };
        Ok(Flow::of(waiting(py, |interrupt| self.inner.begin(interactivity, interrupt))?))
    }

    /// str: The credential's key in caches, the same for all sources that ask for the same.
    #[getter]
    fn key(&self) -> &str {
        self.inner.key()
    }

    /// OAuthClient | None: Whose token it is; None for a credential that no client was registered for.
    #[getter]
    fn client(&self) -> Option<OAuthClient> {
        self.inner.client().cloned().map(OAuthClient::of)
    }

    /// About: What is known of the credential without asking anybody.
    #[getter]
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        report::about(py, &self.inner.about())
    }

    /// tuple of Attempt: How a chain came to it, method by method; empty for a source that was made without one.
    #[getter]
    fn attempts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        report::attempts(py, self.inner.attempts())
    }

    fn __repr__(&self) -> String {
        match (self.inner.client(), self.inner.request()) {
            (Some(client), Some(request)) => {
                let (client, grant) = (&client.settings().client_id, request.grant.name());
                format!("TokenSource(client_id={client:?}, grant={grant:?}, scopes={:?})", request.scopes)
            }
            _ => {
                let about = self.inner.about();
                let principal = about.principal.as_deref().unwrap_or("unknown");
                format!("TokenSource(kind={:?}, principal={principal:?}, scopes={:?})", about.kind, about.scopes)
            }
        }
    }
}
