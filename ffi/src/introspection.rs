//! `tokcore_introspection`: what a server knows about a token.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::oauth::introspection::{ActiveToken, Introspection};

use crate::call;
use crate::credentials::TOKCORE_EXPIRY_UNKNOWN;
use crate::handle::{Handle, Shared};
use crate::strings::{nth, optional_text, pointer, text, texts};

/// What a server knows about a token. Immutable. Texts are the server's own.
pub struct tokcore_introspection {
    _opaque: (),
}

impl Handle for tokcore_introspection {
    type Value = IntrospectionValue;
    type Ownership = Shared;
    const NAME: &'static str = "introspection";
}

/// What is known of an active token, with its texts as C reads them; nothing of another.
pub(crate) struct IntrospectionValue {
    active: bool,
    expires_at_unix_s: Option<i64>,
    scopes: Vec<CString>,
    subject: Option<CString>,
    username: Option<CString>,
    client_id: Option<CString>,
    json: CString,
}

impl IntrospectionValue {
    pub(crate) fn new(found: &Introspection) -> Self {
        let inactive = ActiveToken::default();
        let (active, token) = match found {
            Introspection::Active(token) => (true, &**token),
            Introspection::Inactive => (false, &inactive),
        };
        let json = serde_json::to_string(&token.to_json()).ok().filter(|_| active);
        Self {
            active,
            expires_at_unix_s: token.expires_at_unix_s,
            scopes: texts(&token.scopes),
            subject: optional_text(token.subject.as_deref()),
            username: optional_text(token.username.as_deref()),
            client_id: optional_text(token.client_id.as_deref()),
            json: text(json.as_deref().unwrap_or(r#"{"active":false}"#)),
        }
    }
}

/// Safety: as [`crate::handle::get`].
unsafe fn field(
    introspection: *const tokcore_introspection,
    which: impl FnOnce(&IntrospectionValue) -> &Option<CString>,
) -> *const c_char {
    unsafe { call::accessor(introspection, ptr::null(), |value| pointer(which(value))) }
}

/// Whether the token is good at this moment. False for one that expired, was revoked or never issued: then nothing else
/// is told about it.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_active(introspection: *const tokcore_introspection) -> bool {
    unsafe { call::accessor(introspection, false, |value| value.active) }
}

/// When the token expires.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` if the server did not say, and for NULL. Units: seconds since 1970-01-01 UTC.
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_expires_at_unix_s(introspection: *const tokcore_introspection) -> i64 {
    unsafe { call::accessor(introspection, None, |value| value.expires_at_unix_s) }.unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// How many scopes the token has.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_scope_count(introspection: *const tokcore_introspection) -> usize {
    unsafe { call::accessor(introspection, 0, |value| value.scopes.len()) }
}

/// One of the scopes; NULL past the last one.
///
/// Ownership: valid until `introspection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_scope(
    introspection: *const tokcore_introspection,
    index: usize,
) -> *const c_char {
    unsafe { call::accessor(introspection, ptr::null(), |value| nth(&value.scopes, index)) }
}

/// The person, as the server calls them; NULL if it does not say.
///
/// Ownership: valid until `introspection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_subject(introspection: *const tokcore_introspection) -> *const c_char {
    unsafe { field(introspection, |value| &value.subject) }
}

/// The person, as people call them; NULL if the server does not say.
///
/// Ownership: valid until `introspection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_username(introspection: *const tokcore_introspection) -> *const c_char {
    unsafe { field(introspection, |value| &value.username) }
}

/// The client that the token was issued to; NULL if the server does not say.
///
/// Ownership: valid until `introspection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_client_id(introspection: *const tokcore_introspection) -> *const c_char {
    unsafe { field(introspection, |value| &value.client_id) }
}

/// Everything that the server said, a JSON object with the names of RFC 7662. NULL for NULL.
///
/// Ownership: valid until `introspection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_json(introspection: *const tokcore_introspection) -> *const c_char {
    unsafe { call::accessor(introspection, ptr::null(), |value| value.json.as_ptr()) }
}

/// Frees what is known. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_introspection_free(introspection: *mut tokcore_introspection) {
    unsafe { call::free(introspection) }
}
