//! `tokcore.secrets`: encrypted texts and files, and their keys.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyBytes;
use tokcore::secrets::{self, Format};
use tokcore::{Error, Secret};

use crate::error::raise;

/// Adds the class and the functions to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SecretKey>()?;
    module.add_function(wrap_pyfunction!(make_key, module)?)?;
    module.add_function(wrap_pyfunction!(has_key, module)?)?;
    module.add_function(wrap_pyfunction!(encrypt, module)?)?;
    module.add_function(wrap_pyfunction!(decrypt, module)?)?;
    module.add_function(wrap_pyfunction!(decrypt_text, module)?)?;
    module.add_function(wrap_pyfunction!(decrypt_json, module)?)?;
    module.add_function(wrap_pyfunction!(encrypt_file, module)?)?;
    module.add_function(wrap_pyfunction!(decrypt_file, module)?)
}

/// A key itself, where a text alone would name a variable. Printing does not show it.
///
/// Parameters
/// ----------
/// key : str or bytes
///     What `make_key` gave, or its 16, 24 or 32 bytes.
///
/// Raises
/// ------
/// InvalidArgumentError
///     This is no key; it is not repeated.
#[pyclass(frozen, name = "Key", module = "tokcore.secrets")]
pub struct SecretKey(secrets::Key);

#[pymethods]
impl SecretKey {
    #[new]
    fn new(py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Self> {
        let made = if let Ok(text) = key.extract::<PyBackedStr>() {
            secrets::Key::from_text(&Secret::new(&*text))
        } else if let Ok(bytes) = key.extract::<PyBackedBytes>() {
            secrets::Key::from_bytes(&bytes)
        } else {
            Err(secrets::not_a_key())
        };
        made.map(Self).map_err(|error| raise(py, &error))
    }

    fn __repr__(&self) -> &'static str {
        "Key(<redacted>)"
    }
}

/// A key in any of its forms: the name of a variable, bytes, or a [`SecretKey`].
fn key_of(key: &Bound<'_, PyAny>) -> PyResult<secrets::Key> {
    let found = if let Ok(key) = key.cast::<SecretKey>() {
        Ok(key.get().0.clone())
    } else if let Ok(variable) = key.extract::<PyBackedStr>() {
        secrets::Key::from_variable(&variable)
    } else if let Ok(bytes) = key.extract::<PyBackedBytes>() {
        secrets::Key::from_bytes(&bytes)
    } else {
        Err(secrets::not_a_key())
    };
    found.map_err(|error| raise(key.py(), &error))
}

/// A text, as UTF-8, or bytes: lent by Python, so that no copy of a secret is left behind.
#[derive(FromPyObject)]
enum Content {
    Text(PyBackedStr),
    Bytes(PyBackedBytes),
}

impl Content {
    fn of(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        // The usual message would show the value.
        value.extract().map_err(|_| PyTypeError::new_err(format!("{name} must be str or bytes")))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }
}

fn told<T>(py: Python<'_>, made: Result<T, Error>) -> PyResult<T> {
    made.map_err(|error| raise(py, &error))
}

/// A fresh key, as the text that goes into a variable.
///
/// Parameters
/// ----------
/// size : int
///     Its bytes: 32, or 16 as gargle's keys have, or 24.
///
/// Returns
/// -------
/// str
///
/// Raises
/// ------
/// InvalidArgumentError
///     Another size.
#[pyfunction]
#[pyo3(name = "secret_make_key", signature = (*, size=32))]
fn make_key(py: Python<'_>, size: usize) -> PyResult<String> {
    Ok(told(py, secrets::make_key(size))?.expose().to_owned())
}

/// Whether a variable is set, and not empty: whether there may be a key in it.
///
/// Parameters
/// ----------
/// variable : str
///     Its name.
///
/// Returns
/// -------
/// bool
#[pyfunction]
#[pyo3(name = "secret_has_key")]
fn has_key(variable: &str) -> bool {
    secrets::has_key(variable)
}

/// Encrypts a text or bytes into one line of text, which may lie in a repository while the key does not.
///
/// Parameters
/// ----------
/// content : str or bytes
///     What to encrypt.
/// key : str, bytes or Key
///     The name of a variable that holds the key, or the key itself as bytes or as `Key`.
/// format : {"tokcore", "gargle"}
///     ``"gargle"`` is for what gargle and httr2 have to read; it notices neither a wrong key nor a change.
///
/// Returns
/// -------
/// str
///
/// Raises
/// ------
/// ConfigInvalidError
///     The variable is not set (`reason` is ``"secret_key_missing"``) or holds no key.
/// InvalidArgumentError
///     This is no key, or no format.
#[pyfunction]
#[pyo3(name = "secret_encrypt", signature = (content, key, *, format="tokcore"))]
fn encrypt(py: Python<'_>, content: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>, format: &str) -> PyResult<String> {
    let (content, key) = (Content::of("content", content)?, key_of(key)?);
    let format = told(py, Format::from_name(format))?;
    told(py, secrets::encrypt(content.bytes(), &key, format))
}

/// What an encrypted text stands for, in either format.
///
/// Parameters
/// ----------
/// text : str or bytes
///     What `encrypt`, gargle or httr2 made.
/// key : str, bytes or Key
///     As for `encrypt`.
///
/// Returns
/// -------
/// bytes
///
/// Raises
/// ------
/// ConfigInvalidError
///     A wrong key, or a changed text (`reason` is ``"secret_auth_failed"``); no encrypted text (``"secret_unreadable"``);
///     or the key cannot be had.
#[pyfunction]
#[pyo3(name = "secret_decrypt")]
fn decrypt<'py>(py: Python<'py>, text: &Bound<'py, PyAny>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let (text, key) = (Content::of("text", text)?, key_of(key)?);
    Ok(PyBytes::new(py, &told(py, secrets::decrypt(text.bytes(), &key))?))
}

/// As `decrypt`, for what must be text.
///
/// Returns
/// -------
/// str
///
/// Raises
/// ------
/// ConfigInvalidError
///     As `decrypt`; other bytes came out, as they do with a wrong key (`reason` is ``"secret_unreadable"``).
#[pyfunction]
#[pyo3(name = "secret_decrypt_text")]
fn decrypt_text(py: Python<'_>, text: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>) -> PyResult<String> {
    let (text, key) = (Content::of("text", text)?, key_of(key)?);
    Ok(told(py, secrets::decrypt_text(text.bytes(), &key))?.expose().to_owned())
}

/// The text of JSON that was encrypted; `tokcore.secrets.decrypt_json` reads it.
#[pyfunction]
#[pyo3(name = "secret_decrypt_json")]
fn decrypt_json(py: Python<'_>, text: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>) -> PyResult<String> {
    let (text, key) = (Content::of("text", text)?, key_of(key)?);
    Ok(told(py, secrets::decrypt_json(text.bytes(), &key))?.expose().to_owned())
}

/// Encrypts a file, every byte of it, into a text file that only its owner may read.
///
/// Parameters
/// ----------
/// path : str or os.PathLike
///     The file.
/// to : str or os.PathLike
///     The encrypted file: it is the old one or the new one, never a part, and may be `path`.
/// key : str, bytes or Key
///     As for `encrypt`.
/// format : {"tokcore", "gargle"}
///     As for `encrypt`.
///
/// Raises
/// ------
/// ConfigInvalidError
///     The file cannot be read, or the key cannot be had.
/// InvalidArgumentError
///     The encrypted file cannot be written.
#[pyfunction]
#[pyo3(name = "secret_encrypt_file", signature = (path, to, key, *, format="tokcore"))]
fn encrypt_file(py: Python<'_>, path: PathBuf, to: PathBuf, key: &Bound<'_, PyAny>, format: &str) -> PyResult<()> {
    let (key, format) = (key_of(key)?, told(py, Format::from_name(format))?);
    let done = py.detach(|| secrets::encrypt_file(&path, &to, &key, format));
    told(py, done)
}

/// What an encrypted file stands for, in either format.
///
/// Parameters
/// ----------
/// path : str or os.PathLike
///     The file.
/// key : str, bytes or Key
///     As for `encrypt`.
///
/// Returns
/// -------
/// bytes
///
/// Raises
/// ------
/// ConfigInvalidError
///     As `decrypt`; or the file cannot be read.
#[pyfunction]
#[pyo3(name = "secret_decrypt_file")]
fn decrypt_file<'py>(py: Python<'py>, path: PathBuf, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let key = key_of(key)?;
    let opened = py.detach(|| secrets::decrypt_file(&path, &key));
    Ok(PyBytes::new(py, &told(py, opened)?))
}
