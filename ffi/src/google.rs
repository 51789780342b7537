//! What Google knows about tokens, and what this machine has of Google's.

use std::ptr;

use serde_json::{Map, Value};
use tokcore::{Error, google};
use zeroize::Zeroizing;

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Out};
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;
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
        call::method(token, err, |token| {
            let place = Out::new(json, "json")?;
            let told = google::userinfo(&token.token, interrupt(handle::get_optional(cancel)?))?;
            place.write(json_of(told));
            Ok(())
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
        call::method(token, err, |token| {
            let place = Out::new(json, "json")?;
            let told = google::tokeninfo(&token.token, interrupt(handle::get_optional(cancel)?))?;
            place.write(json_of(told));
            Ok(())
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
            place.write(optional_text(told.as_deref()));
            Ok(())
        })
    }
}

/// Where the application default credentials are, or would be.
///
/// Shape: `*path` is NULL without a home; `*exists`, whether there is such a file, and may be NULL. Ownership: free `*path`
/// with `tokcore_text_free`. Threads: any. Effects: [disk]. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_adc_path(
    path: *mut *mut tokcore_text,
    exists: *mut bool,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::function(err, || {
            let place = Out::new(path, "path")?;
            let file = google::adc_file();
            Out::write_if_wanted(exists, file.as_ref().is_some_and(|file| file.exists));
            place.write(optional_text(file.as_ref().map(|file| file.path.as_str())));
            Ok(())
        })
    }
}

/// The project that is meant: the one that a variable names, else the credential's own, else that of gcloud's active
/// configuration, else, for the machine's own credential, the machine's. gcloud is not started.
///
/// Shape: `*project_id` is NULL where none is known. Ownership: free `*project_id` with `tokcore_text_free`. Threads: any.
/// Effects: [disk]; [net] [blocks] for the last. Errors: `INVALID_ARGUMENT`; those of asking the machine. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_project_id(
    source: *const tokcore_token_source,
    project_id: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            let place = Out::new(project_id, "project_id")?;
            let told = google::project_id(&source.core.about(), interrupt(None))?;
            place.write(optional_text(told.as_deref()));
            Ok::<(), Error>(())
        })
    }
}

fn json_of(members: Map<String, Value>) -> *mut tokcore_text {
    optional_text(Some(&Value::Object(members).to_string()))
}

fn optional_text(optional: Option<&str>) -> *mut tokcore_text {
    let shaped = optional.map(|text| Zeroizing::new(strings::text(text)));
    shaped.map_or(ptr::null_mut(), handle::give::<tokcore_text>)
}
