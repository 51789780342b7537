//! What Google knows about tokens, and what this machine has of Google's: the functions of `tokcore.google`.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tokcore::{Secret, SharedToken, google};

use crate::convert;
use crate::error::raise;
use crate::oauth::source::TokenSource;
use crate::oauth::token::Token;
use crate::waiting::waiting;

/// Adds the functions to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(google_userinfo, module)?)?;
    module.add_function(wrap_pyfunction!(google_tokeninfo, module)?)?;
    module.add_function(wrap_pyfunction!(google_email, module)?)?;
    module.add_function(wrap_pyfunction!(google_adc_path, module)?)?;
    module.add_function(wrap_pyfunction!(google_project_id, module)?)?;
    module.add_function(wrap_pyfunction!(google_machine, module)?)?;
    module.add_function(wrap_pyfunction!(google_read_client, module)?)?;
    module.add_function(wrap_pyfunction!(google_default_client_type, module)?)?;
    module.add_function(wrap_pyfunction!(google_api_key_header, module)?)?;
    module.add_function(wrap_pyfunction!(google_full_scopes, module)?)?;
    module.add_function(wrap_pyfunction!(google_short_scope, module)?)
}

/// A token, or the one of a source that is usable now.
fn token(given: &Bound<'_, PyAny>) -> PyResult<SharedToken> {
    match given.cast::<TokenSource>() {
        Ok(source) => Ok(TokenSource::usable_token(source)?.get().inner.clone()),
        Err(_) => Ok(given.cast::<Token>()?.get().inner.clone()),
    }
}

/// What Google knows about the owner of a token.
///
/// Parameters
/// ----------
/// token : Token or TokenSource
///     The token.
///
/// Returns
/// -------
/// dict
///     ``"sub"``, ``"email"``, and more with more scopes.
///
/// Raises
/// ------
/// DeniedError
///     The token is over, or was given without the scope for it.
/// TokcoreError
///     Google cannot be asked.
#[pyfunction]
#[pyo3(signature = (token, /))]
fn google_userinfo<'py>(py: Python<'py>, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let token = self::token(token)?;
    convert::dict(py, &waiting(py, |interrupt| google::userinfo(&token, interrupt))?)
}

/// What Google knows about a token: whom it was given to, its scopes, its end.
///
/// Parameters
/// ----------
/// token : Token or TokenSource
///     The token.
///
/// Returns
/// -------
/// dict
///
/// Raises
/// ------
/// TokcoreError
///     As `userinfo`.
#[pyfunction]
#[pyo3(signature = (token, /))]
fn google_tokeninfo<'py>(py: Python<'py>, token: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let token = self::token(token)?;
    convert::dict(py, &waiting(py, |interrupt| google::tokeninfo(&token, interrupt))?)
}

/// The address of the owner of a token. Google is asked only where the token does not say.
///
/// Parameters
/// ----------
/// token : Token or TokenSource
///     The token.
///
/// Returns
/// -------
/// str or None
///     None where Google does not tell, because the scope for it is missing.
///
/// Raises
/// ------
/// TokcoreError
///     As `userinfo`.
#[pyfunction]
#[pyo3(signature = (token, /))]
fn google_email(py: Python<'_>, token: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let token = self::token(token)?;
    waiting(py, |interrupt| google::email(&token, interrupt))
}

/// Where the application default credentials are, or would be.
///
/// Returns
/// -------
/// str or None
///     None without a home.
#[pyfunction]
fn google_adc_path() -> Option<String> {
    google::adc_file().map(|file| file.path)
}

/// The project that is meant: the one that a variable names, else the credential's own, else that of gcloud's configuration.
/// Else, for the machine's own credential, the machine is asked for its own.
///
/// Parameters
/// ----------
/// source : TokenSource
///     The credential.
///
/// Returns
/// -------
/// str or None
#[pyfunction]
#[pyo3(signature = (source, /))]
fn google_project_id(py: Python<'_>, source: &TokenSource) -> PyResult<Option<String>> {
    let about = source.inner.about();
    waiting(py, |interrupt| google::project_id(&about, interrupt))
}

/// The machine of Google's that the program runs on, as its metadata server tells.
///
/// Returns
/// -------
/// Machine or None
///     None elsewhere.
///
/// Raises
/// ------
/// TokcoreError
///     There is a metadata server, and it cannot be asked.
#[pyfunction]
fn google_machine(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let Some(machine) = waiting(py, |interrupt| google::machine(interrupt))? else { return Ok(None) };
    let scopes = PyTuple::new(py, machine.scopes)?;
    record(py, "Machine")?.call1((machine.project_id, machine.universe_domain, scopes)).map(Some)
}

/// Reads the file of an OAuth client, as Google's console wrote it.
///
/// Parameters
/// ----------
/// path : path or str
///     The file, or its JSON.
///
/// Returns
/// -------
/// ClientFile
///     Without the client's secret.
///
/// Raises
/// ------
/// ConfigInvalidError
///     It is no client's; `reason` is ``"key_given_as_client_json"`` for the key of a service account.
#[pyfunction]
#[pyo3(signature = (path, /))]
fn google_read_client<'py>(py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyAny>> {
    let path = Secret::new(path.to_string_lossy().into_owned());
    let client = google::read_client(&path).map_err(|error| raise(py, &error))?;
    let redirect_uris = PyTuple::new(py, client.redirect_uris)?;
    let fields = (client.client_id, client.name, client.is_web, redirect_uris, client.project_id);
    record(py, "ClientFile")?.call1(fields)
}

/// The type of OAuth client that suits this machine, for packages that have one of each. Asks nobody.
///
/// Parameters
/// ----------
/// option : {"installed", "web"}, optional
///     Decides where it is given.
///
/// Returns
/// -------
/// {"installed", "web"}
///     ``"web"`` where the user's browser is on another machine.
///
/// Raises
/// ------
/// InvalidArgumentError
///     The option is no type.
#[pyfunction]
#[pyo3(signature = (option=None, /))]
fn google_default_client_type(py: Python<'_>, option: Option<&str>) -> PyResult<&'static str> {
    google::default_client_type(option).map_err(|error| raise(py, &error))
}

/// The header field that carries an API key, for requests that need no token. Asks nobody.
///
/// Parameters
/// ----------
/// key : str
///     The key.
///
/// Returns
/// -------
/// dict of str to str
///     A new one; its value is the key.
///
/// Raises
/// ------
/// ConfigInvalidError
///     It cannot be a key.
#[pyfunction]
#[pyo3(signature = (key, /))]
fn google_api_key_header(py: Python<'_>, key: String) -> PyResult<Bound<'_, PyDict>> {
    let field = google::api_key_header(&Secret::new(key)).map_err(|error| raise(py, &error))?;
    convert::secrets(py, &[field])
}

/// A class of `tokcore._google`.
fn record<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("tokcore._google")?.getattr(name)
}

/// Full scopes for short names such as ``"drive.readonly"``. Asks nobody.
///
/// Parameters
/// ----------
/// scopes : list of str
///     Names; what is no name of a scope stays as it is.
/// aliases : dict of str to str, optional
///     Names of the program's own, which come before Google's.
///
/// Returns
/// -------
/// list of str
///     In the order of their bytes, each once.
#[pyfunction]
#[pyo3(signature = (scopes, aliases=None))]
fn google_full_scopes(scopes: Vec<String>, aliases: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<String>> {
    let aliases = aliases.into_iter().flatten().map(|(name, scope)| Ok((name.extract()?, scope.extract()?)));
    Ok(google::full_scopes(&scopes, &aliases.collect::<PyResult<Vec<_>>>()?))
}

/// A scope as reports show it, such as ``"...drive"``. Asks nobody.
///
/// Parameters
/// ----------
/// scope : str
///     The scope.
///
/// Returns
/// -------
/// str
#[pyfunction]
#[pyo3(signature = (scope, /))]
fn google_short_scope(scope: &str) -> String {
    google::short_scope(scope)
}
