//! A store that a Python program keeps itself.

use pyo3::prelude::*;
use tokcore::{CustomStore, Error, Kind, Secret};

use crate::callback::{Inside, stop};
use crate::convert::secret;
use crate::error::invalid;
use crate::raised::{Raised, class_of, is_error};

/// The object that keeps credentials, called with the interpreter lock and with no lock of ours that others wait for.
pub struct OwnStore(Py<PyAny>);

impl OwnStore {
    pub fn new(store: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = store.py();
        let has = |names: &[&str]| {
            names.iter().try_fold(true, |so_far, name| Ok::<_, PyErr>(so_far && store.hasattr(*name)?))
        };
        if has(&["load", "store", "delete"])? {
            return Ok(Self(store.clone().unbind()));
        }
        if has(&["__getitem__", "__setitem__", "__delitem__"])? {
            return Ok(Self(py.import("tokcore.store")?.call_method1("_Mapping", (store,))?.unbind()));
        }
        let class = store.get_type().name()?;
        Err(invalid(
            py,
            format!("{class} is no store: it has no methods load, store and delete, and is no mutable mapping"),
        ))
    }

    /// Calls a method. What it raises lies under the error; its text, which may hold what was to be kept, does not show.
    fn call<T>(&self, name: &str, call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, Error> {
        let attached = Python::try_attach(|py| {
            let _inside = Inside::enter("a method of a custom store");
            call(self.0.bind(py)).map_err(|exception| failed(py, name, exception))
        });
        attached.unwrap_or_else(|| Err(Error::new(Kind::Store, "the interpreter has ended")))
    }
}

fn failed(py: Python<'_>, name: &str, exception: PyErr) -> Error {
    if !is_error(py, &exception) {
        // A renewal goes on without its store; Ctrl-C and the end of the program do not.
        stop(exception.clone_ref(py));
    }
    let class = class_of(py, &exception);
    Error::new(Kind::Store, format!("its method {name} raised {class}")).with_cause(Raised::again(exception))
}

impl CustomStore for OwnStore {
    fn load(&self, key: &str) -> Result<Option<Secret>, Error> {
        self.call("load", |store| secret(&store.call_method1("load", (key,))?))
    }

    fn store(&self, key: &str, content: &Secret) -> Result<(), Error> {
        self.call("store", |store| store.call_method1("store", (key, content.expose())).map(drop))
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.call("delete", |store| store.call_method1("delete", (key,)).map(drop))
    }

    fn keys(&self) -> Result<Option<Vec<String>>, Error> {
        self.call("keys", |store| {
            if !store.hasattr("keys")? {
                return Ok(None);
            }
            let keys = store.call_method0("keys")?;
            if keys.is_none() {
                return Ok(None);
            }
            let texts = keys.try_iter()?.map(|key| Ok(secret(&key?)?.map(|key| key.expose().to_owned())));
            Ok(Some(texts.collect::<PyResult<Vec<_>>>()?.into_iter().flatten().collect()))
        })
    }
}
