//! The other calls of `tokcore_client`.

use std::ffi::{c_char, c_void};
use std::ptr;

use tokcore::{Filter, Integration};

use crate::azure::{AzureValue, tokcore_azure_token};
use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::client::tokcore_client;
use crate::detection::{DetectionValue, tokcore_detection};
use crate::error::tokcore_error;
use crate::filter::tokcore_filter;
use crate::handle::{self, Out};
use crate::identity::{IdentityValue, tokcore_identity_token};
use crate::integration::{IntegrationValue, tokcore_integration};
use crate::integrations::{list, tokcore_integrations};
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;

/// Whether an integration is the one that is looked for. The integration is lent for the call. It must return: no
/// `longjmp`, no C++ exception.
pub type tokcore_predicate =
    Option<unsafe extern "C" fn(integration: *const tokcore_integration, user_data: *mut c_void) -> bool>;

/// All integrations of this session.
///
/// Shape: `cancel` may be NULL. Ownership: free `*integrations` with `tokcore_integrations_free`. Threads: any.
/// Effects: [net] [disk] [blocks]. Errors: as `tokcore_client_credentials`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_integrations(
    client: *const tokcore_client,
    cancel: *const tokcore_cancel,
    integrations: *mut *mut tokcore_integrations,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, integrations, "integrations", err, |client| {
            let found = client.core.integrations(interrupt(handle::get_optional(cancel)?))?;
            Ok(list(&found))
        })
    }
}

/// The integration with this GUID, in any letter case, or with this internal name after `name:`.
///
/// Shape: `*integration` is NULL if there is no such integration. `cancel` may be NULL. Ownership: free `*integration`
/// with `tokcore_integration_free`. Threads: any. Effects: [net] [disk] [blocks].
/// Errors: `INVALID_ARGUMENT` for an empty GUID; else as `tokcore_client_credentials`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_integration(
    client: *const tokcore_client,
    guid: *const c_char,
    cancel: *const tokcore_cancel,
    integration: *mut *mut tokcore_integration,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            let place = Out::new(integration, "integration")?;
            let guid = strings::required(guid, "guid")?;
            let found = client.core.integration(guid, interrupt(handle::get_optional(cancel)?))?;
            place.write(optional_integration(found.as_ref()));
            Ok(())
        })
    }
}

/// The first integration that passes both the filter and the predicate.
///
/// Shape: `*integration` is NULL if there is none. `filter`, `predicate` and `cancel` may be NULL. The predicate is
/// called with `user_data` on this thread, after the exchange. Ownership: `filter` stays yours; free `*integration` with
/// `tokcore_integration_free`. Threads: any. Effects: [net] [disk] [blocks].
/// Errors: as `tokcore_client_credentials`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_find_by(
    client: *const tokcore_client,
    filter: *const tokcore_filter,
    predicate: tokcore_predicate,
    user_data: *mut c_void,
    cancel: *const tokcore_cancel,
    integration: *mut *mut tokcore_integration,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            let place = Out::new(integration, "integration")?;
            let everything = Filter::default();
            let filter = handle::get_optional(filter)?.map_or(&everything, |filter| filter.value());
            let passes = |item: &Integration| {
                let Some(predicate) = predicate else { return true };
                let lent = handle::give::<tokcore_integration>(IntegrationValue::new(item));
                let passes = predicate(lent, user_data);
                handle::release(lent);
                passes
            };
            let found = client.core.find_by(filter, passes, interrupt(handle::get_optional(cancel)?))?;
            place.write(optional_integration(found.as_ref()));
            Ok(())
        })
    }
}

/// A token that says who the user of this session is.
///
/// Shape: `cancel` may be NULL. Ownership: free `*identity` with `tokcore_identity_token_free`. Threads: any.
/// Effects: [net] [disk] [blocks]. Errors: as `tokcore_client_credentials`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_identity_token(
    client: *const tokcore_client,
    cancel: *const tokcore_cancel,
    identity: *mut *mut tokcore_identity_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, identity, "identity", err, |client| {
            let token = client.core.identity_token(interrupt(handle::get_optional(cancel)?))?;
            IdentityValue::new(&token)
        })
    }
}

/// A delegated Azure token for one resource, such as `https://management.azure.com/`.
///
/// Shape: `cancel` may be NULL. Ownership: free `*azure` with `tokcore_azure_token_free`. Threads: any.
/// Effects: [net] [disk] [blocks]. Errors: `INVALID_ARGUMENT` for an empty resource; else as
/// `tokcore_client_credentials`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_azure_token(
    client: *const tokcore_client,
    resource: *const c_char,
    cancel: *const tokcore_cancel,
    azure: *mut *mut tokcore_azure_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, azure, "azure", err, |client| {
            let resource = strings::required(resource, "resource")?;
            let token = client.core.azure_token(resource, interrupt(handle::get_optional(cancel)?))?;
            AzureValue::new(&token)
        })
    }
}

/// The page where a person signs in to an integration.
///
/// Shape: `cancel` may be NULL. Ownership: free `*url` with `tokcore_text_free`. Threads: any.
/// Effects: [net] [disk] [blocks]. Errors: `NOT_FOUND`; else as `tokcore_client_credentials`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_sign_in_url(
    client: *const tokcore_client,
    guid: *const c_char,
    cancel: *const tokcore_cancel,
    url: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, url, "url", err, |client| {
            let guid = strings::required(guid, "guid")?;
            let page = client.core.sign_in_url(guid, interrupt(handle::get_optional(cancel)?))?;
            Ok(strings::text(&page).into())
        })
    }
}

/// Whether a call could be made here: everything that it needs short of the network is there and well formed.
///
/// Threads: any. Effects: [disk]. Errors: `NOT_IN_SESSION`, `NO_COOKIE`, `BAD_COOKIE`, `EXPIRED_COOKIE`, `NO_ADDRESS`,
/// `BAD_ADDRESS`, `NO_SUBJECT`, `CONFIG_INVALID`, `BROKER`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_check(
    client: *const tokcore_client,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::method(client, err, |client| client.core.check()) }
}

/// Where the program runs, and how that was found out: for programs that explain themselves.
///
/// Shape: `with_user_session_token` says whether a user session token would be given. That nobody can be asked is no
/// error of this call: see `tokcore_detection_error`. Ownership: free `*detection` with `tokcore_detection_free`.
/// Threads: any. Effects: [disk]. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_detect(
    client: *const tokcore_client,
    with_user_session_token: bool,
    detection: *mut *mut tokcore_detection,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, detection, "detection", err, |client| {
            let found = client.core.detect(with_user_session_token);
            Ok(DetectionValue::new(&found))
        })
    }
}

fn optional_integration(found: Option<&Integration>) -> *mut tokcore_integration {
    found.map_or(ptr::null_mut(), |integration| handle::give::<tokcore_integration>(IntegrationValue::new(integration)))
}
