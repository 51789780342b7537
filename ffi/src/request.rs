//! `tokcore_request`: what credentials are wanted for, when more than an audience must be said.

use std::ffi::c_char;

use tokcore::{CredentialsRequest, Secret};

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{Handle, Unique};
use crate::status::tokcore_status;
use crate::strings;

/// What credentials are wanted for, for `tokcore_client_credentials_for`.
///
/// Threads: one at a time. A call copies what it needs, so one object serves for many calls.
pub struct tokcore_request {
    _opaque: (),
}

impl Handle for tokcore_request {
    type Value = CredentialsRequest;
    type Ownership = Unique;
    const NAME: &'static str = "request";
}

/// Makes an empty request.
///
/// Ownership: free `*request` with `tokcore_request_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_request_new(
    request: *mut *mut tokcore_request,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(request, "request", err, || Ok(CredentialsRequest::default())) }
}

/// Which integration: see `tokcore_client_credentials`.
///
/// Ownership: copied; NULL for none. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_request_set_audience(
    request: *mut tokcore_request,
    audience: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(request, err, |request| {
            request.audience = strings::optional(audience, "audience")?.map(str::to_owned);
            Ok(())
        })
    }
}

/// Connect only: the token of the person who looks at the content (header `Posit-Connect-User-Session-Token`).
///
/// Ownership: copied; NULL for none; zeroed when the request is freed. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_request_set_user_session_token(
    request: *mut tokcore_request,
    user_session_token: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(request, err, |request| {
            request.user_session_token = strings::optional(user_session_token, "user_session_token")?.map(Secret::new);
            Ok(())
        })
    }
}

/// Connect only: the type of token wanted, a URN of RFC 8693; an access token unless set.
///
/// Ownership: copied; NULL for an access token. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_request_set_requested_token_type(
    request: *mut tokcore_request,
    requested_token_type: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(request, err, |request| {
            request.requested_token_type =
                strings::optional(requested_token_type, "requested_token_type")?.map(str::to_owned);
            Ok(())
        })
    }
}

/// Frees the request. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_request_free(request: *mut tokcore_request) {
    unsafe { call::free(request) }
}
