//! `tokcore_text`: one text that a call returned.

use std::ffi::{CString, c_char};
use std::ptr;

use zeroize::Zeroizing;

use crate::call;
use crate::handle::{Handle, Shared};
use crate::strings;

/// A text that a call returned. Immutable; zeroed when it is freed, since some of them are secrets.
pub struct tokcore_text {
    _opaque: (),
}

impl Handle for tokcore_text {
    type Value = Zeroizing<CString>;
    type Ownership = Shared;
    const NAME: &'static str = "text";
}

/// A text that anybody may read, as an object for C.
pub(crate) fn open_text(told: &str) -> Zeroizing<CString> {
    Zeroizing::new(strings::text(told))
}

/// The text itself; NULL only for NULL.
///
/// Ownership: valid until `text` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_text_value(text: *const tokcore_text) -> *const c_char {
    unsafe { call::accessor(text, ptr::null(), |text| text.as_ptr()) }
}

/// Frees the text. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_text_free(text: *mut tokcore_text) {
    unsafe { call::free(text) }
}
