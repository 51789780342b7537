//! `tokcore_secret_key`: the key of encrypted texts.

use std::ffi::c_char;

use tokcore::Secret;
use tokcore::secrets::{self, Key};

use crate::bytes::given;
use crate::call;
use crate::error::tokcore_error;
use crate::handle::{Handle, Out, Shared};
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;

/// The key of encrypted texts: 16, 24 or 32 bytes. Immutable; zeroed when it is freed.
pub struct tokcore_secret_key {
    _opaque: (),
}

impl Handle for tokcore_secret_key {
    type Value = Key;
    type Ownership = Shared;
    const NAME: &'static str = "secret_key";
}

/// A fresh key, as the text that goes into a variable.
///
/// Shape: `bytes` is 32, or 16 as gargle's keys have, or 24. Ownership: free `*text` with `tokcore_text_free`, which zeroes
/// it. Threads: any. Errors: `INVALID_ARGUMENT` for another number; `INTERNAL` without randomness. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_make_key(
    bytes: usize,
    text: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(text, "text", err, || strings::secret(&secrets::make_key(bytes)?)) }
}

/// Whether an environment variable is set, and not empty: whether there may be a key in it.
///
/// Ownership: copied. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_has_key(
    variable: *const c_char,
    has_key: *mut bool,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::function(err, || {
            let place = Out::new(has_key, "has_key")?;
            place.write(secrets::has_key(strings::required(variable, "variable")?));
            Ok(())
        })
    }
}

/// The key that an environment variable holds.
///
/// Ownership: copied; free `*key` with `tokcore_secret_key_free`. Threads: any. Errors: `CONFIG_INVALID` that names the
/// variable, with the reason `secret_key_missing` when it is not set. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_key_new_from_variable(
    variable: *const c_char,
    key: *mut *mut tokcore_secret_key,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(key, "key", err, || {
            let read = Key::from_variable(strings::required(variable, "variable")?)?;
            Ok(read)
        })
    }
}

/// The key itself, as the text that `tokcore_secret_make_key` gave.
///
/// Ownership: copied; free `*key` with `tokcore_secret_key_free`. Threads: any. Errors: `INVALID_ARGUMENT` for any other
/// text, which is not repeated. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_key_new(
    text: *const c_char,
    key: *mut *mut tokcore_secret_key,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(key, "key", err, || {
            let read = Key::from_text(&Secret::new(strings::required(text, "text")?))?;
            Ok(read)
        })
    }
}

/// The key itself, as bytes.
///
/// Shape: `bytes` has `length` bytes: 16, 24 or 32. Ownership: copied; free `*key` with `tokcore_secret_key_free`.
/// Threads: any. Errors: `INVALID_ARGUMENT` for another number. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_key_new_from_bytes(
    bytes: *const u8,
    length: usize,
    key: *mut *mut tokcore_secret_key,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(key, "key", err, || Key::from_bytes(given(bytes, length, "bytes")?)) }
}

/// Frees the key and zeroes it. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_key_free(key: *mut tokcore_secret_key) {
    unsafe { call::free(key) }
}
