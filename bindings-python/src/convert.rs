//! Values of core as values of Python.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyMemoryView, PyString, PyType};
use serde_json::{Map, Value};
use tokcore::Secret;
use tokcore::oauth::Warning;

use crate::error::invalid;

/// First and last second that `datetime` can hold in UTC: the years 1 and 9999.
const DATETIME_RANGE_UNIX_S: (i64, i64) = (-62_135_596_800, 253_402_300_799);

/// An aware `datetime` in UTC; `None` for an unknown time. A time beyond the year 9999 is given as its last second.
pub fn datetime(py: Python<'_>, unix_s: Option<i64>) -> PyResult<Py<PyAny>> {
    static DATETIME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static UTC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let Some(unix_s) = unix_s else { return Ok(py.None()) };
    // Not imported with the package: a program that never looks at an expiry does not need it.
    let class = DATETIME.import(py, "datetime", "datetime")?;
    let utc = UTC.get_or_try_init(py, || {
        let zone = py.import("datetime")?.getattr("timezone")?.getattr("utc")?;
        Ok::<_, PyErr>(zone.unbind())
    })?;
    let (first, last) = DATETIME_RANGE_UNIX_S;
    Ok(class.call_method1("fromtimestamp", (unix_s.clamp(first, last), utc))?.unbind())
}

/// A JSON object as a new `dict`.
pub fn dict<'py>(py: Python<'py>, members: &Map<String, Value>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in members {
        dict.set_item(key, json(py, value)?)?;
    }
    Ok(dict)
}

/// A JSON value as `json.loads` would give it. Core has bounded its depth.
pub fn json<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => integer.into_pyobject(py)?.into_any(),
            (None, Some(integer)) => integer.into_pyobject(py)?.into_any(),
            (None, None) => number.as_f64().into_pyobject(py)?,
        },
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(json(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(members) => dict(py, members)?.into_any(),
    })
}

/// A value of Python as JSON, the way `json.dumps` writes it.
pub fn to_json(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let py = value.py();
    let text: String = py.import("json")?.call_method1("dumps", (value,))?.extract()?;
    serde_json::from_str(&text).map_err(|problem| invalid(py, format!("a value cannot be written as JSON: {problem}")))
}

/// Names and a sentence for each.
pub fn warnings<'py>(py: Python<'py>, warnings: &[Warning]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for warning in warnings {
        dict.set_item(warning.slug(), warning.to_string())?;
    }
    Ok(dict)
}

/// Named texts.
pub fn texts<'py>(py: Python<'py>, named: &[(String, String)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, text) in named {
        dict.set_item(name, text)?;
    }
    Ok(dict)
}

/// Named secrets, for the program to send.
pub fn secrets<'py>(py: Python<'py>, named: &[(String, Secret)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in named {
        dict.set_item(name, value.expose())?;
    }
    Ok(dict)
}

/// A text, bytes of UTF-8, or None.
pub fn secret(value: &Bound<'_, PyAny>) -> PyResult<Option<Secret>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Some(Secret::new(value.extract::<String>()?)));
    }
    // Whatever can be seen as bytes.
    let bytes = PyMemoryView::from(value)?.call_method0("tobytes")?;
    Ok(Some(Secret::new(bytes.call_method1("decode", ("utf-8",))?.extract::<String>()?)))
}
