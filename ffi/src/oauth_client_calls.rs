//! The other calls of `tokcore_oauth_client`: what its server says of itself and of tokens.

use std::ffi::c_char;

use tokcore::oauth::revocation::{Revocation, TokenHint};
use tokcore::{Error, Kind, Secret};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::{self, tokcore_error};
use crate::fields::{open_fields, secret_fields, tokcore_fields};
use crate::handle::{self, Out};
use crate::introspection::{IntrospectionValue, tokcore_introspection};
use crate::metadata::{MetadataValue, tokcore_metadata};
use crate::oauth_client::tokcore_oauth_client;
use crate::status::tokcore_status;
use crate::strings;

/// The tokens are of no use to anybody any more.
pub const TOKCORE_REVOCATION_DONE: i32 = 0;
/// The server did not take them back: they may still be valid there until they expire.
pub const TOKCORE_REVOCATION_LOCAL_ONLY: i32 = 1;
/// The server takes no tokens back.
pub const TOKCORE_REVOCATION_UNSUPPORTED: i32 = 2;
/// The server was not asked.
pub const TOKCORE_REVOCATION_NONE: i32 = -1;

/// Tells the server that the tokens of one grant are no longer wanted.
///
/// Shape: `refresh_token` or `access_token` may be NULL; the refresh token takes the others with it. `*outcome` is one of
/// `TOKCORE_REVOCATION_*`; `*why` says why it is not `DONE` and is left alone otherwise; `why` and `cancel` may be NULL.
/// Ownership: free `*why` with `tokcore_error_free`. Threads: any. Effects: [net] [blocks].
/// Errors: only those that concern this client, such as `CONFIG_INVALID`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_revoke(
    client: *const tokcore_oauth_client,
    refresh_token: *const c_char,
    access_token: *const c_char,
    cancel: *const tokcore_cancel,
    outcome: *mut i32,
    why: *mut *mut tokcore_error,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            let place = Out::new(outcome, "outcome")?;
            let refresh_token = strings::optional(refresh_token, "refresh_token")?.map(Secret::new);
            let access_token = strings::optional(access_token, "access_token")?.map(Secret::new);
            let interrupt = interrupt(handle::get_optional(cancel)?);
            let revocation = client.revoke(refresh_token.as_ref(), access_token.as_ref(), interrupt)?;
            place.write(outcome_of(revocation, why));
            Ok(())
        })
    }
}

/// The number of an outcome; its reason, if there is one, goes to `why`.
///
/// Safety: `why` is NULL or may be written.
pub(crate) unsafe fn outcome_of(revocation: Revocation, why: *mut *mut tokcore_error) -> i32 {
    let (outcome, reason) = match revocation {
        Revocation::Revoked => (TOKCORE_REVOCATION_DONE, None),
        Revocation::LocalOnly(error) => (TOKCORE_REVOCATION_LOCAL_ONLY, Some(error)),
        Revocation::Unsupported(error) => (TOKCORE_REVOCATION_UNSUPPORTED, Some(error)),
    };
    if let Some(reason) = reason {
        // SAFETY: the caller's promise.
        unsafe { error::hand_out(reason, why) };
    }
    outcome
}

/// What the server knows about a token.
///
/// Shape: `hint` is `access_token`, `refresh_token` or NULL; `cancel` may be NULL. Ownership: free `*introspection` with
/// `tokcore_introspection_free`. Threads: any. Effects: [net] [blocks].
/// Errors: `CONFIG_INVALID` when the server has no such endpoint; `DENIED` when this client may not ask. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_introspect(
    client: *const tokcore_oauth_client,
    token: *const c_char,
    hint: *const c_char,
    cancel: *const tokcore_cancel,
    introspection: *mut *mut tokcore_introspection,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, introspection, "introspection", err, |client| {
            let token = Secret::new(strings::required(token, "token")?);
            let hint = match strings::optional(hint, "hint")? {
                None => None,
                Some("access_token") => Some(TokenHint::AccessToken),
                Some("refresh_token") => Some(TokenHint::RefreshToken),
                Some(_) => {
                    let message = "`hint` is neither access_token nor refresh_token";
                    return Err(Error::new(Kind::InvalidArgument, message));
                }
            };
            let found = client.introspect(&token, hint, interrupt(handle::get_optional(cancel)?))?;
            Ok(IntrospectionValue::new(&found))
        })
    }
}

/// What the server publishes about itself.
///
/// Shape: `cancel` may be NULL. Ownership: free `*metadata` with `tokcore_metadata_free`. Threads: any.
/// Effects: [net] unless it is remembered, [blocks]. Errors: `CONFIG_INVALID` when there is nowhere to ask; `PROTOCOL`
/// for a document that is wrong, with its reason. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_metadata(
    client: *const tokcore_oauth_client,
    cancel: *const tokcore_cancel,
    metadata: *mut *mut tokcore_metadata,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, metadata, "metadata", err, |client| {
            let found = client.metadata(interrupt(handle::get_optional(cancel)?))?;
            Ok(MetadataValue::new(&found))
        })
    }
}

/// What an API says about itself: which authorization servers it trusts, which scopes it knows (RFC 9728).
///
/// Shape: `address`, where the document is, may be NULL; an API's challenge names it as `resource_metadata`. `*about` has
/// `resource`, one `authorization_server` for each that is trusted, and one `scope` for each that is known. `cancel` may be
/// NULL. No API can make tokcore turn to a server that is not configured. Ownership: free `*about` with
/// `tokcore_fields_free`. Threads: any. Effects: [net] [blocks]. Errors: `CONFIG_INVALID` for an address that is not https;
/// `PROTOCOL` for a document that is wrong, or about another resource. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_resource_metadata(
    client: *const tokcore_oauth_client,
    resource: *const c_char,
    address: *const c_char,
    cancel: *const tokcore_cancel,
    about: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, about, "about", err, |client| {
            let (resource, address) =
                (strings::required(resource, "resource")?, strings::optional(address, "address")?);
            let found = client.resource_metadata(resource, address, interrupt(handle::get_optional(cancel)?))?;
            let mut fields = vec![("resource".to_owned(), found.resource)];
            fields
                .extend(found.authorization_servers.into_iter().map(|issuer| ("authorization_server".into(), issuer)));
            fields.extend(found.scopes.into_iter().flatten().map(|scope| ("scope".into(), scope)));
            Ok(open_fields(&fields))
        })
    }
}

/// The client's proof of who it is, for a request to `endpoint` that the program makes itself.
///
/// Shape: `*headers` go into the header, `*parameters` into the form; either may be empty. `cancel` may be NULL.
/// Ownership: free both with `tokcore_fields_free`. Threads: any. Effects: [net] when the server has to be asked which
/// method it takes, [blocks]. Errors: `CONFIG_INVALID` for a secret or key that is missing or unusable. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_authentication(
    client: *const tokcore_oauth_client,
    endpoint: *const c_char,
    cancel: *const tokcore_cancel,
    headers: *mut *mut tokcore_fields,
    parameters: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            let (in_header, in_form) = (Out::new(headers, "headers")?, Out::new(parameters, "parameters")?);
            let endpoint = strings::url(endpoint, "endpoint")?;
            let proof = client.authentication(&endpoint, interrupt(handle::get_optional(cancel)?))?;
            let (headers, parameters) = (secret_fields(&proof.headers)?, secret_fields(&proof.parameters)?);
            in_header.write(handle::give::<tokcore_fields>(headers));
            in_form.write(handle::give::<tokcore_fields>(parameters));
            Ok(())
        })
    }
}

/// What is known of the client and its server, by name, for reports: no secrets.
///
/// Ownership: free `*report` with `tokcore_fields_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_report(
    client: *const tokcore_oauth_client,
    report: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::method_giving(client, report, "report", err, |client| Ok(open_fields(&client.report_in_words()))) }
}
