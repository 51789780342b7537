//! `tokcore_oauth_client` and `tokcore_token_source` with their store: which one it is, and signing out.

use tokcore::{Logout, TokenRequest};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Out};
use crate::oauth_client::tokcore_oauth_client;
use crate::oauth_client_calls::{TOKCORE_REVOCATION_NONE, outcome_of};
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::store::tokcore_store;
use crate::token_source::tokcore_token_source;

/// The same client with another store, whatever its settings say: `*same` has its credentials in `store`.
///
/// Ownership: free `*same` with `tokcore_oauth_client_free`; `client` and `store` stay yours, and may be freed first.
/// Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_with_store(
    client: *const tokcore_oauth_client,
    store: *const tokcore_store,
    same: *mut *mut tokcore_oauth_client,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, same, "same", err, |client| {
            let store = handle::get(store)?.value();
            Ok(client.with_store(store))
        })
    }
}

/// The store that the client's credentials are in.
///
/// Ownership: free `*store` with `tokcore_store_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_store(
    client: *const tokcore_oauth_client,
    store: *mut *mut tokcore_store,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::method_giving(client, store, "store", err, |client| Ok(client.store())) }
}

/// Signs out of what these settings describe: tells the server, if `revoke` says so, then removes the credential from store
/// and memory. Renewals that are under way in other processes end first.
///
/// Shape: `settings` as for `tokcore_token_source_new`; NULL for the defaults. `*found` says whether there was anything to
/// sign out of. `*revocation` is one of `TOKCORE_REVOCATION_*`; `*why` says why it is `LOCAL_ONLY` or `UNSUPPORTED` and is
/// left alone otherwise. All three and `cancel` may be NULL. Ownership: free `*why` with `tokcore_error_free`.
/// Threads: any. Effects: [net] [disk] [blocks]. Errors: `AMBIGUOUS_ACCOUNT` where several are stored and none is named;
/// `STORE` where it cannot be removed. A server that cannot be told is no error. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_logout(
    client: *const tokcore_oauth_client,
    settings: *const tokcore_settings,
    revoke: bool,
    cancel: *const tokcore_cancel,
    found: *mut bool,
    revocation: *mut i32,
    why: *mut *mut tokcore_error,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            let request = TokenRequest::from_settings(copy_of(settings)?)?;
            let logout = client.logout(request, revoke, interrupt(handle::get_optional(cancel)?))?;
            tell(logout, found, revocation, why);
            Ok(())
        })
    }
}

/// Signs out of the source's own credential. A source can go on: its next token is a new sign-in.
///
/// Shape, effects and errors: as `tokcore_oauth_client_logout`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_logout(
    source: *const tokcore_token_source,
    revoke: bool,
    cancel: *const tokcore_cancel,
    found: *mut bool,
    revocation: *mut i32,
    why: *mut *mut tokcore_error,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            let logout = source.core.logout(revoke, interrupt(handle::get_optional(cancel)?))?;
            source.forget();
            tell(logout, found, revocation, why);
            Ok(())
        })
    }
}

/// Says what came of signing out. Safety: each place is NULL or may be written.
pub(crate) unsafe fn tell(logout: Logout, found: *mut bool, revocation: *mut i32, why: *mut *mut tokcore_error) {
    // SAFETY: the caller's promise.
    unsafe {
        let outcome = logout.revocation.map_or(TOKCORE_REVOCATION_NONE, |said| outcome_of(said, why));
        Out::write_if_wanted(found, logout.found);
        Out::write_if_wanted(revocation, outcome);
    }
}
