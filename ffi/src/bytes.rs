//! `tokcore_bytes`: bytes that a call returned and that are no text.

use std::ptr;
use std::slice;

use tokcore::Error;
use zeroize::Zeroizing;

use crate::call;
use crate::handle::{Handle, Shared};
use crate::strings::invalid;

/// Bytes that a call returned. Immutable; zeroed when they are freed, since some of them are secrets.
pub struct tokcore_bytes {
    _opaque: (),
}

impl Handle for tokcore_bytes {
    type Value = Zeroizing<Vec<u8>>;
    type Ownership = Shared;
    const NAME: &'static str = "bytes";
}

/// Most bytes taken from C. A wrong length comes near, a file of credentials does not.
const MOST_BYTES: usize = 64 << 20;

/// Bytes that C gives; NULL is fine where there are none.
///
/// Safety: `data` is NULL, or leads to `length` bytes that stay as they are until the call returns.
pub(crate) unsafe fn given<'a>(data: *const u8, length: usize, name: &str) -> Result<&'a [u8], Error> {
    match (data.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(invalid(format!("`{name}` is NULL"))),
        (false, _) if length > MOST_BYTES => Err(invalid(format!("`{name}` is longer than 64 MiB"))),
        // SAFETY: the caller's promise.
        (false, _) => Ok(unsafe { slice::from_raw_parts(data, length) }),
    }
}

/// The bytes themselves; NULL for NULL.
///
/// Ownership: valid until `bytes` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_bytes_data(bytes: *const tokcore_bytes) -> *const u8 {
    unsafe { call::accessor(bytes, ptr::null(), |bytes| bytes.as_ptr()) }
}

/// How many bytes there are.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_bytes_length(bytes: *const tokcore_bytes) -> usize {
    unsafe { call::accessor(bytes, 0, |bytes| bytes.len()) }
}

/// Frees the bytes. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_bytes_free(bytes: *mut tokcore_bytes) {
    unsafe { call::free(bytes) }
}
