//! `tokcore_fields`: named texts in order, such as the header fields of a request.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::{Error, Secret};
use zeroize::Zeroizing;

use crate::call;
use crate::handle::{Handle, Shared};
use crate::strings::{secret, text};

/// Named texts in order: header fields, parameters, a report. Immutable; the values are zeroed when they are freed.
pub struct tokcore_fields {
    _opaque: (),
}

impl Handle for tokcore_fields {
    type Value = Vec<(CString, Zeroizing<CString>)>;
    type Ownership = Shared;
    const NAME: &'static str = "fields";
}

/// Fields whose values are secrets.
pub(crate) fn secret_fields(fields: &[(String, Secret)]) -> Result<Vec<(CString, Zeroizing<CString>)>, Error> {
    fields.iter().map(|(name, value)| Ok((text(name), secret(value)?))).collect()
}

/// Fields that anybody may read.
pub(crate) fn open_fields(fields: &[(String, String)]) -> Vec<(CString, Zeroizing<CString>)> {
    fields.iter().map(|(name, value)| (text(name), Zeroizing::new(text(value)))).collect()
}

/// How many fields there are.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_fields_count(fields: *const tokcore_fields) -> usize {
    unsafe { call::accessor(fields, 0, Vec::len) }
}

/// The name of a field; NULL past the last one.
///
/// Ownership: valid until `fields` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_fields_name(fields: *const tokcore_fields, index: usize) -> *const c_char {
    unsafe { call::accessor(fields, None, |fields| fields.get(index)) }.map_or(ptr::null(), |(name, _)| name.as_ptr())
}

/// The value of a field, which may be a secret; NULL past the last one.
///
/// Ownership: valid until `fields` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_fields_value(fields: *const tokcore_fields, index: usize) -> *const c_char {
    unsafe { call::accessor(fields, None, |fields| fields.get(index)) }.map_or(ptr::null(), |(_, value)| value.as_ptr())
}

/// Frees the fields and zeroes their values. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_fields_free(fields: *mut tokcore_fields) {
    unsafe { call::free(fields) }
}
