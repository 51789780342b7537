//! `tokcore_refusal`: an API's answer, as far as it speaks of the token that it was sent.

use std::ffi::c_char;

use tokcore::{Error, Kind, Refusal};

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{Handle, Unique};
use crate::status::tokcore_status;
use crate::strings;

/// An API's answer, as far as it speaks of the token that it was sent: for `tokcore_token_source_recover`.
///
/// Threads: one at a time.
pub struct tokcore_refusal {
    _opaque: (),
}

impl Handle for tokcore_refusal {
    type Value = RefusalValue;
    type Ownership = Unique;
    const NAME: &'static str = "refusal";
}

pub(crate) struct RefusalValue {
    status: u16,
    www_authenticate: Vec<String>,
    dpop_nonce: Option<String>,
    error_code: Option<i64>,
}

impl RefusalValue {
    /// Gives `body` the refusal as the core wants it.
    pub(crate) fn lend<T>(&self, body: impl FnOnce(&Refusal<'_>) -> T) -> T {
        let www_authenticate: Vec<_> = self.www_authenticate.iter().map(String::as_str).collect();
        body(&Refusal {
            status: self.status,
            www_authenticate: &www_authenticate,
            dpop_nonce: self.dpop_nonce.as_deref(),
            error_code: self.error_code,
        })
    }
}

/// Makes the refusal of an answer with this HTTP status.
///
/// Ownership: free `*refusal` with `tokcore_refusal_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_refusal_new(
    http_status: u32,
    refusal: *mut *mut tokcore_refusal,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(refusal, "refusal", err, || {
            let known = u16::try_from(http_status).ok().filter(|status| (100..=999).contains(status));
            let status = known.ok_or_else(|| Error::new(Kind::InvalidArgument, "`http_status` is no HTTP status"))?;
            let value = RefusalValue { status, www_authenticate: Vec::new(), dpop_nonce: None, error_code: None };
            Ok(value)
        })
    }
}

/// Adds a `WWW-Authenticate` field of the answer; call it for each of them.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_refusal_add_www_authenticate(
    refusal: *mut tokcore_refusal,
    field: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(refusal, err, |refusal| {
            refusal.www_authenticate.push(strings::required(field, "field")?.to_owned());
            Ok(())
        })
    }
}

/// The field `DPoP-Nonce` of the answer; NULL if it has none.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_refusal_set_dpop_nonce(
    refusal: *mut tokcore_refusal,
    dpop_nonce: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(refusal, err, |refusal| {
            refusal.dpop_nonce = strings::optional(dpop_nonce, "dpop_nonce")?.map(str::to_owned);
            Ok(())
        })
    }
}

/// The error code in the body of the answer, for providers that say there what others say with a status.
///
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_refusal_set_error_code(
    refusal: *mut tokcore_refusal,
    error_code: i64,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(refusal, err, |refusal| {
            refusal.error_code = Some(error_code);
            Ok(())
        })
    }
}

/// Frees the refusal. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_refusal_free(refusal: *mut tokcore_refusal) {
    unsafe { call::free(refusal) }
}
