//! `tokcore_store`: where credentials outlive the process; its life, and what is in it.

use tokcore::{Error, Selection, Store};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::entries::{EntriesValue, tokcore_entries};
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Out, Shared};
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings;

use std::ffi::c_char;

/// A place where credentials outlive the process, shared by all programs and languages that open it.
///
/// Threads: share it freely. Processes: any number at once; a child of `fork` goes on using it.
pub struct tokcore_store {
    _opaque: (),
}

impl Handle for tokcore_store {
    type Value = Store;
    type Ownership = Shared;
    const NAME: &'static str = "store";
}

/// `tokcore_store_prune`: thirty days.
pub const TOKCORE_PRUNE_DEFAULT: i32 = -1;

/// What `selection` means; everything for NULL.
///
/// Safety: as [`handle::get`].
pub(crate) unsafe fn selected(selection: *const tokcore_settings) -> Result<Selection, Error> {
    // SAFETY: the caller's promise.
    Selection::from_settings(unsafe { copy_of(selection)? })
}

/// Makes a store of files. Nothing is read before the first call.
///
/// Shape: settings `path`, a folder, `user` or `memory`; default: what the variable `TOKCORE_STORE` says, else `user`, the
/// platform's own folder. `key`: 32 bytes as base64url; default: `TOKCORE_KEY`, the desktop's keyring, a key file. NULL for
/// the defaults. Ownership: `settings` stays yours; free `*store` with `tokcore_store_free`. Threads: any.
/// Errors: `CONFIG_INVALID` naming the setting. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_open(
    settings: *const tokcore_settings,
    store: *mut *mut tokcore_store,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(store, "store", err, || Store::open(copy_of(settings)?)) }
}

/// Makes the user's own store, which all programs and languages of the user share, or the one that `TOKCORE_STORE` names.
///
/// Ownership: free `*store` with `tokcore_store_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_user(
    store: *mut *mut tokcore_store,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(store, "store", err, || Ok(Store::user())) }
}

/// Makes a store in the memory of this process, empty, for clients that share it.
///
/// Ownership: free `*store` with `tokcore_store_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_memory(
    store: *mut *mut tokcore_store,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(store, "store", err, || Ok(Store::memory())) }
}

/// Lists the stored credentials that are meant. No token is touched.
///
/// Shape: settings `key`, at least four of its first digits; `account`, or a pattern such as `*@example.com`; `client_id`;
/// `issuer`; `scope`. What is not given excludes none; NULL means everything. Ownership: `selection` stays yours; free
/// `*entries` with `tokcore_entries_free`. Threads: any. Effects: [disk]. Errors: `STORE`; `CONFIG_INVALID` naming the
/// setting. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_list(
    store: *const tokcore_store,
    selection: *const tokcore_settings,
    entries: *mut *mut tokcore_entries,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(store, entries, "entries", err, |store| {
            let listed = store.list(&selected(selection)?)?;
            Ok(EntriesValue::listed(&listed))
        })
    }
}

/// Removes one credential. Nothing is revoked: see `tokcore_oauth_client_logout`.
///
/// Shape: `key` whole, or its beginning where that names one only; `cancel` may be NULL. Threads: any. Effects: [disk]
/// [blocks]. Errors: `NOT_FOUND`; `INVALID_ARGUMENT` for the beginning of several keys; `STORE`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_remove(
    store: *const tokcore_store,
    key: *const c_char,
    cancel: *const tokcore_cancel,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(store, err, |store| {
            store.remove(strings::required(key, "key")?, interrupt(handle::get_optional(cancel)?))
        })
    }
}

/// Removes all credentials that are meant. Nothing is revoked.
///
/// Shape: `selection` as for `tokcore_store_list`: NULL removes everything. `*removed` is their number, and may be NULL as
/// `cancel` may. Threads: any. Effects: [disk] [blocks]. Errors: as `tokcore_store_list`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_clear(
    store: *const tokcore_store,
    selection: *const tokcore_settings,
    cancel: *const tokcore_cancel,
    removed: *mut usize,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(store, err, |store| {
            let selection = selected(selection)?;
            let count = store.clear(&selection, interrupt(handle::get_optional(cancel)?))?;
            Out::write_if_wanted(removed, count);
            Ok(())
        })
    }
}

/// Removes what is not worth keeping: what nobody used for so many days, and what is over.
///
/// Shape: `max_idle_days` 0 or more, or `TOKCORE_PRUNE_DEFAULT`. `*removed` is their number, and may be NULL as `cancel`
/// may. Threads: any. Effects: [disk] [blocks]. Errors: `STORE`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_prune(
    store: *const tokcore_store,
    max_idle_days: i32,
    cancel: *const tokcore_cancel,
    removed: *mut usize,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(store, err, |store| {
            let days = match max_idle_days {
                TOKCORE_PRUNE_DEFAULT => None,
                days => Some(u32::try_from(days).map_err(|_| strings::invalid("`max_idle_days` is negative".into()))?),
            };
            let count = store.prune(days, interrupt(handle::get_optional(cancel)?))?;
            Out::write_if_wanted(removed, count);
            Ok(())
        })
    }
}

/// One more reference to the same store. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_store_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_clone(store: *const tokcore_store) -> *mut tokcore_store {
    unsafe { handle::add_reference(store) }
}

/// Frees one reference. What is in the store stays there. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_free(store: *mut tokcore_store) {
    unsafe { call::free(store) }
}
