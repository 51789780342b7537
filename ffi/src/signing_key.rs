//! `tokcore_signing_key`: a private key, and the tokens that a program signs with it.

use std::ffi::c_char;

use tokcore::jose::{Claims, SigningKey};
use tokcore::{Secret, building_blocks};

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{Handle, Shared};
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;

/// A private key. Reading one is the expensive part: keep it. Zeroed when it is freed.
pub struct tokcore_signing_key {
    _opaque: (),
}

impl Handle for tokcore_signing_key {
    type Value = SigningKey;
    type Ownership = Shared;
    const NAME: &'static str = "signing_key";
}

/// Reads a private key.
///
/// Shape: `key` is PEM or a JWK, as text; `passphrase` and `key_id`, the later field `kid`, may be NULL.
/// Ownership: copied; free `*signing_key` with `tokcore_signing_key_free`. Threads: any.
/// Errors: `CONFIG_INVALID` with the reason `crypto`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_signing_key_new(
    key: *const c_char,
    passphrase: *const c_char,
    key_id: *const c_char,
    signing_key: *mut *mut tokcore_signing_key,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(signing_key, "signing_key", err, || {
            let key = Secret::new(strings::required(key, "key")?);
            let passphrase = strings::optional(passphrase, "passphrase")?.map(Secret::new);
            let key_id = strings::optional(key_id, "key_id")?;
            let read = building_blocks::signing_key(&key, passphrase.as_ref(), key_id)?;
            Ok(read)
        })
    }
}

/// A key for HMAC, from a secret that the server knows too.
///
/// Shape: `allow_weak` lets a secret pass that is shorter than its hash. Ownership: copied; free `*signing_key` with
/// `tokcore_signing_key_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_signing_key_new_from_secret(
    secret: *const c_char,
    allow_weak: bool,
    signing_key: *mut *mut tokcore_signing_key,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(signing_key, "signing_key", err, || {
            let secret = Secret::new(strings::required(secret, "secret")?);
            Ok(SigningKey::from_client_secret(secret, allow_weak))
        })
    }
}

/// A signed JSON web token with these claims, in the order of their text.
///
/// Shape: `claims_json` and `header_json` are JSON objects; the second may be NULL. `algorithm` is its registered name,
/// such as `ES256`; NULL for what the key suggests. Ownership: free `*jwt` with `tokcore_text_free`. Threads: any.
/// Errors: `CONFIG_INVALID` for an algorithm that is unknown or not for this key. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_jwt_encode(
    signing_key: *const tokcore_signing_key,
    claims_json: *const c_char,
    header_json: *const c_char,
    algorithm: *const c_char,
    jwt: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(signing_key, jwt, "jwt", err, |key| {
            let claims: Claims = strings::json(claims_json, "claims_json")?;
            let header: Claims = match header_json.is_null() {
                true => Claims::new(),
                false => strings::json(header_json, "header_json")?,
            };
            let algorithm = strings::optional(algorithm, "algorithm")?;
            let signed = building_blocks::jwt_encode(&claims, &header, key, algorithm)?;
            strings::secret(&signed)
        })
    }
}

/// Frees the key and zeroes it. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_signing_key_free(signing_key: *mut tokcore_signing_key) {
    unsafe { call::free(signing_key) }
}
