//! What the result classes have in common: reading them like a mapping, printing them, and not leaking.

use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use tokcore::Token;

/// Fields whose value is never printed.
const SECRETS: [&str; 7] = ["access_token", "token", "refresh_token", "id_token", "verifier", "headers", "parameters"];

/// Name of a field.
pub type Name = &'static str;

/// Parent of the immutable result classes. A subclass names its fields in `_fields`; each is an attribute and a key.
#[pyclass(subclass, frozen, module = "tokcore", name = "_Record")]
pub struct Record;

#[pymethods]
impl Record {
    fn __getitem__<'py>(slf: &Bound<'py, Self>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match fields(slf)?.contains(key)? {
            true => slf.getattr(key.cast::<PyString>()?),
            false => Err(PyKeyError::new_err(key.clone().unbind())),
        }
    }

    /// The field of this name, or `default` if there is none.
    #[pyo3(signature = (key, default=None, /))]
    fn get<'py>(
        slf: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if fields(slf)?.contains(key)? { Self::__getitem__(slf, key).map(Some) } else { Ok(default) }
    }

    /// tuple of str: Names of the fields.
    fn keys<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        fields(slf)
    }

    fn __contains__(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        fields(slf)?.contains(key)
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(fields(slf)?.as_any().try_iter()?.into_any())
    }

    fn __len__(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(fields(slf)?.len())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let mut shown = Vec::new();
        for field in fields(slf)? {
            let name: String = field.extract()?;
            let value = slf.getattr(&*name)?;
            let text = match SECRETS.contains(&&*name) && !value.is_none() {
                true => REDACTED.to_owned(),
                false => printable(&value)?,
            };
            shown.push(format!("{name}={text}"));
        }
        Ok(format!("{}({})", slf.get_type().name()?, shown.join(", ")))
    }

    /// Immutable, so a copy is the object itself: the token does not multiply.
    fn __copy__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf.clone()
    }

    /// A pickle is a file or a message that outlives the program, and the token would be in it as plain text.
    fn __reduce_ex__(slf: &Bound<'_, Self>, _protocol: i32) -> PyResult<Py<PyAny>> {
        let class = slf.get_type().name()?;
        Err(PyTypeError::new_err(format!("{class} holds a token and cannot be pickled; ask for it where it is needed")))
    }
}

/// What stands in the place of a secret.
const REDACTED: &str = "<redacted>";

/// The value as it is printed: in what a server sent, members that may be secrets are hidden, at any depth.
fn printable(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(members) = value.cast::<PyDict>() {
        let mut shown = Vec::new();
        for (name, value) in members {
            let text = match name.extract::<String>().is_ok_and(|name| Token::is_secret_member(&name)) {
                true => REDACTED.to_owned(),
                false => printable(&value)?,
            };
            shown.push(format!("{}: {text}", name.repr()?));
        }
        return Ok(format!("{{{}}}", shown.join(", ")));
    }
    if let Ok(items) = value.cast::<PyList>() {
        let shown: Vec<_> = items.iter().map(|item| printable(&item)).collect::<PyResult<_>>()?;
        return Ok(format!("[{}]", shown.join(", ")));
    }
    Ok(value.repr()?.to_string())
}

fn fields<'py>(record: &Bound<'py, Record>) -> PyResult<Bound<'py, PyTuple>> {
    Ok(record.getattr(pyo3::intern!(record.py(), "_fields"))?.cast_into::<PyTuple>()?)
}
