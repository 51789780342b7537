//! `tokcore_azure_token`: a delegated Azure token for one resource.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::{AzureToken, Error, Kind};
use zeroize::Zeroizing;

use crate::call;
use crate::credentials::TOKCORE_EXPIRY_UNKNOWN;
use crate::handle::{Handle, Shared};
use crate::strings::{optional_secret, optional_text, pointer, secret, secret_pointer, text};

/// A delegated Azure token for one resource. Immutable.
pub struct tokcore_azure_token {
    _opaque: (),
}

impl Handle for tokcore_azure_token {
    type Value = AzureValue;
    type Ownership = Shared;
    const NAME: &'static str = "azure_token";
}

pub(crate) struct AzureValue {
    access_token: Zeroizing<CString>,
    refresh_token: Option<Zeroizing<CString>>,
    id_token: Option<Zeroizing<CString>>,
    token_type: CString,
    scope: Option<CString>,
    resource: CString,
    extra_json: CString,
    expires_in_s: Option<i64>,
    expires_at_unix_s: Option<i64>,
}

impl AzureValue {
    pub(crate) fn new(token: &AzureToken) -> Result<Self, Error> {
        let extra = serde_json::to_string(&token.extra).map_err(|cause| {
            Error::new(Kind::Internal, "the members of a token cannot be written").with_cause(cause)
        })?;
        Ok(Self {
            access_token: secret(&token.access_token)?,
            refresh_token: optional_secret(token.refresh_token.as_ref())?,
            id_token: optional_secret(token.id_token.as_ref())?,
            token_type: text(&token.token_type),
            scope: optional_text(token.scope.as_deref()),
            resource: text(&token.resource),
            extra_json: text(&extra),
            expires_in_s: token.expires_in_s,
            expires_at_unix_s: token.expires_at_unix_s,
        })
    }
}

/// The access token: a secret. NULL for NULL.
///
/// Ownership: valid until `azure` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_access_token(azure: *const tokcore_azure_token) -> *const c_char {
    unsafe { call::accessor(azure, ptr::null(), |value| value.access_token.as_ptr()) }
}

/// The refresh token: a secret. NULL if the server gave none.
///
/// Ownership: valid until `azure` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_refresh_token(azure: *const tokcore_azure_token) -> *const c_char {
    unsafe { call::accessor(azure, ptr::null(), |value| secret_pointer(&value.refresh_token)) }
}

/// The ID token: a secret. NULL if the server gave none.
///
/// Ownership: valid until `azure` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_id_token(azure: *const tokcore_azure_token) -> *const c_char {
    unsafe { call::accessor(azure, ptr::null(), |value| secret_pointer(&value.id_token)) }
}

/// How to present the access token, usually `Bearer`. NULL for NULL.
///
/// Ownership: valid until `azure` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_token_type(azure: *const tokcore_azure_token) -> *const c_char {
    unsafe { call::accessor(azure, ptr::null(), |value| value.token_type.as_ptr()) }
}

/// The scopes that were granted, as the server spells them; NULL if it did not say.
///
/// Ownership: valid until `azure` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_scope(azure: *const tokcore_azure_token) -> *const c_char {
    unsafe { call::accessor(azure, ptr::null(), |value| pointer(&value.scope)) }
}

/// The resource that the token is for. NULL for NULL.
///
/// Ownership: valid until `azure` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_resource(azure: *const tokcore_azure_token) -> *const c_char {
    unsafe { call::accessor(azure, ptr::null(), |value| value.resource.as_ptr()) }
}

/// The other members of the server's answer, a JSON object without secrets. NULL for NULL.
///
/// Ownership: valid until `azure` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_extra_json(azure: *const tokcore_azure_token) -> *const c_char {
    unsafe { call::accessor(azure, ptr::null(), |value| value.extra_json.as_ptr()) }
}

/// The lifetime that the server stated, counted from its answer.
///
/// Shape: -1 if it stated none, and for NULL. Units: seconds. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_expires_in_s(azure: *const tokcore_azure_token) -> i64 {
    unsafe { call::accessor(azure, None, |value| value.expires_in_s) }.unwrap_or(-1)
}

/// When the access token expires.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` if the server did not say, and for NULL. Units: seconds since 1970-01-01 UTC.
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_expires_at_unix_s(azure: *const tokcore_azure_token) -> i64 {
    unsafe { call::accessor(azure, None, |value| value.expires_at_unix_s) }.unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// Frees the token and zeroes it. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_azure_token_free(azure: *mut tokcore_azure_token) {
    unsafe { call::free(azure) }
}
