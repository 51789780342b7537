//! The functions of `tokcore_error`. Apart from the type, because the shape of every call (`call.rs`) makes errors and
//! these functions have that shape themselves.

use std::ffi::c_char;
use std::ptr;

use crate::call;
use crate::error::{ErrorValue, tokcore_error};
use crate::status::{TOKCORE_STATUS_OK, tokcore_status};
use crate::strings::pointer;

/// What kind of failure it is: the status that the call returned. `TOKCORE_STATUS_OK` for NULL.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_kind(error: *const tokcore_error) -> tokcore_status {
    unsafe { call::accessor(error, TOKCORE_STATUS_OK, |value| value.error.kind().code()) }
}

/// One line that names what failed: lower case, no final stop, no secret. NULL for NULL.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_message(error: *const tokcore_error) -> *const c_char {
    unsafe { call::accessor(error, ptr::null(), |value| value.message.as_ptr()) }
}

/// What to do about it, in one line. NULL for NULL.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_hint(error: *const tokcore_error) -> *const c_char {
    unsafe { call::accessor(error, ptr::null(), |value| value.hint.as_ptr()) }
}

/// All of it for a terminal or a log, in several lines: the message, what the server wrote, what each source said, the next
/// step. Ends without a line break; holds no secret. NULL for NULL.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_report(error: *const tokcore_error) -> *const c_char {
    unsafe { call::accessor(error, ptr::null(), |value| value.report.as_ptr()) }
}

/// What the server wrote for people, in one line; NULL if it wrote nothing.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_detail(error: *const tokcore_error) -> *const c_char {
    unsafe { call::accessor(error, ptr::null(), |value| pointer(&value.detail)) }
}

/// What exactly went wrong, where the kind leaves that open, such as `state_mismatch`; NULL if there is no more to say.
/// Names are stable; a later version may know more of them.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_reason(error: *const tokcore_error) -> *const c_char {
    unsafe { call::accessor(error, ptr::null(), |value| pointer(&value.reason)) }
}

/// The error code of RFC 6749 that the server sent, such as `invalid_grant`; NULL if it sent none.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_oauth_error(error: *const tokcore_error) -> *const c_char {
    unsafe { call::accessor(error, ptr::null(), |value| pointer(&value.oauth_error)) }
}

/// A page where the user can sign in; NULL if it is not known.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_sign_in_url(error: *const tokcore_error) -> *const c_char {
    unsafe { call::accessor(error, ptr::null(), |value| pointer(&value.sign_in_url)) }
}

/// The HTTP status of the answer that failed; 0 if there was no answer.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_http_status(error: *const tokcore_error) -> u32 {
    unsafe { call::accessor(error, 0, |value| value.error.http_status().map_or(0, u32::from)) }
}

/// Whether the same call may succeed later without any change.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_retryable(error: *const tokcore_error) -> bool {
    unsafe { call::accessor(error, false, |value| value.error.kind().retryable()) }
}

/// How long the server asked to wait.
///
/// Shape: -1 if it did not ask. Units: milliseconds. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_retry_after_ms(error: *const tokcore_error) -> i64 {
    let stated = |value: &ErrorValue| value.error.retry_after_ms().map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
    unsafe { call::accessor(error, None, stated) }.unwrap_or(-1)
}

/// How many sources of credentials were asked before the call failed.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_attempt_count(error: *const tokcore_error) -> usize {
    unsafe { call::accessor(error, 0, |value| value.attempts.len()) }
}

/// The name of a source that was asked; NULL past the last one.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_attempt_source(error: *const tokcore_error, index: usize) -> *const c_char {
    unsafe { call::accessor(error, None, |value| value.attempts.get(index)) }
        .map_or(ptr::null(), |attempt| attempt.source.as_ptr())
}

/// What came of asking that source; NULL past the last one.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_attempt_outcome(error: *const tokcore_error, index: usize) -> *const c_char {
    unsafe { call::accessor(error, None, |value| value.attempts.get(index)) }
        .map_or(ptr::null(), |attempt| attempt.outcome.as_ptr())
}

/// The same as a stable word: `not_applicable`, `skipped`, `token`, or the name of a reason or kind; NULL where there is
/// none, and past the last one.
///
/// Ownership: valid until `error` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_attempt_code(error: *const tokcore_error, index: usize) -> *const c_char {
    unsafe { call::accessor(error, None, |value| value.attempts.get(index)) }
        .map_or(ptr::null(), |attempt| pointer(&attempt.code))
}

/// How long asking that source took.
///
/// Shape: -1 where nothing was waited for, and past the last one. Units: milliseconds. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_attempt_elapsed_ms(error: *const tokcore_error, index: usize) -> i64 {
    unsafe { call::accessor(error, None, |value| value.attempts.get(index)) }.map_or(-1, |attempt| attempt.elapsed_ms)
}

/// Frees the error. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_error_free(error: *mut tokcore_error) {
    unsafe { call::free(error) }
}
