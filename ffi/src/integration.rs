//! `tokcore_integration`: one integration that an administrator configured.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::Integration;

use crate::call;
use crate::handle::{self, Handle, Shared};
use crate::strings::{optional_text, pointer, text};

/// Yes, to a question that a server may leave open.
pub const TOKCORE_YES: i32 = 1;
/// No, to a question that a server may leave open.
pub const TOKCORE_NO: i32 = 0;
/// The server did not say.
pub const TOKCORE_UNKNOWN: i32 = -1;

/// One integration that an administrator configured. Immutable; holds no secret.
pub struct tokcore_integration {
    _opaque: (),
}

impl Handle for tokcore_integration {
    type Value = IntegrationValue;
    type Ownership = Shared;
    const NAME: &'static str = "integration";
}

/// An integration, with its texts as C reads them.
pub(crate) struct IntegrationValue {
    guid: Option<CString>,
    provider_type: Option<CString>,
    name: Option<CString>,
    display_name: Option<CString>,
    client_id: Option<CString>,
    auth_url: Option<CString>,
    token_url: Option<CString>,
    issuer: Option<CString>,
    scopes: Vec<CString>,
    authenticated: Option<bool>,
    json: CString,
}

impl IntegrationValue {
    pub(crate) fn new(integration: &Integration) -> Self {
        Self {
            guid: optional_text(integration.guid.as_deref()),
            provider_type: optional_text(integration.provider_type.as_deref()),
            name: optional_text(integration.name.as_deref()),
            display_name: optional_text(integration.display_name.as_deref()),
            client_id: optional_text(integration.client_id.as_deref()),
            auth_url: optional_text(integration.auth_url.as_deref()),
            token_url: optional_text(integration.token_url.as_deref()),
            issuer: optional_text(integration.issuer.as_deref()),
            scopes: integration.scopes.iter().map(|scope| text(scope)).collect(),
            authenticated: integration.authenticated,
            // A map with text keys can always be written.
            json: text(&serde_json::to_string(&integration.raw).unwrap_or_default()),
        }
    }
}

/// Safety: as [`handle::get`].
unsafe fn field(
    integration: *const tokcore_integration,
    which: impl FnOnce(&IntegrationValue) -> &Option<CString>,
) -> *const c_char {
    unsafe { call::accessor(integration, ptr::null(), |value| pointer(which(value))) }
}

/// Its stable identifier, usually a UUID; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_guid(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.guid) }
}

/// The kind of its provider, such as `custom` or `azure`; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_provider_type(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.provider_type) }
}

/// Its internal name; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_name(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.name) }
}

/// Its name for people; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_display_name(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.display_name) }
}

/// Its OAuth client identifier, which is no secret; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_client_id(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.client_id) }
}

/// The authorization endpoint; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_auth_url(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.auth_url) }
}

/// The token endpoint; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_token_url(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.token_url) }
}

/// The issuer of the provider; NULL if the server sent none.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_issuer(integration: *const tokcore_integration) -> *const c_char {
    unsafe { field(integration, |value| &value.issuer) }
}

/// How many scopes are asked for.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_scope_count(integration: *const tokcore_integration) -> usize {
    unsafe { call::accessor(integration, 0, |value| value.scopes.len()) }
}

/// One of the scopes, in the order in which they are asked for; NULL past the last one.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_scope(
    integration: *const tokcore_integration,
    index: usize,
) -> *const c_char {
    unsafe { call::accessor(integration, None, |value| value.scopes.get(index)) }
        .map_or(ptr::null(), |scope| scope.as_ptr())
}

/// Whether the user is signed in: `TOKCORE_YES`, `TOKCORE_NO` or `TOKCORE_UNKNOWN`.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_authenticated(integration: *const tokcore_integration) -> i32 {
    match unsafe { call::accessor(integration, None, |value| value.authenticated) } {
        Some(true) => TOKCORE_YES,
        Some(false) => TOKCORE_NO,
        None => TOKCORE_UNKNOWN,
    }
}

/// All members as the server sent them, a JSON object, for those that have no function here. NULL for NULL.
///
/// Ownership: valid until `integration` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_json(integration: *const tokcore_integration) -> *const c_char {
    unsafe { call::accessor(integration, ptr::null(), |value| value.json.as_ptr()) }
}

/// One more reference to the same integration, which then outlives the list that it came from. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_integration_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_clone(
    integration: *const tokcore_integration,
) -> *mut tokcore_integration {
    unsafe { handle::add_reference(integration) }
}

/// Frees one reference. NULL is fine. Not for an item that a list or a callback lends.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_integration_free(integration: *mut tokcore_integration) {
    unsafe { call::free(integration) }
}
