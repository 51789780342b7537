//! What is known of the credential of a `tokcore_token_source`, and how a chain came to it.

use std::ffi::c_char;
use std::ptr;

use crate::attempt::AttemptValue;
use crate::call;
use crate::error::tokcore_error;
use crate::fields::{about_fields, tokcore_fields};
use crate::status::tokcore_status;
use crate::strings::pointer;
use crate::token_source::tokcore_token_source;

/// What is known of the credential without asking anybody: `kind`, `source` (where it was found), and, as far as they are
/// known, `principal` (whose it is), `client_id`, `scopes`, `project_id`, `quota_project_id`, `universe_domain`.
/// `tokcore_fields_get` reads one of them. No secret is among them.
///
/// Ownership: free `*about` with `tokcore_fields_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_about(
    source: *const tokcore_token_source,
    about: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::method_giving(source, about, "about", err, |source| Ok(about_fields(&source.core.about()))) }
}

/// The service account whose signature `tokcore_token_source_sign` gives, by its address; NULL for a credential that cannot
/// sign.
///
/// Ownership: valid until `source` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_signer(source: *const tokcore_token_source) -> *const c_char {
    unsafe { call::accessor(source, ptr::null(), |source| pointer(&source.signer)) }
}

/// How many methods a chain asked until it found this source; 0 for a source that was made without one.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_attempt_count(source: *const tokcore_token_source) -> usize {
    unsafe { call::accessor(source, 0, |source| source.attempts.len()) }
}

/// The name of a method that was asked; NULL past the last one.
///
/// Ownership: valid until `source` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_attempt_source(
    source: *const tokcore_token_source,
    index: usize,
) -> *const c_char {
    unsafe { attempt(source, index, |attempt| attempt.source.as_ptr()) }
}

/// What came of asking that method; NULL past the last one.
///
/// Ownership: valid until `source` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_attempt_outcome(
    source: *const tokcore_token_source,
    index: usize,
) -> *const c_char {
    unsafe { attempt(source, index, |attempt| attempt.outcome.as_ptr()) }
}

/// The same as a stable word: `token` for the method that had one, else `not_applicable`, `skipped`, or the name of a reason
/// or kind; NULL past the last one.
///
/// Ownership: valid until `source` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_attempt_code(
    source: *const tokcore_token_source,
    index: usize,
) -> *const c_char {
    unsafe { attempt(source, index, |attempt| pointer(&attempt.code)) }
}

/// How long asking that method took.
///
/// Shape: -1 past the last one. Units: milliseconds. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_attempt_elapsed_ms(
    source: *const tokcore_token_source,
    index: usize,
) -> i64 {
    unsafe { call::accessor(source, None, |source| source.attempts.get(index)) }.map_or(-1, |tried| tried.elapsed_ms)
}

/// What one method said; NULL past the last one.
///
/// Safety: as [`call::accessor`].
unsafe fn attempt(
    source: *const tokcore_token_source,
    index: usize,
    tell: impl FnOnce(&AttemptValue) -> *const c_char,
) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { call::accessor(source, ptr::null(), |source| source.attempts.get(index).map_or(ptr::null(), tell)) }
}
