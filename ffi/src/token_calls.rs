//! What a `tokcore_token` tells. Apart from its life, because there is much of it.

use std::ffi::c_char;
use std::ptr;

use crate::call;
use crate::credentials::TOKCORE_EXPIRY_UNKNOWN;
use crate::strings::{nth, pointer, secret_pointer};
use crate::token::tokcore_token;

/// The access token: a secret. NULL for NULL.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_access_token(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| value.access_token.as_ptr()) }
}

/// The value of an `Authorization` header, such as `Bearer …`: a secret. NULL for a token that is not made for it, and for
/// a DPoP token, which needs `tokcore_token_source_request_headers`.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_authorization(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| secret_pointer(&value.authorization)) }
}

/// How to present the token: `Bearer`, `DPoP`, `N_A` or what else the server wrote. NULL for NULL.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_token_type(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| value.token_type.as_ptr()) }
}

/// The refresh token: a secret. NULL if there is none.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_refresh_token(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| secret_pointer(&value.refresh_token)) }
}

/// The ID token as the server sent it; NULL if there is none.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_id_token(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| secret_pointer(&value.id_token)) }
}

/// The claims of the ID token, once it passed its checks, as a JSON object; NULL if there is none.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_id_claims_json(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| pointer(&value.id_claims)) }
}

/// Whose token it is: the address that the ID token tells, else its subject, or the label that the request gave; NULL if it
/// is not known.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_account(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| pointer(&value.account)) }
}

/// What an exchange issued, a URN of RFC 8693; NULL for other grants.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_issued_token_type(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| pointer(&value.issued_token_type)) }
}

/// The issuer that the client is configured with; NULL if there is none.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_issuer(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| pointer(&value.issuer)) }
}

/// The endpoint that gave the token; empty for a token from elsewhere. NULL for NULL.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_token_endpoint(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| value.token_endpoint.as_ptr()) }
}

/// The client that it was given to; empty for a token from elsewhere. NULL for NULL.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_client_id(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| value.client_id.as_ptr()) }
}

/// The grant by its short name, such as `authorization_code`; empty for a token from elsewhere. NULL for NULL.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_grant(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| value.grant.as_ptr()) }
}

/// The other members of the server's answer, a JSON object as they came: may hold secrets. NULL for NULL.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_extra_json(token: *const tokcore_token) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| value.extra.as_ptr()) }
}

/// When the token expires.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` if the server did not say, and for NULL. Units: seconds since 1970-01-01 UTC.
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_expires_at_unix_s(token: *const tokcore_token) -> i64 {
    unsafe { call::accessor(token, None, |value| value.token.expires_at_unix_s()) }.unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// When the refresh token expires.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` if the server did not say, and for NULL. Units: seconds since 1970-01-01 UTC.
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_refresh_expires_at_unix_s(token: *const tokcore_token) -> i64 {
    unsafe { call::accessor(token, None, |value| value.token.refresh_expires_at_unix_s()) }
        .unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// How often it was refreshed since the sign-in or grant.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_generation(token: *const tokcore_token) -> u64 {
    unsafe { call::accessor(token, 0, |value| value.token.generation()) }
}

/// How many scopes were granted; those that were requested where the server does not say.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_scope_count(token: *const tokcore_token) -> usize {
    unsafe { call::accessor(token, 0, |value| value.scopes.len()) }
}

/// One of the scopes; NULL past the last one.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_scope(token: *const tokcore_token, index: usize) -> *const c_char {
    unsafe { call::accessor(token, ptr::null(), |value| nth(&value.scopes, index)) }
}

/// How much was odd about the server's answer.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_warning_count(token: *const tokcore_token) -> usize {
    unsafe { call::accessor(token, 0, |value| value.warnings.len()) }
}

/// The stable name of something odd, such as `missing_token_type`; NULL past the last one.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_warning_name(token: *const tokcore_token, index: usize) -> *const c_char {
    unsafe { call::accessor(token, None, |value| value.warnings.get(index)) }
        .map_or(ptr::null(), |(name, _)| name.as_ptr())
}

/// The same in a sentence; NULL past the last one.
///
/// Ownership: valid until `token` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_warning_text(token: *const tokcore_token, index: usize) -> *const c_char {
    unsafe { call::accessor(token, None, |value| value.warnings.get(index)) }
        .map_or(ptr::null(), |(_, text)| text.as_ptr())
}
