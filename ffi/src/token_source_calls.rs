//! The other calls of `tokcore_token_source`: using its token with an API, and giving it one.

use std::ffi::c_char;
use std::ptr;

use tokcore::Recovery;

use crate::bytes::{given, tokcore_bytes};
use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::fields::{secret_fields, tokcore_fields};
use crate::flow::{FlowValue, tokcore_flow};
use crate::handle::{self, Out};
use crate::person::{interactivity as is_there, person as talk_to, tokcore_person};
use crate::refusal::tokcore_refusal;
use crate::status::tokcore_status;
use crate::strings;
use crate::token::tokcore_token;
use crate::token_source::tokcore_token_source;

/// The header fields of one API request with `token`: its `Authorization` and, for a DPoP token, the proof, which is good
/// for this one request.
///
/// Ownership: free `*headers` with `tokcore_fields_free`. Threads: any. Errors: `INVALID_ARGUMENT` for a `url` that is
/// not absolute; `CONFIG_INVALID` for a token that is not for a header, and, with the reason `insecure_endpoint`, for an
/// address that others can listen to. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_request_headers(
    source: *const tokcore_token_source,
    token: *const tokcore_token,
    method: *const c_char,
    url: *const c_char,
    headers: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(source, headers, "headers", err, |source| {
            let token = &handle::get(token)?.value().token;
            let (method, url) = (strings::required(method, "method")?, strings::required(url, "url")?);
            let headers = secret_fields(&source.core.request_headers(token, method, url)?)?;
            Ok(headers)
        })
    }
}

/// What follows when an API refused a request made with `token`. Call it at most once per request.
///
/// A refused token is renewed, without a person if that can be. Missing scopes and a stronger sign-in are asked of a
/// person, where one is there.
/// Shape: `*retry` is a token to send the request once more with, or NULL when the answer is not about the token and
/// belongs to whoever asked. `person` NULL stands for the terminal; `cancel` may be NULL. Ownership: free `*retry` with
/// `tokcore_token_free`; `token` and `refusal` stay yours. Threads: any. Effects: [net] [blocks] when the token is
/// renewed. Errors: `DENIED` naming the scopes that are missing; `INTERACTION_REQUIRED` naming what the API wants of the
/// sign-in; as `tokcore_token_source_token`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_recover(
    source: *const tokcore_token_source,
    token: *const tokcore_token,
    refusal: *const tokcore_refusal,
    person: *const tokcore_person,
    cancel: *const tokcore_cancel,
    retry: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            let place = Out::new(retry, "retry")?;
            let token = &handle::get(token)?.value().token;
            let refusal = handle::get(refusal)?.value();
            let (person, cancel) = (handle::get_optional(person)?, handle::get_optional(cancel)?);
            let recovery =
                refusal.lend(|refusal| source.core.recover(token, refusal, talk_to(person), interrupt(cancel)))?;
            place.write(match recovery {
                Recovery::Retry(token) => handle::give_shared(source.shaped(token)?),
                Recovery::GiveBack => ptr::null_mut(),
            });
            Ok(())
        })
    }
}

/// Takes the field `DPoP-Nonce` of an API's answer, which the next proof needs. Give it with every answer that has one.
///
/// Ownership: copied. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_learn(
    source: *const tokcore_token_source,
    url: *const c_char,
    dpop_nonce: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            source.core.learn(strings::required(url, "url")?, strings::required(dpop_nonce, "dpop_nonce")?);
            Ok(())
        })
    }
}

/// Says that an API refused `token`, so that the next call renews it. Without effect on its successor.
///
/// Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_invalidate(
    source: *const tokcore_token_source,
    token: *const tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            source.core.invalidate(&handle::get(token)?.value().token);
            Ok(())
        })
    }
}

/// Takes over a token from elsewhere, see `tokcore_token_new`: it is handed out and renewed from now on.
///
/// Ownership: `token` stays yours. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_adopt(
    source: *const tokcore_token_source,
    token: *const tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            source.core.adopt((*handle::get(token)?.value().token).clone());
            Ok(())
        })
    }
}

/// Forgets the token in this process, for all sources that share it. Nothing is revoked.
///
/// Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_forget(
    source: *const tokcore_token_source,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            source.forget();
            Ok(())
        })
    }
}

/// The credential's own signature of bytes, such as a signed address needs: by its key, or by Google on its behalf.
///
/// Shape: `data` has `length` bytes; RSA PKCS#1 v1.5 with SHA-256. `cancel` may be NULL. Ownership: free `*signature` with
/// `tokcore_bytes_free`. Threads: any. Effects: [net] [blocks] where Google signs. Errors: `INVALID_STATE` for a credential
/// that cannot sign, such as a user's; where Google signs, as `tokcore_token_source_token`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_sign(
    source: *const tokcore_token_source,
    data: *const u8,
    length: usize,
    cancel: *const tokcore_cancel,
    signature: *mut *mut tokcore_bytes,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(source, signature, "signature", err, |source| {
            let data = given(data, length, "data")?;
            Ok(source.core.sign(data, interrupt(handle::get_optional(cancel)?))?.into())
        })
    }
}

/// Starts a sign-in that the program steps; its token becomes that of the source.
///
/// Shape: as `tokcore_oauth_client_begin`. Ownership: free `*flow` with `tokcore_flow_free`. Threads: any.
/// Effects: [net] [blocks]. Errors: as `tokcore_oauth_client_begin`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_begin(
    source: *const tokcore_token_source,
    interactivity: i32,
    cancel: *const tokcore_cancel,
    flow: *mut *mut tokcore_flow,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(source, flow, "flow", err, |source| {
            let begun = source.core.begin(is_there(interactivity)?, interrupt(handle::get_optional(cancel)?))?;
            Ok(FlowValue::new(begun))
        })
    }
}
