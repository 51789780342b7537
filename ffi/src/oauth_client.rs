//! `tokcore_oauth_client`: a client at an authorization server, its life and the tokens that it gets.

use std::ffi::c_char;

use tokcore::{ClientSettings, OAuthClient, TokenRequest};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Shared};
use crate::person::{person as talk_to, tokcore_person};
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings;
use crate::token::{TokenValue, tokcore_token};

/// A client as it is registered with an authorization server. Programs keep a `tokcore_token_source` of it and ask that.
///
/// Threads: share it freely.
pub struct tokcore_oauth_client {
    _opaque: (),
}

impl Handle for tokcore_oauth_client {
    type Value = OAuthClient;
    type Ownership = Shared;
    const NAME: &'static str = "oauth_client";
}

/// Makes a client. Nothing is read and nothing is sent before the first call.
///
/// Shape: settings `client_id`; `issuer`, from which the rest is found out, or `token_endpoint` and its like;
/// `client_secret`, `key_file` and so on: docs/client-file.md lists them. Ownership: `settings` stays yours; free `*client`
/// with `tokcore_oauth_client_free`. Threads: any. Errors: `CONFIG_INVALID` naming the setting. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_new(
    settings: *const tokcore_settings,
    client: *mut *mut tokcore_oauth_client,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(client, "client", err, || {
            let made = OAuthClient::new(ClientSettings::from_settings(copy_of(settings)?)?)?;
            Ok(made)
        })
    }
}

/// Makes the client that a file describes: TOML with the names of the settings.
///
/// Ownership: free `*client` with `tokcore_oauth_client_free`. Threads: any. Effects: [disk].
/// Errors: `CONFIG_INVALID` naming the file and the line. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_new_from_file(
    path: *const c_char,
    client: *mut *mut tokcore_oauth_client,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(client, "client", err, || {
            let made = OAuthClient::from_file(&strings::required_path(path, "path")?)?;
            Ok(made)
        })
    }
}

/// A token that nothing remembers: the grant, carried out once. Most programs want a `tokcore_token_source` instead.
///
/// Shape: settings as for `tokcore_token_source_new`. `person` NULL stands for the terminal; `cancel` may be NULL.
/// Ownership: `settings` stays yours; free `*token` with `tokcore_token_free`. Threads: any. Effects: [net] [blocks].
/// Errors: as `tokcore_token_source_token`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_fetch(
    client: *const tokcore_oauth_client,
    settings: *const tokcore_settings,
    person: *const tokcore_person,
    cancel: *const tokcore_cancel,
    token: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, token, "token", err, |client| {
            let request = TokenRequest::from_settings(copy_of(settings)?)?;
            let (person, cancel) = (handle::get_optional(person)?, handle::get_optional(cancel)?);
            TokenValue::new(client.fetch(request, talk_to(person), interrupt(cancel))?)
        })
    }
}

/// One refresh of a token that the program holds itself. Nothing is remembered.
///
/// Shape: `cancel` may be NULL. Ownership: free `*refreshed` with `tokcore_token_free`; `token` stays yours. Threads: any.
/// Effects: [net] [blocks]. Errors: `INVALID_ARGUMENT` for a token without refresh token; `GRANT_REVOKED`; as
/// `tokcore_token_source_token`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_refresh(
    client: *const tokcore_oauth_client,
    token: *const tokcore_token,
    cancel: *const tokcore_cancel,
    refreshed: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, refreshed, "refreshed", err, |client| {
            let token = &handle::get(token)?.value().token;
            TokenValue::new(client.refresh(token, interrupt(handle::get_optional(cancel)?))?)
        })
    }
}

/// One more reference to the same client. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_oauth_client_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_clone(client: *const tokcore_oauth_client) -> *mut tokcore_oauth_client {
    unsafe { handle::add_reference(client) }
}

/// Frees one reference. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_free(client: *mut tokcore_oauth_client) {
    unsafe { call::free(client) }
}
