//! `tokcore_token_source`: what a program keeps and asks again and again.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokcore::{Error, SharedToken, TokenRequest, TokenSource};

use crate::attempt::AttemptValue;
use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Cell, Handle, Held, Out, Shared};
use crate::oauth_client::tokcore_oauth_client;
use crate::person::{person as talk_to, tokcore_person};
use crate::settings::{copy_of, tokcore_settings};
use crate::status::{TOKCORE_STATUS_OK, tokcore_status};
use crate::strings::{optional_text, text};
use crate::token::{TokenValue, tokcore_token};

/// One token of one client, always usable: what a program keeps and asks before each request. Sources that ask for the
/// same share the token, in the whole process.
///
/// Threads: share it freely. Those who ask while the token has to be renewed share one exchange.
pub struct tokcore_token_source {
    _opaque: (),
}

impl Handle for tokcore_token_source {
    type Value = SourceValue;
    type Ownership = Shared;
    const NAME: &'static str = "token_source";
}

pub(crate) struct SourceValue {
    pub(crate) core: TokenSource,
    pub(crate) attempts: Vec<AttemptValue>,
    key: CString,
    pub(crate) signer: Option<CString>,
    /// The token handed out last, already in the shape that C reads. Whether it may be handed out again is for the core
    /// to say.
    recent: ArcSwapOption<Cell<tokcore_token>>,
}

impl SourceValue {
    pub(crate) fn new(core: TokenSource) -> Self {
        let attempts = AttemptValue::all(core.attempts());
        let (key, signer) = (text(core.key()), optional_text(core.signer()));
        Self { attempts, key, signer, recent: ArcSwapOption::empty(), core }
    }

    /// The token as C reads it: the same object as long as it is the same token.
    pub(crate) fn shaped(&self, token: SharedToken) -> Result<Arc<Cell<tokcore_token>>, Error> {
        if let Some(recent) = &*self.recent.load()
            && Arc::ptr_eq(&recent.value().token, &token)
        {
            return Ok(recent.clone());
        }
        let shaped = Arc::new(Cell::new(TokenValue::new(token)?));
        self.recent.store(Some(shaped.clone()));
        Ok(shaped)
    }

    pub(crate) fn forget(&self) {
        self.core.forget();
        self.recent.store(None);
    }
}

/// Makes the source of the token that these settings describe. Nothing is sent before the first call.
///
/// Shape: settings `grant`, one of `authorization_code` (the default), `device_code`, `client_credentials`, `password`,
/// `refresh_token`, `jwt_bearer`, `token_exchange`, or a URN; `scopes` and what the grant needs: docs/client-file.md lists
/// them. NULL for the defaults. Ownership: `settings` stays yours; free `*source` with `tokcore_token_source_free`.
/// Threads: any. Errors: `CONFIG_INVALID` naming the setting. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_new(
    client: *const tokcore_oauth_client,
    settings: *const tokcore_settings,
    source: *mut *mut tokcore_token_source,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, source, "source", err, |client| {
            let made = client.source(TokenRequest::from_settings(copy_of(settings)?)?)?;
            Ok(SourceValue::new(made))
        })
    }
}

/// Makes `*token` a token that is usable now. Call it before each request: a token that still is usable is left alone, at
/// the cost of reading a clock; another one is freed and replaced. Begin with NULL, free the last one yourself.
///
/// The new token comes from memory; else it is renewed with its refresh token or by its grant; else, where the grant
/// needs a person and one is there, by a sign-in. A token with life left is never refused because a renewal failed.
/// Shape: `*token` is NULL or a token that this thread owns; on failure it is left as it is. `person` NULL stands for the
/// terminal, if there is one; `cancel` may be NULL. Ownership: free `*token` with `tokcore_token_free`. Threads: any, each
/// with a `token` of its own. Effects: [net] [disk] [blocks] when the token has to be renewed.
/// Errors: `INTERACTION_REQUIRED` at once when a person is needed and there is none; `GRANT_REVOKED`; `DENIED`;
/// `CONFIG_INVALID`; `LISTENER_UNAVAILABLE`; `TRANSPORT`, `TIMEOUT`, `SERVER`, `RATE_LIMITED`, `HTTP`, `PROTOCOL`,
/// `CANCELLED`; `tokcore_error_reason` tells more. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_token(
    source: *const tokcore_token_source,
    person: *const tokcore_person,
    cancel: *const tokcore_cancel,
    token: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        if still_current(source, token) {
            return TOKCORE_STATUS_OK;
        }
        call::method(source, err, |source| {
            let held = Held::new(token, "token")?;
            let (person, cancel) = (handle::get_optional(person)?, handle::get_optional(cancel)?);
            let token = source.core.token(talk_to(person), interrupt(cancel))?;
            if !held.value().is_some_and(|held| Arc::ptr_eq(&held.token, &token)) {
                held.replace(source.shaped(token)?);
            }
            Ok(())
        })
    }
}

/// The way of most calls: nothing is made, nothing is changed, `errno` least of all.
///
/// Safety: as [`handle::get`] and [`Held::new`].
unsafe fn still_current(source: *const tokcore_token_source, token: *const *mut tokcore_token) -> bool {
    unsafe {
        if token.is_null() || token.read_unaligned().is_null() {
            return false;
        }
        let current = |source: &SourceValue| {
            handle::get(token.read_unaligned()).is_ok_and(|held| source.core.is_current(&held.value().token))
        };
        call::accessor(source, false, current)
    }
}

/// The token in memory, whatever its age; nobody is asked for another one.
///
/// Shape: `*token` is NULL if there is none. Ownership: free `*token` with `tokcore_token_free`. Threads: any.
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_current(
    source: *const tokcore_token_source,
    token: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(source, err, |source| {
            let place = Out::new(token, "token")?;
            let current = source.core.current().map(|token| source.shaped(token)).transpose()?;
            place.write(current.map_or(ptr::null_mut(), handle::give_shared));
            Ok(())
        })
    }
}

/// Whether the source would hand out `token` again without asking anybody. False for NULL.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_is_current(
    source: *const tokcore_token_source,
    token: *const tokcore_token,
) -> bool {
    unsafe {
        call::accessor(source, false, |source| {
            call::accessor(token, false, |token| source.core.is_current(&token.token))
        })
    }
}

/// The name of the credential in caches, hexadecimal: the same for sources that share it. NULL for NULL.
///
/// Ownership: valid until `source` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_key(source: *const tokcore_token_source) -> *const c_char {
    unsafe { call::accessor(source, ptr::null(), |source| source.key.as_ptr()) }
}

/// One more reference to the same source. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_token_source_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_clone(source: *const tokcore_token_source) -> *mut tokcore_token_source {
    unsafe { handle::add_reference(source) }
}

/// Frees one reference. The process goes on sharing the token; `tokcore_token_source_forget` drops it. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_source_free(source: *mut tokcore_token_source) {
    unsafe { call::free(source) }
}
