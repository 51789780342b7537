//! `tokcore.Flow`: a sign-in that the program steps.

use std::sync::{Mutex, TryLockError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use tokcore::flow::{Step, Submitted};
use tokcore::{Error, Interrupt, Kind, Secret, TokenRequest};

use super::client::OAuthClient;
use super::settings::settings;
use super::token::Token;
use crate::convert;
use crate::error::{invalid, raise};
use crate::record::{Name, Record};
use crate::waiting::waiting;

/// A sign-in under way. Show its `prompt` to the person and `step` until there is a token.
///
/// A context manager: leaving it closes the listener. One thread at a time.
#[pyclass(frozen, module = "tokcore")]
pub struct Flow {
    /// None once it is closed.
    inner: Mutex<Option<tokcore::flow::Flow>>,
    prompt: Mutex<tokcore::flow::FlowPrompt>,
}

impl Flow {
    pub fn of(inner: tokcore::flow::Flow) -> Self {
        Self { prompt: Mutex::new(inner.prompt().clone()), inner: Mutex::new(Some(inner)) }
    }

    /// Waits for `call` with the flow, without the interpreter lock.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut tokcore::flow::Flow, &dyn Interrupt) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        waiting(py, |interrupt| {
            let mut place = match self.inner.try_lock() {
                Ok(place) => place,
                Err(TryLockError::Poisoned(_)) => {
                    return Err(Error::new(Kind::InvalidState, "this sign-in has failed"));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::new(Kind::InvalidState, "another thread is in a call of this sign-in"));
                }
            };
            let flow = place.as_mut().ok_or_else(|| Error::new(Kind::InvalidState, "this sign-in is closed"))?;
            let outcome = call(flow, interrupt);
            if let Ok(mut prompt) = self.prompt.lock() {
                prompt.clone_from(flow.prompt());
            }
            outcome
        })
    }
}

#[pymethods]
impl Flow {
    /// FlowPrompt: What to show to the person.
    #[getter]
    fn prompt(&self, py: Python<'_>) -> PyResult<Py<FlowPrompt>> {
        let inner = self.prompt.lock().map(|prompt| prompt.clone()).unwrap_or_default();
        Py::new(py, PyClassInitializer::from(Record).add_subclass(FlowPrompt { inner }))
    }

    /// str or None: What to ask the person for next, where a text may be pasted.
    #[getter]
    fn question(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        self.with(py, |flow, _| Ok(flow.question()))
    }

    /// str or None: What the listener has noticed and the person should know.
    #[getter]
    fn advice(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        self.with(py, |flow, _| Ok(flow.advice()))
    }

    /// Goes on for `wait_s` seconds at most.
    ///
    /// Parameters
    /// ----------
    /// wait_s : float
    ///     Seconds; zero looks only at what has already happened.
    ///
    /// Returns
    /// -------
    /// Token or None
    ///     None while nobody has answered yet: step again.
    ///
    /// Raises
    /// ------
    /// DeniedError, TimeoutError, ProtocolError
    ///     The sign-in is over.
    /// InvalidStateError
    ///     It was over before.
    #[pyo3(signature = (wait_s=1.0))]
    fn step(&self, py: Python<'_>, wait_s: f64) -> PyResult<Option<Py<Token>>> {
        let wait = Duration::try_from_secs_f64(wait_s)
            .map_err(|_| invalid(py, format!("wait_s is {wait_s}, which is not a non-negative number of seconds")))?;
        match self.with(py, |flow, interrupt| flow.step(wait, interrupt))? {
            Step::Done(token) => Token::wrap(py, token).map(Some),
            Step::Waiting => Ok(None),
        }
    }

    /// As `step`, to be awaited; without `wait_s` until there is a token.
    ///
    /// Returns
    /// -------
    /// coroutine
    ///     Gives a Token, or None while nobody has answered.
    #[pyo3(signature = (wait_s=None))]
    fn astep<'py>(slf: &Bound<'py, Self>, wait_s: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("tokcore.aio")?.call_method1("_step", (slf, wait_s))
    }

    /// Takes what the person pasted: a code, the address of the page where the browser ended, or what that page shows.
    ///
    /// Parameters
    /// ----------
    /// text : str
    ///     What was pasted.
    ///
    /// Returns
    /// -------
    /// str or None
    ///     None: it is the answer, and the next step goes on with it. Otherwise what to tell the person.
    ///
    /// Raises
    /// ------
    /// InvalidStateError
    ///     Nothing is to be pasted.
    /// TokcoreError
    ///     It is an answer that ends the sign-in.
    fn submit(&self, py: Python<'_>, text: String) -> PyResult<Option<String>> {
        let typed = Secret::new(text);
        self.with(py, |flow, _| {
            Ok(match flow.submit(&typed)? {
                Submitted::Accepted => None,
                Submitted::NeedsState => flow.question().map(str::to_owned),
                Submitted::Refused(why) => Some(why),
            })
        })
    }

    /// Finishes the sign-in with a redirect that the program received itself.
    ///
    /// Parameters
    /// ----------
    /// query : str
    ///     The query of the redirect, or its form body.
    ///
    /// Returns
    /// -------
    /// Token
    ///
    /// Raises
    /// ------
    /// ProtocolError
    ///     The answer is not accepted (`reason`); another one may be.
    /// TokcoreError
    ///     As `step`.
    fn respond(&self, py: Python<'_>, query: &str) -> PyResult<Py<Token>> {
        Token::wrap(py, self.with(py, |flow, interrupt| flow.respond(query, interrupt))?)
    }

    /// Puts the sign-in away, for a web application that has to answer its user first.
    ///
    /// Parameters
    /// ----------
    /// key : bytes
    ///     32 secret bytes of the application.
    /// partition : str, optional
    ///     Whose sign-in it is, such as the name of a session; the same is needed to open it.
    ///
    /// Returns
    /// -------
    /// str
    ///     Fits into a cookie or a session; useless without the key.
    ///
    /// Raises
    /// ------
    /// InvalidStateError
    ///     The sign-in does not wait for a redirect.
    #[pyo3(signature = (key, *, partition=None))]
    fn seal(&self, py: Python<'_>, key: &Bound<'_, PyBytes>, partition: Option<&str>) -> PyResult<String> {
        let key = key_bytes(key)?;
        Ok(self.with(py, |flow, _| flow.seal(&key, partition))?.expose().to_owned())
    }

    /// Takes up a sign-in that was put away; `respond` finishes it. Works once, for ten minutes.
    ///
    /// Parameters
    /// ----------
    /// client : OAuthClient
    ///     The same as for the start.
    /// sealed : str
    ///     What `seal` gave.
    /// key : bytes
    ///     The same 32 bytes.
    /// partition : str, optional
    ///     The same.
    /// **request
    ///     The same settings as for the start.
    ///
    /// Returns
    /// -------
    /// Flow
    ///
    /// Raises
    /// ------
    /// ProtocolError
    ///     With the reason ``"state_mismatch"``: the text is damaged, too old, was used before or is somebody else's.
    #[staticmethod]
    #[pyo3(signature = (client, sealed, key, *, partition=None, **request))]
    fn open_sealed(
        py: Python<'_>,
        client: &OAuthClient,
        sealed: String,
        key: &Bound<'_, PyBytes>,
        partition: Option<&str>,
        request: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let (key, sealed) = (key_bytes(key)?, Secret::new(sealed));
        let request = TokenRequest::from_settings(settings(py, request)?).map_err(|error| raise(py, &error))?;
        let opened = waiting(py, |interrupt| client.inner.open_sealed(request, &sealed, &key, partition, interrupt))?;
        Ok(Self::of(opened))
    }

    /// Gives up: closes the listener. Without effect on a finished sign-in.
    fn close(&self, py: Python<'_>) {
        // An exchange whose request has left is finished by core.
        py.detach(|| self.inner.lock().map(|mut place| drop(place.take())).unwrap_or_default());
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) {
        self.close(py);
    }

    fn __repr__(&self) -> String {
        let channels = self.prompt.lock().map(|prompt| prompt.channels.clone()).unwrap_or_default();
        format!("Flow(channels={channels:?})")
    }
}

/// What to show to the person who signs in.
///
/// Immutable; each field is an attribute and a key.
#[pyclass(extends = Record, frozen, module = "tokcore")]
pub struct FlowPrompt {
    inner: tokcore::flow::FlowPrompt,
}

#[pymethods]
impl FlowPrompt {
    #[classattr]
    fn _fields() -> (Name, Name, Name, Name, Name, Name, Name, Name, Name) {
        (
            "authorization_url",
            "redirect_uri",
            "user_code",
            "verification_uri",
            "verification_uri_complete",
            "message",
            "expires_at",
            "channels",
            "notices",
        )
    }

    /// str or None: The page to sign in on. It holds the one-time state: for this person only.
    #[getter]
    fn authorization_url(&self) -> Option<&str> {
        self.inner.authorization_url.as_deref()
    }

    /// str or None: Where the browser comes back to.
    #[getter]
    fn redirect_uri(&self) -> Option<&str> {
        self.inner.redirect_uri.as_deref()
    }

    /// str or None: The code to enter on another device.
    #[getter]
    fn user_code(&self) -> Option<&str> {
        self.inner.user_code.as_deref()
    }

    /// str or None: Where to enter the code.
    #[getter]
    fn verification_uri(&self) -> Option<&str> {
        self.inner.verification_uri.as_deref()
    }

    /// str or None: The same with the code in it, for a link or a QR code.
    #[getter]
    fn verification_uri_complete(&self) -> Option<&str> {
        self.inner.verification_uri_complete.as_deref()
    }

    /// str or None: The server's own instructions.
    #[getter]
    fn message(&self) -> Option<&str> {
        self.inner.message.as_deref()
    }

    /// datetime.datetime or None: When the code stops working, in UTC.
    #[getter]
    fn expires_at(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::datetime(py, self.inner.expires_at_unix_s)
    }

    /// list of str: Where the answer is awaited: ``"loopback"``, ``"paste"``, ``"poll"``, ``"device"``.
    #[getter]
    fn channels(&self) -> Vec<&'static str> {
        self.inner.channels.clone()
    }

    /// list of str: What the person should know, one line each.
    #[getter]
    fn notices(&self) -> Vec<&str> {
        self.inner.notices.iter().map(String::as_str).collect()
    }
}

fn key_bytes(key: &Bound<'_, PyBytes>) -> PyResult<[u8; 32]> {
    let bytes = key.as_bytes();
    bytes.try_into().map_err(|_| invalid(key.py(), format!("the key has {} bytes and needs 32", bytes.len())))
}
