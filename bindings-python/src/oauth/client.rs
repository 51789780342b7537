//! `tokcore.OAuthClient`, and `tokcore.discover`.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use tokcore::oauth::revocation::TokenHint;
use tokcore::{ClientSettings, Error, Kind, Secret, TokenRequest};
use url::Url;

use super::flow::Flow;
use super::outcomes::{Authentication, Introspection, Logout, Revocation, ServerMetadata};
use super::person::Prompts;
use super::settings::settings;
use super::source::TokenSource;
use super::token::Token;
use crate::convert;
use crate::error::raise;
use crate::store::Store;
use crate::waiting::waiting;

/// A client as it is registered with an authorization server.
///
/// Making one reads nothing and connects to nothing. Share it freely between threads; a forked child may go on using it.
///
/// Parameters
/// ----------
/// **settings
///     `client_id`, and as needed `client_secret`, `issuer` (its metadata supplies what is not given), `token_endpoint`
///     and the other endpoints, `auth_method`, `key` or `key_file`, `scopes`, `redirect_uri`, `profile`, `dpop`,
///     `timeout_ms` … The names are the same in every language and in client files. `store` is where credentials are kept:
///     a `tokcore.store.Store`, ``"user"``, ``"memory"`` or a folder.
///
/// Raises
/// ------
/// ConfigInvalidError
///     A setting is unknown, missing, of the wrong type, or contradicts another one; the message names it.
#[pyclass(frozen, module = "tokcore")]
pub struct OAuthClient {
    pub inner: tokcore::OAuthClient,
}

impl OAuthClient {
    pub fn of(inner: tokcore::OAuthClient) -> Self {
        Self { inner }
    }

    /// The request of a call, and how it talks to the person.
    fn asked(py: Python<'_>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<(TokenRequest, Prompts)> {
        let prompts = Prompts::take(keywords)?;
        let request = TokenRequest::from_settings(settings(py, keywords)?).map_err(|error| raise(py, &error))?;
        Ok((request, prompts))
    }
}

#[pymethods]
impl OAuthClient {
    #[new]
    #[pyo3(signature = (**settings))]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let store = Store::take(settings)?;
        let given = super::settings::settings(py, settings)?;
        let made = ClientSettings::from_settings(given).and_then(tokcore::OAuthClient::new);
        let made = made.map_err(|error| raise(py, &error))?;
        Ok(Self::of(match store {
            Some(store) => made.with_store(&store.get().inner),
            None => made,
        }))
    }

    /// The client that a TOML file describes, with the names of the settings.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file.
    ///
    /// Returns
    /// -------
    /// OAuthClient
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     The file cannot be read or understood; the message names it and the line.
    #[staticmethod]
    fn from_file(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        tokcore::OAuthClient::from_file(&path).map(Self::of).map_err(|error| raise(py, &error))
    }

    /// The source of a token: what a program keeps and asks before each request. Asks nobody yet.
    ///
    /// Parameters
    /// ----------
    /// **request
    ///     `grant` (``"authorization_code"`` by default), `scopes`, `resource`, `audience` and whatever the grant needs; the
    ///     names are the same in every language. Besides them how a person is asked: `on_prompt`, a function that shows a
    ///     text; `ask`, a function of a question and whether its answer is secret; `on_choose`, a function of a question and a
    ///     list of answers, that gives the place of one or None; `interactive`, whether somebody is there.
    ///
    /// Returns
    /// -------
    /// TokenSource
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     A setting is unknown, missing or of the wrong type; the message names it.
    #[pyo3(signature = (**request))]
    fn source(&self, py: Python<'_>, request: Option<&Bound<'_, PyDict>>) -> PyResult<TokenSource> {
        let (request, prompts) = Self::asked(py, request)?;
        let source = self.inner.source(request).map_err(|error| raise(py, &error))?;
        Ok(TokenSource::of(source, prompts))
    }

    /// A usable token: ``source(…).token()``, for programs that ask once.
    ///
    /// Parameters
    /// ----------
    /// **request
    ///     As for `source`.
    ///
    /// Returns
    /// -------
    /// Token
    ///
    /// Raises
    /// ------
    /// TokcoreError
    ///     As `source` and `TokenSource.token`.
    #[pyo3(signature = (**request))]
    fn token(&self, py: Python<'_>, request: Option<&Bound<'_, PyDict>>) -> PyResult<Py<Token>> {
        TokenSource::usable_token(&Bound::new(py, self.source(py, request)?)?)
    }

    /// A token that nothing remembers and nobody else shares: the grant, carried out once.
    ///
    /// Parameters
    /// ----------
    /// **request
    ///     As for `source`.
    ///
    /// Returns
    /// -------
    /// Token
    ///
    /// Raises
    /// ------
    /// TokcoreError
    ///     As `source` and `TokenSource.token`.
    #[pyo3(signature = (**request))]
    fn fetch(&self, py: Python<'_>, request: Option<&Bound<'_, PyDict>>) -> PyResult<Py<Token>> {
        let (request, prompts) = Self::asked(py, request)?;
        Token::wrap(py, prompts.waiting(py, |person, interrupt| self.inner.fetch(request, person, interrupt))?)
    }

    /// Signs in now, even when there is a token. From then on `token` with the same request gives the new one.
    ///
    /// Parameters
    /// ----------
    /// **request
    ///     As for `source`.
    ///
    /// Returns
    /// -------
    /// Token
    ///
    /// Raises
    /// ------
    /// InteractionRequiredError
    ///     Nobody is there to sign in.
    /// DeniedError, TimeoutError, ListenerUnavailableError
    ///     The sign-in did not succeed; the exception's `hint` says what to do.
    /// TokcoreError
    ///     Everything else that can go wrong is of a class below this one.
    #[pyo3(signature = (**request))]
    fn login(&self, py: Python<'_>, request: Option<&Bound<'_, PyDict>>) -> PyResult<Py<Token>> {
        let (request, prompts) = Self::asked(py, request)?;
        let source = self.inner.source(request.clone()).map_err(|error| raise(py, &error))?;
        let token = prompts.waiting(py, |person, interrupt| {
            let token = self.inner.sign_in(request, person, interrupt)?;
            Ok(source.adopt((*token).clone()))
        })?;
        Token::wrap(py, token)
    }

    /// Signs out: the server is told, then the credential is removed from the store and from memory.
    ///
    /// Parameters
    /// ----------
    /// revoke : bool
    ///     Whether the server is told.
    /// **request
    ///     As for `source`; `account` says which one where several are stored.
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
    #[pyo3(signature = (*, revoke=true, **request))]
    fn logout(&self, py: Python<'_>, revoke: bool, request: Option<&Bound<'_, PyDict>>) -> PyResult<Logout> {
        let (request, _) = Self::asked(py, request)?;
        Logout::wrap(py, waiting(py, |interrupt| self.inner.logout(request, revoke, interrupt))?)
    }

    /// tokcore.store.Store: Where its credentials are kept.
    #[getter]
    fn store(&self) -> Store {
        Store::of(self.inner.store())
    }

    /// Starts a sign-in that the program steps, in a web application, a notebook or an event loop.
    ///
    /// Parameters
    /// ----------
    /// **request
    ///     As for `source`; `interactive` is True by default, since the program shows the prompt itself.
    ///
    /// Returns
    /// -------
    /// Flow
    ///
    /// Raises
    /// ------
    /// ListenerUnavailableError
    ///     The address of the redirect cannot be listened on.
    /// InvalidStateError
    ///     The grant asks nobody to sign in.
    /// TokcoreError
    ///     As `login`.
    #[pyo3(signature = (**request))]
    fn begin(&self, py: Python<'_>, request: Option<&Bound<'_, PyDict>>) -> PyResult<Flow> {
        let (request, mut prompts) = Self::asked(py, request)?;
        prompts.assume_somebody();
        let interactivity = prompts.interactivity(py)?;
        Ok(Flow::of(waiting(py, |interrupt| self.inner.begin(request, interactivity, interrupt))?))
    }

    /// How a sign-in would go here, and why, in lines for people. No network.
    ///
    /// Parameters
    /// ----------
    /// **request
    ///     As for `source`.
    ///
    /// Returns
    /// -------
    /// list of str
    ///
    /// Raises
    /// ------
    /// TokcoreError
    ///     What the sign-in would end with before it began.
    #[pyo3(signature = (**request))]
    fn plan(&self, py: Python<'_>, request: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<String>> {
        let (request, prompts) = Self::asked(py, request)?;
        let plan = self.inner.plan(&request, prompts.interactivity(py)?).map_err(|error| raise(py, &error))?;
        Ok(plan.explanation.into_iter().chain(plan.notices).collect())
    }

    /// One refresh of `token`, whose other facts carry over. Nothing is remembered.
    ///
    /// Parameters
    /// ----------
    /// token : Token
    ///     A token with a refresh token.
    ///
    /// Returns
    /// -------
    /// Token
    ///
    /// Raises
    /// ------
    /// InvalidArgumentError
    ///     It has no refresh token.
    /// GrantRevokedError
    ///     The server takes the refresh token no more.
    /// TokcoreError
    ///     Everything else that can go wrong is of a class below this one.
    fn refresh(&self, py: Python<'_>, token: &Token) -> PyResult<Py<Token>> {
        Token::wrap(py, waiting(py, |interrupt| self.inner.refresh(&token.inner, interrupt))?)
    }

    /// Tells the server that the tokens of one grant are no longer wanted.
    ///
    /// Parameters
    /// ----------
    /// token : Token, optional
    ///     Its refresh token and its access token; or else
    /// refresh_token, access_token : str, optional
    ///     these.
    ///
    /// Returns
    /// -------
    /// Revocation
    ///     What became of it; a server that cannot be asked is no exception.
    ///
    /// Raises
    /// ------
    /// DeniedError
    ///     The server does not accept this client.
    #[pyo3(signature = (token=None, *, refresh_token=None, access_token=None))]
    fn revoke(
        &self,
        py: Python<'_>,
        token: Option<&Token>,
        refresh_token: Option<String>,
        access_token: Option<String>,
    ) -> PyResult<Revocation> {
        let of_token =
            |part: fn(&tokcore::Token) -> Option<&Secret>| token.and_then(|token| part(&token.inner).cloned());
        let refresh_token = refresh_token.map(Secret::new).or_else(|| of_token(tokcore::Token::refresh_token));
        let access_token = access_token.map(Secret::new).or_else(|| of_token(|token| Some(token.access_token())));
        let outcome =
            waiting(py, |interrupt| self.inner.revoke(refresh_token.as_ref(), access_token.as_ref(), interrupt))?;
        Ok(Revocation { inner: outcome })
    }

    /// What the server knows about a token.
    ///
    /// Parameters
    /// ----------
    /// token : Token or str
    ///     The token; of a `Token` its access token.
    /// hint : {"access_token", "refresh_token"}, optional
    ///     Which of the two it is.
    ///
    /// Returns
    /// -------
    /// Introspection
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     The server has no such endpoint.
    /// DeniedError
    ///     This client may not ask.
    #[pyo3(signature = (token, *, hint=None))]
    fn introspect(&self, py: Python<'_>, token: &Bound<'_, PyAny>, hint: Option<&str>) -> PyResult<Py<Introspection>> {
        let token = match token.cast::<PyString>() {
            Ok(text) => Secret::new(text.extract::<String>()?),
            Err(_) => token.cast::<Token>()?.get().inner.access_token().clone(),
        };
        let hint = hint.map(|name| hint_named(py, name)).transpose()?;
        Introspection::wrap(py, waiting(py, |interrupt| self.inner.introspect(&token, hint, interrupt))?)
    }

    /// What the server publishes about itself.
    ///
    /// Returns
    /// -------
    /// ServerMetadata
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     There is nowhere to ask.
    /// ProtocolError
    ///     The document is wrong.
    fn metadata(&self, py: Python<'_>) -> PyResult<ServerMetadata> {
        Ok(ServerMetadata { inner: waiting(py, |interrupt| self.inner.metadata(interrupt))? })
    }

    /// What the server knows about the person whose token this is.
    ///
    /// Parameters
    /// ----------
    /// token : Token
    ///     A token of this server.
    ///
    /// Returns
    /// -------
    /// dict
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     The server has no such endpoint.
    /// DeniedError
    ///     It does not accept the token.
    fn userinfo<'py>(&self, py: Python<'py>, token: &Token) -> PyResult<Bound<'py, PyDict>> {
        convert::dict(py, &waiting(py, |interrupt| self.inner.userinfo(&token.inner, interrupt))?)
    }

    /// What an API says about itself: which authorization servers it trusts, which scopes it knows (RFC 9728).
    ///
    /// An API cannot make tokcore turn to another server: whether one of those named is trusted is the caller's decision.
    ///
    /// Parameters
    /// ----------
    /// resource : str
    ///     The API's URL. With ``url``, the URL of the request that was refused.
    /// url : str, optional
    ///     Where the document is: ``resource_metadata`` of the API's challenge.
    ///
    /// Returns
    /// -------
    /// dict
    ///     Its members: ``"resource"``, ``"authorization_servers"`` and, if it says so, ``"scopes_supported"`` and others.
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     An address is not https.
    /// ProtocolError
    ///     The document is wrong, or about another resource.
    #[pyo3(signature = (resource, *, url=None))]
    fn resource_metadata<'py>(
        &self,
        py: Python<'py>,
        resource: &str,
        url: Option<&str>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let found = waiting(py, |interrupt| self.inner.resource_metadata(resource, url, interrupt))?;
        convert::dict(py, &found.to_json())
    }

    /// The client's proof of who it is, for a request to the server that the program makes itself.
    ///
    /// Parameters
    /// ----------
    /// url : str
    ///     Where that request goes.
    ///
    /// Returns
    /// -------
    /// Authentication
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     A secret or key is missing or cannot be used.
    fn authentication(&self, py: Python<'_>, url: &str) -> PyResult<Py<Authentication>> {
        let absolute = |_| raise(py, &Error::new(Kind::InvalidArgument, "the endpoint's URL is not absolute"));
        let endpoint = Url::parse(url).map_err(absolute)?;
        Authentication::wrap(py, waiting(py, |interrupt| self.inner.authentication(&endpoint, interrupt))?)
    }

    /// What is known of the client and its server, without asking; for reports. Holds no secret.
    ///
    /// Returns
    /// -------
    /// dict
    ///     Texts, flags as bool, numbers as int, and None for what is not set.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::dict(py, &self.inner.report().into_iter().collect())
    }

    fn __repr__(&self) -> String {
        let settings = self.inner.settings();
        let issuer = settings.issuer.as_deref().map_or("None".to_owned(), |issuer| format!("{issuer:?}"));
        format!("OAuthClient(client_id={:?}, issuer={issuer})", settings.client_id)
    }
}

fn hint_named(py: Python<'_>, name: &str) -> PyResult<TokenHint> {
    let known = [TokenHint::AccessToken, TokenHint::RefreshToken];
    known.into_iter().find(|hint| hint.name() == name).ok_or_else(|| {
        let message = format!("hint is {name:?}, which is not one of access_token, refresh_token");
        raise(py, &Error::new(Kind::InvalidArgument, message))
    })
}
