//! `tokcore.store.Store`: where credentials outlive the process.

pub mod custom;
mod entry;

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use tokcore::{Secret, Selection, Settings};

use self::custom::OwnStore;
use self::entry::Entry;
use crate::convert;
use crate::error::raise;
use crate::oauth::outcomes::Logout;
use crate::oauth::settings::settings;
use crate::waiting::waiting;

/// Adds the classes to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Store>()?;
    module.add_class::<Entry>()
}

/// A place where credentials outlive the process.
///
/// Making one reads nothing; it is opened at its first use. Share it freely between threads; a forked child may go on
/// using it. All programs that name the same place share what is in it, in every language.
///
/// Parameters
/// ----------
/// path : str or os.PathLike, optional
///     A folder, ``"user"`` (the user's own) or ``"memory"``. Default: what ``TOKCORE_STORE`` says, else ``"user"``.
/// key : str, optional
///     What the files are sealed with, 32 bytes as base64url. Default: what ``TOKCORE_KEY`` says, else the key that the
///     store was made with.
///
/// Raises
/// ------
/// ConfigInvalidError
///     A setting is of the wrong type.
#[pyclass(frozen, module = "tokcore.store")]
pub struct Store {
    pub inner: tokcore::Store,
}

impl Store {
    pub fn of(inner: tokcore::Store) -> Self {
        Self { inner }
    }

    /// Takes the argument `store` out of the keywords of a call, if it is an object: a text is a setting.
    pub fn take<'py>(keywords: Option<&Bound<'py, PyDict>>) -> PyResult<Option<Bound<'py, Self>>> {
        let Some(keywords) = keywords else { return Ok(None) };
        let Some(store) = keywords.get_item("store")?.and_then(|value| value.cast_into::<Self>().ok()) else {
            return Ok(None);
        };
        keywords.del_item("store")?;
        Ok(Some(store))
    }
}

#[pymethods]
impl Store {
    #[new]
    #[pyo3(signature = (path=None, key=None))]
    fn new(py: Python<'_>, path: Option<&Bound<'_, PyAny>>, key: Option<&Bound<'_, PyString>>) -> PyResult<Self> {
        let given = PyDict::new(py);
        given.set_item("path", path)?;
        given.set_item("key", key)?;
        let made = tokcore::Store::open(settings(py, Some(&given))?);
        made.map(Self::of).map_err(|error| raise(py, &error))
    }

    /// The user's own store, which all programs and languages of the user share, or the one that ``TOKCORE_STORE`` names.
    ///
    /// Returns
    /// -------
    /// Store
    #[staticmethod]
    fn user() -> Self {
        Self::of(tokcore::Store::user())
    }

    /// A store in the memory of this process, for clients that share it.
    ///
    /// Returns
    /// -------
    /// Store
    #[staticmethod]
    fn memory() -> Self {
        Self::of(tokcore::Store::memory())
    }

    /// A store that the program keeps itself: a database, a vault, the session of a web application.
    ///
    /// What it is given to keep holds tokens: protecting it is the program's affair. Its methods are called from any
    /// thread, may not call tokcore, and what they raise is raised to the caller. Threads take turns; processes that share
    /// a grant need a store of files.
    ///
    /// Parameters
    /// ----------
    /// store : object
    ///     Has ``load(key)``, which gives a text, bytes or None; ``store(key, text)``; ``delete(key)``; and maybe ``keys()``,
    ///     without which nothing is listed. A mutable mapping of such values will do.
    ///
    /// Returns
    /// -------
    /// Store
    ///
    /// Raises
    /// ------
    /// InvalidArgumentError
    ///     The object has no such methods.
    #[staticmethod]
    fn custom(store: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self::of(tokcore::Store::custom(Arc::new(OwnStore::new(store)?))))
    }

    /// What is stored, in the order of client and account. No token is touched.
    ///
    /// Parameters
    /// ----------
    /// key, account, client_id, issuer, scope : str, optional
    ///     Only what fits all of these: a key or its beginning, an address or a pattern of addresses, …
    ///
    /// Returns
    /// -------
    /// list of Entry
    ///
    /// Raises
    /// ------
    /// StoreError
    ///     The store cannot be used; `reason` and `hint` say why, and how to mend it.
    #[pyo3(signature = (*, key=None, account=None, client_id=None, issuer=None, scope=None))]
    fn list(
        &self,
        py: Python<'_>,
        key: Option<String>,
        account: Option<String>,
        client_id: Option<String>,
        issuer: Option<String>,
        scope: Option<String>,
    ) -> PyResult<Vec<Entry>> {
        let selection = Selection { key, account, client_id, issuer, scope };
        let found = waiting(py, |_| self.inner.list(&selection))?;
        Ok(found.into_iter().map(Entry::of).collect())
    }

    /// Removes one credential from the store. Nothing is revoked: `logout` does that.
    ///
    /// Parameters
    /// ----------
    /// key : str
    ///     Its key, or a beginning that no other key has.
    ///
    /// Raises
    /// ------
    /// NotFoundError
    ///     There is no such key.
    /// InvalidArgumentError
    ///     Several keys begin so.
    /// StoreError
    ///     As `list`.
    fn remove(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        waiting(py, |interrupt| self.inner.remove(key, interrupt))
    }

    /// Signs out of one credential: its server is told, then it is removed.
    ///
    /// Parameters
    /// ----------
    /// key : str
    ///     Its key, or a beginning that no other key has.
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
    /// NotFoundError, InvalidArgumentError, StoreError
    ///     As `remove`.
    #[pyo3(signature = (key, *, revoke=true))]
    fn logout(&self, py: Python<'_>, key: &str, revoke: bool) -> PyResult<Logout> {
        Logout::wrap(py, waiting(py, |interrupt| self.inner.logout(key, revoke, interrupt))?)
    }

    /// Removes all credentials that are meant; without an argument everything. Nothing is revoked.
    ///
    /// Parameters
    /// ----------
    /// key, account, client_id, issuer, scope : str, optional
    ///     As for `list`.
    ///
    /// Returns
    /// -------
    /// int
    ///     How many.
    ///
    /// Raises
    /// ------
    /// StoreError
    ///     As `list`.
    #[pyo3(signature = (*, key=None, account=None, client_id=None, issuer=None, scope=None))]
    fn clear(
        &self,
        py: Python<'_>,
        key: Option<String>,
        account: Option<String>,
        client_id: Option<String>,
        issuer: Option<String>,
        scope: Option<String>,
    ) -> PyResult<usize> {
        let selection = Selection { key, account, client_id, issuer, scope };
        waiting(py, |interrupt| self.inner.clear(&selection, interrupt))
    }

    /// Removes what is not worth keeping: what nobody used for a while, and what is over.
    ///
    /// Parameters
    /// ----------
    /// max_idle_days : int, optional
    ///     How long a credential may lie unused; 30 days by default.
    ///
    /// Returns
    /// -------
    /// int
    ///     How many.
    ///
    /// Raises
    /// ------
    /// StoreError
    ///     As `list`.
    #[pyo3(signature = (*, max_idle_days=None))]
    fn prune(&self, py: Python<'_>, max_idle_days: Option<u32>) -> PyResult<usize> {
        waiting(py, |interrupt| self.inner.prune(max_idle_days, interrupt))
    }

    /// Credentials as one sealed file, to take to another machine.
    ///
    /// Parameters
    /// ----------
    /// passphrase : str
    ///     What opens it again.
    /// key, account, client_id, issuer, scope : str, optional
    ///     As for `list`.
    ///
    /// Returns
    /// -------
    /// bytes
    ///
    /// Raises
    /// ------
    /// StoreError
    ///     As `list`.
    #[pyo3(signature = (passphrase, *, key=None, account=None, client_id=None, issuer=None, scope=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn export<'py>(
        &self,
        py: Python<'py>,
        passphrase: String,
        key: Option<String>,
        account: Option<String>,
        client_id: Option<String>,
        issuer: Option<String>,
        scope: Option<String>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let passphrase = Secret::new(passphrase);
        let selection = Selection { key, account, client_id, issuer, scope };
        let sealed = waiting(py, |_| self.inner.export(&selection, &passphrase))?;
        Ok(PyBytes::new(py, &sealed))
    }

    /// Takes in what `export` gave; what is newer here stays. Or the JSON of an ``authorized_user``, as gcloud writes it, which
    /// the chain finds for the same client.
    ///
    /// Parameters
    /// ----------
    /// data : bytes
    ///     The content of the file.
    /// passphrase : str, optional
    ///     What it was sealed with; JSON has none.
    /// scopes : list of str, optional
    ///     For JSON that does not say it: what the grant is good for, short names too.
    ///
    /// Returns
    /// -------
    /// list of (Entry, str)
    ///     Each credential, and whether it was ``"added"``, ``"replaced"`` one or the one here was ``"kept"``.
    ///
    /// Raises
    /// ------
    /// InvalidArgumentError
    ///     It is no such file, or no passphrase is given.
    /// ConfigInvalidError
    ///     It is JSON of another type.
    /// StoreError
    ///     The passphrase is another one; and as `list`.
    #[pyo3(signature = (data, passphrase=None, *, scopes=Vec::new()))]
    fn import_(
        &self,
        py: Python<'_>,
        data: &[u8],
        passphrase: Option<String>,
        scopes: Vec<String>,
    ) -> PyResult<Vec<(Entry, &'static str)>> {
        let passphrase = passphrase.map(Secret::new);
        let arrived = waiting(py, |interrupt| self.inner.import(data, passphrase.as_ref(), &scopes, interrupt))?;
        Ok(arrived.into_iter().map(|(entry, arrival)| (Entry::of(entry), arrival.slug())).collect())
    }

    /// Keeps a grant that was given elsewhere.
    ///
    /// Parameters
    /// ----------
    /// **grant
    ///     `client_id`, `issuer` or `token_endpoint`, `refresh_token` or `access_token` or both, and as known: `scopes`,
    ///     `account`, `expires_at` (an aware datetime or seconds since 1970), `token_type`, `grant`
    ///     (``"authorization_code"``), `client_name`, `id_token`, `partition`, `cache_key`.
    ///
    /// Returns
    /// -------
    /// str
    ///     Its key.
    ///
    /// Raises
    /// ------
    /// ConfigInvalidError
    ///     These make no grant.
    /// StoreError
    ///     It cannot be stored.
    #[pyo3(signature = (**grant))]
    fn adopt(&self, py: Python<'_>, grant: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
        let given: Settings = settings(py, grant)?;
        waiting(py, |_| self.inner.adopt(given))
    }

    /// Makes this account the one that is meant when none is named, among those of its client.
    ///
    /// Parameters
    /// ----------
    /// key : str
    ///     Key of one of its credentials, or a beginning that no other key has.
    ///
    /// Raises
    /// ------
    /// NotFoundError, InvalidArgumentError, StoreError
    ///     As `remove`.
    fn set_default_account(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        waiting(py, |interrupt| self.inner.set_default_account(key, interrupt))
    }

    /// Where and how credentials are kept, and why so; for reports. Holds no secret.
    ///
    /// Parameters
    /// ----------
    /// probe : bool
    ///     Whether a file may be written and removed again to find out.
    ///
    /// Returns
    /// -------
    /// dict of str to str
    ///
    /// Raises
    /// ------
    /// StoreError
    ///     As `list`.
    #[pyo3(signature = (*, probe=false))]
    fn report<'py>(&self, py: Python<'py>, probe: bool) -> PyResult<Bound<'py, PyDict>> {
        convert::texts(py, &waiting(py, |_| self.inner.report(probe))?)
    }

    fn __repr__(&self) -> &'static str {
        "Store()"
    }
}
