//! `tokcore_cancel`: how a program stops a call that waits.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

use tokcore::{Error, Interrupt, Kind, NoInterrupt};

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Cell, Handle, Shared};
use crate::status::tokcore_status;
use crate::user_data::{UserData, tokcore_destroy};

/// Stops calls that wait. Give one to a call, fire it from anywhere; the call returns `TOKCORE_STATUS_CANCELLED`.
pub struct tokcore_cancel {
    _opaque: (),
}

impl Handle for tokcore_cancel {
    type Value = CancelValue;
    type Ownership = Shared;
    const NAME: &'static str = "cancel";
}

/// Asked at least every 100 ms, on the thread whose call waits, whether it should stop. It must return: no `longjmp`, no
/// C++ exception. It may not call functions that wait.
pub type tokcore_interrupt = Option<unsafe extern "C" fn(user_data: *mut c_void) -> bool>;

pub(crate) struct CancelValue {
    fired: AtomicBool,
    host: Option<Host>,
}

/// The host's own way to say "stop".
struct Host {
    interrupted: unsafe extern "C" fn(*mut c_void) -> bool,
    data: UserData,
}

impl Interrupt for CancelValue {
    fn is_interrupted(&self) -> bool {
        self.fired.load(Ordering::Relaxed)
            // SAFETY: the caller gave both together.
            || self.host.as_ref().is_some_and(|host| unsafe { (host.interrupted)(host.data.pointer()) })
    }
}

/// What a call that was given `cancel`, or NULL, looks at while it waits.
pub(crate) fn interrupt(cancel: Option<&Cell<tokcore_cancel>>) -> &dyn Interrupt {
    match cancel {
        Some(cancel) => cancel.value(),
        None => &NoInterrupt,
    }
}

/// Makes a cancel object that only `tokcore_cancel_fire` sets off.
///
/// Ownership: free `*cancel` with `tokcore_cancel_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_cancel_new(
    cancel: *mut *mut tokcore_cancel,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(cancel, "cancel", err, || {
            let value = CancelValue { fired: AtomicBool::new(false), host: None };
            Ok(value)
        })
    }
}

/// Makes a cancel object that also asks the program: for hosts that have an interrupt check of their own.
///
/// Ownership: free `*cancel` with `tokcore_cancel_free`; `destroy` may be NULL, else it is called once when the last
/// reference is freed, or before this function returns if it fails. Threads: any. Errors: `INVALID_ARGUMENT`.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_cancel_new_with_interrupt(
    interrupted: tokcore_interrupt,
    destroy: tokcore_destroy,
    user_data: *mut c_void,
    cancel: *mut *mut tokcore_cancel,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    // Made first, so that whatever fails below destroys the data.
    let data = UserData::new(user_data, destroy);
    unsafe {
        call::giving(cancel, "cancel", err, || {
            let interrupted = interrupted.ok_or_else(|| Error::new(Kind::InvalidArgument, "`interrupted` is NULL"))?;
            Ok(CancelValue { fired: AtomicBool::new(false), host: Some(Host { interrupted, data }) })
        })
    }
}

/// Stops the calls that were given this object, now and later: it stays fired. They notice within 100 ms.
///
/// Threads: any, at any time; also from a signal handler. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_cancel_fire(cancel: *const tokcore_cancel) {
    unsafe { call::accessor(cancel, (), |value| value.fired.store(true, Ordering::Relaxed)) }
}

/// One more reference to the same object, for another thread. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_cancel_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_cancel_clone(cancel: *const tokcore_cancel) -> *mut tokcore_cancel {
    unsafe { handle::add_reference(cancel) }
}

/// Frees one reference. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_cancel_free(cancel: *mut tokcore_cancel) {
    unsafe { call::free(cancel) }
}
