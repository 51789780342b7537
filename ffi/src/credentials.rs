//! `tokcore_credentials`: an access token and what is known about it.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::{Error, SharedCredentials};
use zeroize::Zeroizing;

use crate::call;
use crate::handle::{self, Handle, Shared};
use crate::strings::{optional_text, pointer, secret, text};

/// Stands for an expiry that the server did not give: later than every moment, because such a token is good until it is
/// refused.
pub const TOKCORE_EXPIRY_UNKNOWN: i64 = 9223372036854775807;

/// An access token and what is known about it. Immutable.
pub struct tokcore_credentials {
    _opaque: (),
}

impl Handle for tokcore_credentials {
    type Value = CredentialsValue;
    type Ownership = Shared;
    const NAME: &'static str = "credentials";
}

/// Credentials, with their texts as C reads them: made once per token, however often it is handed out.
pub(crate) struct CredentialsValue {
    pub(crate) credentials: SharedCredentials,
    access_token: Zeroizing<CString>,
    authorization: Zeroizing<CString>,
    token_type: CString,
    integration_id: Option<CString>,
    backend: CString,
}

impl CredentialsValue {
    pub(crate) fn new(credentials: SharedCredentials) -> Result<Self, Error> {
        Ok(Self {
            access_token: secret(credentials.access_token())?,
            authorization: secret(&credentials.authorization())?,
            token_type: text(credentials.token_type()),
            integration_id: optional_text(credentials.integration_id()),
            backend: text(credentials.backend().name()),
            credentials,
        })
    }
}

/// The access token: a secret. NULL for NULL.
///
/// Ownership: valid until `credentials` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_access_token(credentials: *const tokcore_credentials) -> *const c_char {
    unsafe { call::accessor(credentials, ptr::null(), |value| value.access_token.as_ptr()) }
}

/// The value of an `Authorization` header, such as `Bearer …`: a secret. NULL for NULL.
///
/// Ownership: valid until `credentials` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_authorization(credentials: *const tokcore_credentials) -> *const c_char {
    unsafe { call::accessor(credentials, ptr::null(), |value| value.authorization.as_ptr()) }
}

/// How to present the token: `Bearer` unless the server said otherwise. NULL for NULL.
///
/// Ownership: valid until `credentials` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_token_type(credentials: *const tokcore_credentials) -> *const c_char {
    unsafe { call::accessor(credentials, ptr::null(), |value| value.token_type.as_ptr()) }
}

/// When the token expires.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` if the server did not say, and for NULL. Units: seconds since 1970-01-01 UTC.
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_expires_at_unix_s(credentials: *const tokcore_credentials) -> i64 {
    unsafe { call::accessor(credentials, None, |value| value.credentials.expires_at_unix_s()) }
        .unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// The GUID of the integration, in lower case; NULL on Connect when no audience was asked for.
///
/// Ownership: valid until `credentials` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_integration_id(credentials: *const tokcore_credentials) -> *const c_char {
    unsafe { call::accessor(credentials, ptr::null(), |value| pointer(&value.integration_id)) }
}

/// Who issued the token: `workbench`, `connect` or `broker`. NULL for NULL.
///
/// Ownership: valid until `credentials` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_backend(credentials: *const tokcore_credentials) -> *const c_char {
    unsafe { call::accessor(credentials, ptr::null(), |value| value.backend.as_ptr()) }
}

/// One more reference to the same credentials. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_credentials_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_clone(
    credentials: *const tokcore_credentials,
) -> *mut tokcore_credentials {
    unsafe { handle::add_reference(credentials) }
}

/// Frees one reference; the last one zeroes the token. A client keeps one reference to what it may hand out again, until
/// it gets new credentials, forgets, or is freed. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_credentials_free(credentials: *mut tokcore_credentials) {
    unsafe { call::free(credentials) }
}
