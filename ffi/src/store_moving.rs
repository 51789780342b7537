//! What leaves a store for another machine, another program or for good, and what comes from there.

use std::ffi::c_char;

use tokcore::{Secret, Store};

use crate::bytes::{given, tokcore_bytes};
use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::entries::{EntriesValue, tokcore_entries};
use crate::error::tokcore_error;
use crate::handle::{self, Out};
use crate::oauth_client_store::tell;
use crate::settings::tokcore_settings;
use crate::status::tokcore_status;
use crate::store::{selected, tokcore_store};
use crate::strings;

/// Seals all credentials that are meant under a passphrase, for `tokcore_store_import` on another machine. Both machines
/// then hold the same grants: where refresh tokens rotate, only one of them may go on using them.
///
/// Shape: `selection` as for `tokcore_store_list`. Ownership: free `*file` with `tokcore_bytes_free`. Threads: any.
/// Effects: [disk] [blocks]. Errors: `INVALID_ARGUMENT` for a passphrase that is too short; `NOT_FOUND` when nothing is
/// meant; `STORE`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_export(
    store: *const tokcore_store,
    selection: *const tokcore_settings,
    passphrase: *const c_char,
    file: *mut *mut tokcore_bytes,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(store, file, "file", err, |store| {
            let passphrase = Secret::new(strings::required(passphrase, "passphrase")?);
            let sealed = store.export(&selected(selection)?, &passphrase)?;
            Ok(sealed.into())
        })
    }
}

/// Takes in what `tokcore_store_export` made: of two like credentials the newer one stays. Or the grant in a JSON file of the
/// type `authorized_user` that says its scopes; the chain finds it for the same client.
///
/// Shape: `file` has `length` bytes; `passphrase` may be NULL for JSON. `*entries` are those of the file,
/// `tokcore_entry_arrival` says what came of each; `entries` and `cancel` may be NULL. Ownership: free `*entries` with `tokcore_entries_free`. Threads: any.
/// Effects: [disk] [blocks]. Errors: `INVALID_ARGUMENT` for another file; `CONFIG_INVALID` for JSON of another type;
/// `STORE` with the reason `store_key` for a wrong passphrase; `STORE`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_import(
    store: *const tokcore_store,
    file: *const u8,
    length: usize,
    passphrase: *const c_char,
    cancel: *const tokcore_cancel,
    entries: *mut *mut tokcore_entries,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(store, err, |store| {
            let file = given(file, length, "file")?;
            let sealed = Store::is_sealed(file).then(|| strings::required(passphrase, "passphrase")).transpose()?;
            let passphrase = sealed.map(Secret::new);
            let arrivals = store.import(file, passphrase.as_ref(), &[], interrupt(handle::get_optional(cancel)?))?;
            if !entries.is_null() {
                Out::new(entries, "entries")?.write(handle::give::<tokcore_entries>(EntriesValue::arrived(arrivals)));
            }
            Ok(())
        })
    }
}

/// Signs out of one stored credential: tells the server, if `revoke` says so, then removes it. Sources of this process
/// notice at their next look.
///
/// Shape: `key` as for `tokcore_store_remove`; the rest as for `tokcore_oauth_client_logout`. The store does not hold the
/// client's secret: where the server wants it, the outcome is `LOCAL_ONLY`, and the call of the client is the better one.
/// Threads: any. Effects: [net] [disk] [blocks]. Errors: as `tokcore_store_remove`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_logout(
    store: *const tokcore_store,
    key: *const c_char,
    revoke: bool,
    cancel: *const tokcore_cancel,
    revocation: *mut i32,
    why: *mut *mut tokcore_error,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(store, err, |store| {
            let interrupt = interrupt(handle::get_optional(cancel)?);
            let logout = store.logout(strings::required(key, "key")?, revoke, interrupt)?;
            tell(logout, std::ptr::null_mut(), revocation, why);
            Ok(())
        })
    }
}
