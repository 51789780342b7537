//! What Google knows about tokens, and what this machine has of Google's: the functions of `tokcore.google`.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::{SharedToken, google};

use crate::convert;
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
