//! `tokcore_error`: why a call failed, and what to do next.

use std::ffi::CString;

use tokcore::{Error, Reason};

use crate::attempt::AttemptValue;
use crate::handle::{self, Handle, Shared};
use crate::status::tokcore_status;
use crate::strings::{optional_text, text};

/// Why a call failed. Immutable; holds no secret.
pub struct tokcore_error {
    _opaque: (),
}

impl Handle for tokcore_error {
    type Value = ErrorValue;
    type Ownership = Shared;
    const NAME: &'static str = "error";
}

/// An error, with its texts as C reads them.
pub(crate) struct ErrorValue {
    pub(crate) error: Error,
    pub(crate) message: CString,
    pub(crate) hint: CString,
    pub(crate) report: CString,
    pub(crate) detail: Option<CString>,
    pub(crate) reason: Option<CString>,
    pub(crate) oauth_error: Option<CString>,
    pub(crate) sign_in_url: Option<CString>,
    pub(crate) attempts: Vec<AttemptValue>,
}

impl ErrorValue {
    pub(crate) fn new(error: Error) -> Self {
        Self {
            message: text(error.message()),
            hint: text(error.hint()),
            report: text(&error.report()),
            detail: optional_text(error.detail()),
            reason: optional_text(error.reason().map(Reason::slug)),
            oauth_error: optional_text(error.oauth_error()),
            sign_in_url: optional_text(error.sign_in_url()),
            attempts: AttemptValue::all(error.attempts()),
            error,
        }
    }
}

/// Gives `error` to the caller, if it wants the details, and returns its kind.
///
/// Safety: `place` is NULL or may be written.
pub(crate) unsafe fn hand_out(error: Error, place: *mut *mut tokcore_error) -> tokcore_status {
    let status = error.kind().code();
    if !place.is_null() {
        // SAFETY: the caller's promise; C may have placed it at an odd address.
        unsafe { place.write_unaligned(handle::give::<tokcore_error>(ErrorValue::new(error))) };
    }
    status
}
