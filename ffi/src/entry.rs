//! `tokcore_entry`: one stored credential, as lists show it.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::Entry;

use crate::call;
use crate::credentials::TOKCORE_EXPIRY_UNKNOWN;
use crate::handle::{self, Handle, Shared};
use crate::strings::{nth, optional_text, pointer, text, texts};

/// One stored credential. Immutable; holds no secret.
pub struct tokcore_entry {
    _opaque: (),
}

impl Handle for tokcore_entry {
    type Value = EntryValue;
    type Ownership = Shared;
    const NAME: &'static str = "entry";
}

/// An entry, with its texts as C reads them.
pub(crate) struct EntryValue {
    core: Entry,
    key: CString,
    account: Option<CString>,
    email: Option<CString>,
    subject: Option<CString>,
    client_id: Option<CString>,
    client_name: Option<CString>,
    issuer: Option<CString>,
    token_endpoint: Option<CString>,
    scopes: Vec<CString>,
    grant: Option<CString>,
    state: CString,
    why: Option<CString>,
    source: Option<CString>,
    path: Option<CString>,
    arrival: Option<CString>,
    json: CString,
}

impl EntryValue {
    /// `arrival`: what came of it, where it came in a file.
    pub(crate) fn new(entry: &Entry, arrival: Option<&str>) -> Self {
        let known = |shown: &str| optional_text(Some(shown).filter(|shown| !shown.is_empty()));
        Self {
            key: text(&entry.key),
            account: optional_text(entry.account.as_deref()),
            email: optional_text(entry.email.as_deref()),
            subject: optional_text(entry.subject.as_deref()),
            client_id: known(&entry.client_id),
            client_name: optional_text(entry.client_name.as_deref()),
            issuer: optional_text(entry.issuer.as_deref()),
            token_endpoint: known(&entry.token_endpoint),
            scopes: texts(&entry.scopes),
            grant: known(&entry.grant),
            state: text(entry.state.slug()),
            why: optional_text(entry.why.as_deref()),
            source: optional_text(entry.source.as_deref()),
            path: entry.path.as_deref().and_then(path_text),
            arrival: optional_text(arrival),
            json: text(&entry.to_json()),
            core: entry.clone(),
        }
    }
}

/// A path as C opens it: on Unix its bytes, whatever their encoding.
fn path_text(path: &std::path::Path) -> Option<CString> {
    CString::new(path.as_os_str().as_encoded_bytes()).ok()
}

/// Safety: as [`handle::get`].
unsafe fn field(entry: *const tokcore_entry, which: impl FnOnce(&EntryValue) -> &Option<CString>) -> *const c_char {
    unsafe { call::accessor(entry, ptr::null(), |value| pointer(which(value))) }
}

/// Safety: as [`handle::get`].
unsafe fn time(entry: *const tokcore_entry, which: impl FnOnce(&Entry) -> Option<i64>) -> i64 {
    unsafe { call::accessor(entry, None, |value| which(&value.core)) }.unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// The credential's key: 64 hexadecimal digits, the first of which name it in every call that takes a key. NULL for NULL.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_key(entry: *const tokcore_entry) -> *const c_char {
    unsafe { call::accessor(entry, ptr::null(), |value| value.key.as_ptr()) }
}

/// How the account is called: its address, else the caller's name for it, else its subject; NULL if none is known.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_account(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.account) }
}

/// Address of the account, as the server says it; NULL if it does not.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_email(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.email) }
}

/// The server's own name for the account; NULL if it has none.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_subject(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.subject) }
}

/// Identifier of the client; NULL when the record cannot be read.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_client_id(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.client_id) }
}

/// The client's name in its settings; NULL if it has none.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_client_name(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.client_name) }
}

/// The issuer; NULL if it is not known.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_issuer(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.issuer) }
}

/// Where tokens of this grant come from; NULL when the record cannot be read.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_token_endpoint(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.token_endpoint) }
}

/// How many scopes it has: the granted ones, or the requested ones where the server did not say.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_scope_count(entry: *const tokcore_entry) -> usize {
    unsafe { call::accessor(entry, 0, |value| value.scopes.len()) }
}

/// One of the scopes; NULL past the last one.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_scope(entry: *const tokcore_entry, index: usize) -> *const c_char {
    unsafe { call::accessor(entry, ptr::null(), |value| nth(&value.scopes, index)) }
}

/// How it was obtained, such as `authorization_code`; NULL when the record cannot be read.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_grant(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.grant) }
}

/// When the grant was given.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` if that is not known, and for NULL. Units: seconds since 1970-01-01 UTC. Threads: any.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_created_at_unix_s(entry: *const tokcore_entry) -> i64 {
    unsafe { time(entry, |entry| entry.created_at_unix_s) }
}

/// When its access token was asked for.
///
/// Shape and units: as `tokcore_entry_created_at_unix_s`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_refreshed_at_unix_s(entry: *const tokcore_entry) -> i64 {
    unsafe { time(entry, |entry| entry.refreshed_at_unix_s) }
}

/// When it was last used, to the day.
///
/// Shape and units: as `tokcore_entry_created_at_unix_s`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_last_used_at_unix_s(entry: *const tokcore_entry) -> i64 {
    unsafe { time(entry, |entry| entry.last_used_at_unix_s) }
}

/// When its access token expires.
///
/// Shape and units: as `tokcore_entry_created_at_unix_s`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_expires_at_unix_s(entry: *const tokcore_entry) -> i64 {
    unsafe { time(entry, |entry| entry.expires_at_unix_s) }
}

/// When its refresh token expires.
///
/// Shape and units: as `tokcore_entry_created_at_unix_s`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_refresh_expires_at_unix_s(entry: *const tokcore_entry) -> i64 {
    unsafe { time(entry, |entry| entry.refresh_expires_at_unix_s) }
}

/// Whether there is a refresh token.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_has_refresh_token(entry: *const tokcore_entry) -> bool {
    unsafe { call::accessor(entry, false, |value| value.core.has_refresh_token) }
}

/// How often the token of the grant was renewed.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_generation(entry: *const tokcore_entry) -> u64 {
    unsafe { call::accessor(entry, 0, |value| value.core.generation) }
}

/// What can be had of it now: `ok`; `stale`, to be renewed by its next use; `expired`, somebody has to sign in again;
/// `revoked`, the server has ended the grant; `unreadable`. NULL for NULL. A later library may know more.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_state(entry: *const tokcore_entry) -> *const c_char {
    unsafe { call::accessor(entry, ptr::null(), |value| value.state.as_ptr()) }
}

/// Why it is revoked or unreadable, in a few words; NULL otherwise.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_why(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.why) }
}

/// Whether its account is the one that is meant when none is named.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_is_default(entry: *const tokcore_entry) -> bool {
    unsafe { call::accessor(entry, false, |value| value.core.is_default) }
}

/// How it came here when not by a sign-in: `imported`, `adopted`, or the name of the store that it was taken from; NULL
/// otherwise.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_source(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.source) }
}

/// The file that holds it; NULL where it is in none. On Unix a path is bytes, whatever their encoding.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_path(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.path) }
}

/// What came of it in `tokcore_store_import`: `added`, `replaced` what was there, or `kept`: what was there is as new or
/// newer, and stays. NULL for entries of a list.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_arrival(entry: *const tokcore_entry) -> *const c_char {
    unsafe { field(entry, |value| &value.arrival) }
}

/// All of this as a JSON object, with the names of `tokcore list --json`. NULL for NULL.
///
/// Ownership: valid until `entry` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_json(entry: *const tokcore_entry) -> *const c_char {
    unsafe { call::accessor(entry, ptr::null(), |value| value.json.as_ptr()) }
}

/// One more reference to the same entry. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_entry_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_clone(entry: *const tokcore_entry) -> *mut tokcore_entry {
    unsafe { handle::add_reference(entry) }
}

/// Frees one reference. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entry_free(entry: *mut tokcore_entry) {
    unsafe { call::free(entry) }
}
