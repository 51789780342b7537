//! `tokcore_fields`: named texts in order, such as the header fields of a request.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::{About, Error, Secret};
use zeroize::Zeroizing;

use crate::call;
use crate::handle::{Handle, Shared};
use crate::strings::{self, secret, text};

/// Named texts in order: header fields, parameters, a report. Immutable; the values are zeroed when they are freed.
pub struct tokcore_fields {
    _opaque: (),
}

impl Handle for tokcore_fields {
    type Value = FieldsValue;
    type Ownership = Shared;
    const NAME: &'static str = "fields";
}

/// Names and values.
pub(crate) type FieldsValue = Vec<(CString, Zeroizing<CString>)>;

/// Fields whose values are secrets.
pub(crate) fn secret_fields(fields: &[(String, Secret)]) -> Result<FieldsValue, Error> {
    fields.iter().map(|(name, value)| Ok((text(name), secret(value)?))).collect()
}

/// Fields that anybody may read.
pub(crate) fn open_fields(fields: &[(String, String)]) -> FieldsValue {
    fields.iter().map(|(name, value)| (text(name), Zeroizing::new(text(value)))).collect()
}

/// What is known of a credential, without what is not.
pub(crate) fn about_fields(about: &About) -> FieldsValue {
    let known =
        about.fields().into_iter().filter_map(|(name, value)| Some((text(name), Zeroizing::new(text(&value?)))));
    known.collect()
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

/// The value of the first field of that name, which may be a secret; NULL if there is none.
///
/// Ownership: valid until `fields` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_fields_get(fields: *const tokcore_fields, name: *const c_char) -> *const c_char {
    unsafe {
        call::accessor(fields, ptr::null(), |fields| {
            let wanted = strings::bytes(name, "name").ok().flatten();
            let found = fields.iter().find(|(name, _)| Some(name.as_bytes()) == wanted);
            found.map_or(ptr::null(), |(_, value)| value.as_ptr())
        })
    }
}

/// Frees the fields and zeroes their values. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_fields_free(fields: *mut tokcore_fields) {
    unsafe { call::free(fields) }
}
