//! `tokcore.Integration`, and `tokcore.Client.integrations`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tokcore::{Client, Filter};

use crate::convert;
use crate::waiting::waiting;

/// One integration that an administrator configured.
///
/// Immutable. The documented fields are attributes, None when the server did not send them; as a mapping it holds the
/// members that the server sent, `uid` renamed to `guid`.
#[pyclass(frozen, mapping, module = "tokcore")]
pub struct Integration {
    inner: tokcore::Integration,
    members: Py<PyDict>,
}

impl Integration {
    fn wrap(py: Python<'_>, inner: tokcore::Integration) -> PyResult<Self> {
        let members = convert::dict(py, &inner.raw)?.unbind();
        Ok(Self { inner, members })
    }
}

#[pymethods]
impl Integration {
    /// str or None: Stable identifier, usually a lower-case UUID.
    #[getter]
    fn guid(&self) -> Option<&str> {
        self.inner.guid.as_deref()
    }

    /// str or None: Kind of provider, such as ``"custom"``.
    #[getter]
    fn r#type(&self) -> Option<&str> {
        self.inner.provider_type.as_deref()
    }

    /// str or None: Internal name.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.inner.name.as_deref()
    }

    /// str or None: Name for people.
    #[getter]
    fn display_name(&self) -> Option<&str> {
        self.inner.display_name.as_deref()
    }

    /// str or None: OAuth client identifier; not a secret.
    #[getter]
    fn client_id(&self) -> Option<&str> {
        self.inner.client_id.as_deref()
    }

    /// str or None: Authorization endpoint.
    #[getter]
    fn auth_url(&self) -> Option<&str> {
        self.inner.auth_url.as_deref()
    }

    /// str or None: Token endpoint.
    #[getter]
    fn token_url(&self) -> Option<&str> {
        self.inner.token_url.as_deref()
    }

    /// tuple of str: Scopes that are asked for, in order.
    #[getter]
    fn scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.inner.scopes)
    }

    /// str or None: Issuer of the provider.
    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.inner.issuer.as_deref()
    }

    /// bool or None: Whether this user is signed in; None if the server did not say.
    #[getter]
    fn authenticated(&self) -> Option<bool> {
        self.inner.authenticated
    }

    fn __getitem__<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.members.bind(key.py()).as_any().get_item(key)
    }

    /// The member of this name, or `default` if there is none.
    #[pyo3(signature = (key, default=None, /))]
    fn get<'py>(
        &self,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.members.bind(key.py()).get_item(key)?.or(default))
    }

    /// tuple of str: Names of the members.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.members.bind(py).keys())
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.members.bind(key.py()).contains(key)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.keys(py)?.as_any().try_iter()?.into_any())
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.members.bind(py).len()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let shown = |value: Option<&str>| match value {
            Some(text) => Ok::<_, PyErr>(text.into_pyobject(py)?.repr()?.to_string()),
            None => Ok("None".to_owned()),
        };
        let signed_in = match self.inner.authenticated {
            Some(true) => "True",
            Some(false) => "False",
            None => "None",
        };
        let (guid, name, display) = (shown(self.guid())?, shown(self.name())?, shown(self.display_name())?);
        Ok(format!("Integration(guid={guid}, name={name}, display_name={display}, authenticated={signed_in})"))
    }
}

/// The integrations of this session.
#[pyclass(frozen, module = "tokcore")]
pub struct Integrations {
    client: Client,
}

impl Integrations {
    pub fn of(client: Client) -> Self {
        Self { client }
    }
}

#[pymethods]
impl Integrations {
    /// All integrations, in the server's order.
    ///
    /// Returns
    /// -------
    /// list of Integration
    ///     Empty if none is configured.
    ///
    /// Raises
    /// ------
    /// TokcoreError
    ///     As `get_credentials`, except for what concerns one integration.
    fn find(&self, py: Python<'_>) -> PyResult<Vec<Integration>> {
        let found = waiting(py, |interrupt| self.client.integrations(interrupt))?;
        found.into_iter().map(|item| Integration::wrap(py, item)).collect()
    }

    /// The integration with this GUID.
    ///
    /// Parameters
    /// ----------
    /// guid : str
    ///     GUID in any letter case, or ``"name:"`` and the internal name.
    ///
    /// Returns
    /// -------
    /// Integration or None
    ///     None if there is no such integration.
    ///
    /// Raises
    /// ------
    /// InvalidArgumentError
    ///     `guid` is empty.
    /// TokcoreError
    ///     As `find`.
    fn get(&self, py: Python<'_>, guid: &str) -> PyResult<Option<Integration>> {
        let found = waiting(py, |interrupt| self.client.integration(guid, interrupt))?;
        found.map(|item| Integration::wrap(py, item)).transpose()
    }

    /// The first integration that passes every given filter; without a filter the first one.
    ///
    /// Parameters
    /// ----------
    /// name, display_name : str, optional
    ///     Regular expressions, looked for with `re.search`; an absent value never matches. Anchor with ``^`` and
    ///     ``$`` for the whole name.
    /// guid : str, optional
    ///     GUID, in any letter case.
    /// authenticated : bool, optional
    ///     Whether the user is signed in.
    ///
    /// Returns
    /// -------
    /// Integration or None
    ///     None if nothing matches.
    ///
    /// Raises
    /// ------
    /// re.error
    ///     A pattern is not a regular expression.
    /// TokcoreError
    ///     As `find`.
    #[pyo3(signature = (name=None, display_name=None, guid=None, authenticated=None))]
    fn find_by(
        &self,
        py: Python<'_>,
        name: Option<Bound<'_, PyAny>>,
        display_name: Option<Bound<'_, PyAny>>,
        guid: Option<String>,
        authenticated: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Option<Integration>> {
        let exact = Filter { guid, ..Filter::default() };
        let found = waiting(py, |interrupt| self.client.integrations(interrupt))?;
        for item in found {
            // Patterns are Python's, and so is the comparison: `1` is True and "true" is not (design ruling D19).
            let passes = exact.matches(&item)
                && contains(py, name.as_ref(), item.name.as_deref())?
                && contains(py, display_name.as_ref(), item.display_name.as_deref())?
                && authenticated.as_ref().map_or(Ok(true), |wanted| wanted.eq(item.authenticated))?;
            if passes {
                return Integration::wrap(py, item).map(Some);
            }
        }
        Ok(None)
    }
}

/// Whether `re.search` finds `pattern` in `text`. No pattern is found in everything, and nothing in an absent text.
fn contains(py: Python<'_>, pattern: Option<&Bound<'_, PyAny>>, text: Option<&str>) -> PyResult<bool> {
    match (pattern, text) {
        (None, _) => Ok(true),
        (Some(_), None) => Ok(false),
        (Some(pattern), Some(text)) => Ok(!py.import("re")?.call_method1("search", (pattern, text))?.is_none()),
    }
}
