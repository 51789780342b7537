//! What Google knows about tokens and credentials.

use std::ffi::CString;

use serde_json::{Map, Value};
use tokcore::google;
use zeroize::Zeroizing;

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Out};
use crate::status::tokcore_status;
use crate::text::{open_text, tokcore_text};
use crate::token::tokcore_token;
use crate::token_source::tokcore_token_source;

/// What Google knows about the owner of `token`, a JSON object: `sub`, `email`, and more with more scopes.
///
/// Shape: `cancel` may be NULL. Ownership: free `*json` with `tokcore_text_free`. Threads: any. Effects: [net] [blocks].
/// Errors: `DENIED` for a token that is over, or was given without the scope for it; `TRANSPORT`, `TIMEOUT`, `SERVER`,
/// `PROTOCOL`, `CANCELLED`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_userinfo_json(
    token: *const tokcore_token,
    cancel: *const tokcore_cancel,
    json: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(token, json, "json", err, |token| {
            google::userinfo(&token.token, interrupt(handle::get_optional(cancel)?)).map(json_of)
        })
    }
}

/// What Google knows about `token`, a JSON object: whom it was given to, its scopes, its end.
///
/// Shape: `cancel` may be NULL. Ownership: free `*json` with `tokcore_text_free`. Threads: any. Effects: [net] [blocks].
/// Errors: as `tokcore_google_userinfo_json`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_tokeninfo_json(
    token: *const tokcore_token,
    cancel: *const tokcore_cancel,
    json: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(token, json, "json", err, |token| {
            google::tokeninfo(&token.token, interrupt(handle::get_optional(cancel)?)).map(json_of)
        })
    }
}

/// The address of the owner of `token`; Google is asked only where the token does not say.
///
/// Shape: `*email` is NULL where Google does not tell, because the scope for it is missing; `cancel` may be NULL.
/// Ownership: free `*email` with `tokcore_text_free`. Threads: any. Effects: [net] [blocks], then.
/// Errors: as `tokcore_google_userinfo_json`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_email(
    token: *const tokcore_token,
    cancel: *const tokcore_cancel,
    email: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(token, err, |token| {
            let place = Out::new(email, "email")?;
            let told = google::email(&token.token, interrupt(handle::get_optional(cancel)?))?;
            place.write(handle::give_optional(told.as_deref().map(open_text)));
            Ok(())
        })
    }
}

/// The project that is meant: the one that a variable names, else the credential's own, else that of gcloud's active
/// configuration, else, for the machine's own credential, the machine's. gcloud is not started.
///
/// Shape: `*project_id` is NULL where none is known; `cancel` may be NULL. Ownership: free `*project_id` with
/// `tokcore_text_free`. Threads: any. Effects: [disk]; [net] [blocks] for the last. Errors: `TRANSPORT`, `TIMEOUT`, `SERVER`,
/// `PROTOCOL`, `CANCELLED`, for the last. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_project_id(
    source: *const tokcore_token_source,
    cancel: *const tokcore_cancel,
    project_id: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            let place = Out::new(project_id, "project_id")?;
            let told = google::project_id(&source.core.about(), interrupt(handle::get_optional(cancel)?))?;
            place.write(handle::give_optional(told.as_deref().map(open_text)));
            Ok(())
        })
    }
}

fn json_of(members: Map<String, Value>) -> Zeroizing<CString> {
    open_text(&Value::Object(members).to_string())
}
