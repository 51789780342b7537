//! `TokenSource.token`: a method whose usual call costs about as much as an empty one.
//!
//! Programs ask for the token before each request. What pyo3 does around a method takes longer than the answer, so this
//! one is added to the class by hand, as the plainest method that the interpreter knows.

use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, METH_NOARGS, PyMethodDef, PyMethodDefPointer, PyObject};
use pyo3::prelude::*;
use pyo3::{Borrowed, PyTypeInfo};

use super::source::TokenSource;

const DOC: &CStr = c"token($self, /)
--

A token that is usable now: from memory while it is fresh, else renewed, else by a sign-in.

Returns
-------
Token
    The same object for as long as the token stays the same.

Raises
------
InteractionRequiredError
    A person has to sign in and nobody is there; at once, without waiting.
TokcoreError
    Everything else that can go wrong is of a class below this one.";

struct Definition(PyMethodDef);

// SAFETY: never written to; the interpreter takes it by mutable pointer only for historical reasons.
unsafe impl Sync for Definition {}

static DEFINITION: Definition = Definition(PyMethodDef {
    ml_name: c"token".as_ptr(),
    ml_meth: PyMethodDefPointer { PyCFunction: token },
    ml_flags: METH_NOARGS,
    ml_doc: DOC.as_ptr(),
});

/// Adds the method to the class.
pub fn add_token_method(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let class = TokenSource::type_object(module.py());
    let definition = (&raw const DEFINITION.0).cast_mut();
    // SAFETY: `definition` lives for ever; the call returns a new reference, or null with an exception set.
    let method =
        unsafe { Bound::from_owned_ptr_or_err(module.py(), ffi::PyDescr_NewMethod(class.as_type_ptr(), definition))? };
    class.setattr("token", method)
}

/// Called by the interpreter, which holds its lock and has made sure that `slf` is a `TokenSource`.
unsafe extern "C" fn token(slf: *mut PyObject, _no_arguments: *mut PyObject) -> *mut PyObject {
    // SAFETY: as stated above; the reference is borrowed for the call.
    let source = unsafe {
        let py = Python::assume_attached();
        Borrowed::from_ptr(py, slf).cast_unchecked::<TokenSource>()
    };
    match TokenSource::last_token(&source) {
        Some(token) => token.into_ptr(),
        // SAFETY: as above.
        None => unsafe { slow(slf) },
    }
}

/// Every other call.
#[inline(never)]
#[cold]
unsafe fn slow(slf: *mut PyObject) -> *mut PyObject {
    let call = || {
        Python::attach(|py| {
            // SAFETY: the caller's.
            let source = unsafe { Borrowed::from_ptr(py, slf).cast_unchecked::<TokenSource>() };
            TokenSource::usable_token(&source).map_or_else(
                |error| {
                    error.restore(py);
                    ptr::null_mut()
                },
                Py::into_ptr,
            )
        })
    };
    // A panic must not unwind into the interpreter.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Python::attach(|py| PyRuntimeError::new_err("tokcore failed internally; please report it").restore(py));
        ptr::null_mut()
    })
}
