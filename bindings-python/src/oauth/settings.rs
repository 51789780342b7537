//! Keyword arguments as settings of core. Names, types and defaults are core's business.

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};
use tokcore::{Error, Kind, Setting, Settings};

use crate::error::{invalid, raise};

/// The keyword arguments of a call, by their names; a dot in a name leads into a table.
pub fn settings(py: Python<'_>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Settings> {
    let mut settings = Settings::new();
    for (name, value) in keywords.into_iter().flatten() {
        let name: String = name.extract()?;
        settings.set(&name, setting(&name, &value)?).map_err(|error| raise(py, &error))?;
    }
    Ok(settings)
}

fn setting(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Setting> {
    let py = value.py();
    if value.is_none() {
        return Ok(Setting::Absent);
    }
    // A truth value is an integer to Python, so it comes first.
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(flag.is_true().into());
    }
    if value.is_instance_of::<PyInt>() {
        return value.extract::<i64>().map(Setting::from).map_err(|error| {
            match error.is_instance_of::<PyOverflowError>(py) {
                true => invalid(py, format!("the setting {name} is too large a number")),
                false => error,
            }
        });
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Setting::Real(value.extract()?));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.extract::<String>()?.into());
    }
    if let Ok(members) = value.cast::<PyDict>() {
        let member = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            let key: String = key.extract()?;
            let value = setting(&format!("{name}.{key}"), &value)?;
            Ok::<_, PyErr>((key, value))
        };
        return Ok(Setting::Table(members.iter().map(member).collect::<PyResult<Settings>>()?));
    }
    if is_several(value) {
        let items = value.try_iter()?.map(|item| setting(name, &item?));
        return Ok(Setting::List(items.collect::<PyResult<_>>()?));
    }
    // A path, a time.
    if value.hasattr("__fspath__")? {
        return setting(name, &py.import("os")?.call_method1("fspath", (value,))?);
    }
    if value.hasattr("timestamp")? {
        return Ok(Setting::Real(value.call_method0("timestamp")?.extract()?));
    }
    let class = value.get_type().name()?;
    let error =
        Error::new(Kind::InvalidArgument, format!("the setting {name} is of type {class}, which no setting is"));
    Err(raise(py, &error.with_hint("look at its name: what takes a function or an object has a name of its own")))
}

fn is_several(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>()
}
