//! The other calls of `tokcore_store`: what comes from elsewhere, which account is meant, what there is to know.

use std::ffi::c_char;

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::fields::{open_fields, tokcore_fields};
use crate::handle::{self};
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::store::tokcore_store;
use crate::strings;
use crate::text::tokcore_text;

/// Keeps a grant that was given elsewhere.
///
/// Shape: settings `client_id`, `issuer` and `token_endpoint` as those of the client; `refresh_token`, `access_token` or
/// both; and what else is known: `scopes`, `account`, `expires_at` (seconds since 1970), `token_type`, `grant` (default
/// `authorization_code`), `id_token`, `client_name`, `partition`, `cache_key`. `*key` is its key. Ownership: `settings`
/// stays yours; free `*key` with `tokcore_text_free`. Threads: any. Effects: [disk] [blocks].
/// Errors: `CONFIG_INVALID` for settings that make no grant; `STORE`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_adopt(
    store: *const tokcore_store,
    settings: *const tokcore_settings,
    key: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(store, key, "key", err, |store| {
            let key = store.adopt(copy_of(settings)?)?;
            Ok(strings::text(&key).into())
        })
    }
}

/// Makes this account the one that is meant when none is named, among those of its client and scopes.
///
/// Shape: as `tokcore_store_remove`. Threads: any. Effects: [disk] [blocks]. Errors: as `tokcore_store_remove`.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_set_default_account(
    store: *const tokcore_store,
    key: *const c_char,
    cancel: *const tokcore_cancel,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(store, err, |store| {
            store.set_default_account(strings::required(key, "key")?, interrupt(handle::get_optional(cancel)?))
        })
    }
}

/// Where and how credentials are kept, by name, for reports: no secrets.
///
/// Shape: `probe` allows to make and remove a file, to find out. Ownership: free `*report` with `tokcore_fields_free`.
/// Threads: any. Effects: [disk]. Errors: `STORE` for a store that cannot be used, with the words to mend it.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_report(
    store: *const tokcore_store,
    probe: bool,
    report: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::method_giving(store, report, "report", err, |store| Ok(open_fields(&store.report(probe)?))) }
}
