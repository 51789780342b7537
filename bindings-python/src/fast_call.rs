//! `tokcore.get_credentials`: a function whose usual call costs about as much as an empty one.
//!
//! Programs ask for credentials before each request, in loops. Of such a call the conversion of the arguments takes
//! four times as long as the answer: under the limited API of Python 3.9, `#[pyfunction]` has them packed into a tuple
//! and a dictionary first. So this one function takes them as the interpreter passes them, looks for the usual case,
//! and leaves all others to `Client.get_credentials`.
//!
//! The calling convention (`METH_FASTCALL | METH_KEYWORDS`) is that of every CPython since 3.7; the limited API names it
//! since 3.10, which is why its type is spelled out here.

use std::ffi::CStr;
use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, METH_KEYWORDS, PyCFunction, PyMethodDef, PyMethodDefPointer, PyObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::client::{Client, default_client, default_client_in_use};

/// Same value in every CPython; pyo3 hides it below 3.10.
const METH_FASTCALL: i32 = 0x0080;

const DOC: &CStr = c"get_credentials(audience=None, *, user_session_token=None, requested_token_type=None)
--

Credentials for one integration: the same call in Workbench, in Connect and under a tokcore broker.

The call `Client.get_credentials` of one client that the whole process shares.

Parameters
----------
audience : str, optional
    GUID of an integration in any letter case, ``\"name:\"`` and its internal name, or a logical name that
    ``TOKCORE_AUDIENCE_<NAME>`` maps to one of these. Only on Connect may it be left out.
user_session_token : str, optional
    Connect only: the value of the header ``Posit-Connect-User-Session-Token`` of the person who is looking.
requested_token_type : str, optional
    Connect only: the type of token wanted, a URN of RFC 8693; an access token by default.

Returns
-------
Credentials
    The same object again for up to 5 seconds.

Raises
------
NotSignedInError, ReauthRequiredError, NotFoundError, NotInSessionError
    What a user can do something about; the exception's `hint` says what.
TokcoreError
    Everything else that can go wrong is of a class below this one.";

type FastCallWithKeywords =
    unsafe extern "C" fn(*mut PyObject, *const *mut PyObject, ffi::Py_ssize_t, *mut PyObject) -> *mut PyObject;

struct Definition(PyMethodDef);

// SAFETY: never written to; the interpreter takes it by mutable pointer only for historical reasons.
unsafe impl Sync for Definition {}

static DEFINITION: Definition = Definition(PyMethodDef {
    ml_name: c"get_credentials".as_ptr(),
    // SAFETY: with these flags the interpreter casts the pointer back before it calls.
    ml_meth: PyMethodDefPointer {
        PyCFunction: unsafe { transmute::<FastCallWithKeywords, PyCFunction>(get_credentials) },
    },
    ml_flags: METH_FASTCALL | METH_KEYWORDS,
    ml_doc: DOC.as_ptr(),
});

/// Adds the function to the module.
pub fn add_get_credentials(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let definition = (&raw const DEFINITION.0).cast_mut();
    // SAFETY: `definition` lives for ever; the call returns a new reference, or null with an exception set.
    let function = unsafe {
        let name = module.name()?;
        Bound::from_owned_ptr_or_err(py, ffi::PyCFunction_NewEx(definition, module.as_ptr(), name.as_ptr()))?
    };
    AUDIENCE.store(PyString::intern(py, "audience").unbind().into_ptr(), Ordering::Relaxed);
    module.add("get_credentials", function)
}

/// The interned text `audience`, for ever alive.
static AUDIENCE: AtomicPtr<PyObject> = AtomicPtr::new(ptr::null_mut());

/// Called by the interpreter, which holds its lock: `args` are `nargs` positional values followed by the values of the
/// keywords in the tuple `kwnames` (or null).
unsafe extern "C" fn get_credentials(
    _module: *mut PyObject,
    args: *const *mut PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the interpreter's side of the calling convention, as stated above. There is one value if `nargs` or the
    // length of `kwnames` is one.
    unsafe {
        // A keyword is known by its address, since the compiler interns it; one made in another way takes the slow path.
        let only_audience = if kwnames.is_null() {
            nargs == 1
        } else {
            nargs == 0
                && ffi::Py_SIZE(kwnames) == 1
                && ffi::PyTuple_GetItem(kwnames, 0) == AUDIENCE.load(Ordering::Relaxed)
        };
        let py = Python::assume_attached();
        if only_audience
            && let Some(client) = default_client_in_use(py)
            && let Some(credentials) = Client::last_for(client, *args)
        {
            return credentials.into_ptr();
        }
        slow(Arguments { args, nargs, kwnames })
    }
}

/// Every other call. Apart, so that the usual one needs no stack frame of this size.
#[inline(never)]
#[cold]
unsafe fn slow(arguments: Arguments) -> *mut PyObject {
    let call = || {
        Python::attach(|py| {
            // SAFETY: as in `get_credentials`.
            let answer = unsafe { arguments.packed(py) }.and_then(|(positional, keywords)| {
                let method = default_client(py)?.into_bound(py).getattr(intern!(py, "get_credentials"))?;
                method.call(positional, Some(&keywords))
            });
            answer.map_or_else(
                |error| {
                    error.restore(py);
                    ptr::null_mut()
                },
                Bound::into_ptr,
            )
        })
    };
    // A panic must not unwind into the interpreter.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Python::attach(|py| PyRuntimeError::new_err("tokcore failed internally; please report it").restore(py));
        ptr::null_mut()
    })
}

struct Arguments {
    args: *const *mut PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut PyObject,
}

impl Arguments {
    /// The arguments as a tuple and a dictionary.
    unsafe fn packed<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        // SAFETY: the caller's; every pointer is to a live object.
        let value = |at: usize| unsafe { Bound::from_borrowed_ptr(py, *self.args.add(at)) };
        let positional = usize::try_from(self.nargs).unwrap_or_default();
        let keywords = PyDict::new(py);
        if !self.kwnames.is_null() {
            // SAFETY: a tuple of texts, as the calling convention says.
            let names = unsafe { Bound::from_borrowed_ptr(py, self.kwnames) }.cast_into::<PyTuple>()?;
            for (at, name) in names.iter().enumerate() {
                keywords.set_item(name, value(positional + at))?;
            }
        }
        Ok((PyTuple::new(py, (0..positional).map(value))?, keywords))
    }
}
