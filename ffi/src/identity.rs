//! `tokcore_identity_token`: says who the user of the session is.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::{Error, IdentityToken};
use zeroize::Zeroizing;

use crate::call;
use crate::credentials::TOKCORE_EXPIRY_UNKNOWN;
use crate::handle::{Handle, Shared};
use crate::strings::secret;

/// A token that says who the user of the session is. Immutable.
pub struct tokcore_identity_token {
    _opaque: (),
}

impl Handle for tokcore_identity_token {
    type Value = IdentityValue;
    type Ownership = Shared;
    const NAME: &'static str = "identity_token";
}

pub(crate) struct IdentityValue {
    token: Zeroizing<CString>,
    expires_at_unix_s: Option<i64>,
}

impl IdentityValue {
    pub(crate) fn new(identity: &IdentityToken) -> Result<Self, Error> {
        Ok(Self { token: secret(&identity.token)?, expires_at_unix_s: identity.expires_at_unix_s })
    }
}

/// The token, a JWT: a secret. NULL for NULL.
///
/// Ownership: valid until `identity` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_identity_token_value(identity: *const tokcore_identity_token) -> *const c_char {
    unsafe { call::accessor(identity, ptr::null(), |value| value.token.as_ptr()) }
}

/// When the token expires.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` if the server did not say, and for NULL. Units: seconds since 1970-01-01 UTC.
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_identity_token_expires_at_unix_s(identity: *const tokcore_identity_token) -> i64 {
    unsafe { call::accessor(identity, None, |value| value.expires_at_unix_s) }.unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// Frees the token and zeroes it. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_identity_token_free(identity: *mut tokcore_identity_token) {
    unsafe { call::free(identity) }
}
