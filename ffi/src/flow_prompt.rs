//! What a `tokcore_flow` tells the program to show. All of it is for this person only.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::call;
use crate::credentials::TOKCORE_EXPIRY_UNKNOWN;
use crate::flow::{FlowValue, tokcore_flow};
use crate::strings::{nth, pointer};

/// Safety: as [`crate::handle::get`].
unsafe fn field(flow: *const tokcore_flow, which: impl FnOnce(&FlowValue) -> &Option<CString>) -> *const c_char {
    unsafe { call::accessor(flow, ptr::null(), |flow| pointer(which(flow))) }
}

/// The page to sign in on; NULL for the device grant. It holds the one-time state.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_authorization_url(flow: *const tokcore_flow) -> *const c_char {
    unsafe { field(flow, |flow| &flow.prompt.authorization_url) }
}

/// Where the browser comes back to; NULL for the device grant.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_redirect_uri(flow: *const tokcore_flow) -> *const c_char {
    unsafe { field(flow, |flow| &flow.prompt.redirect_uri) }
}

/// The code to enter on another device; NULL for other grants.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_user_code(flow: *const tokcore_flow) -> *const c_char {
    unsafe { field(flow, |flow| &flow.prompt.user_code) }
}

/// Where to enter the code; NULL for other grants than the device grant.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_verification_uri(flow: *const tokcore_flow) -> *const c_char {
    unsafe { field(flow, |flow| &flow.prompt.verification_uri) }
}

/// The same with the code in it, for a link or a QR code; NULL if the server gave none.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_verification_uri_complete(flow: *const tokcore_flow) -> *const c_char {
    unsafe { field(flow, |flow| &flow.prompt.verification_uri_complete) }
}

/// The server's own instructions; NULL if it gave none.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_message(flow: *const tokcore_flow) -> *const c_char {
    unsafe { field(flow, |flow| &flow.prompt.message) }
}

/// When the code stops working.
///
/// Shape: `TOKCORE_EXPIRY_UNKNOWN` for other grants than the device grant, and for NULL. Units: seconds since 1970-01-01
/// UTC. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_expires_at_unix_s(flow: *const tokcore_flow) -> i64 {
    unsafe { call::accessor(flow, None, |flow| flow.prompt.expires_at_unix_s) }.unwrap_or(TOKCORE_EXPIRY_UNKNOWN)
}

/// In how many ways the answer is awaited.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_channel_count(flow: *const tokcore_flow) -> usize {
    unsafe { call::accessor(flow, 0, |flow| flow.prompt.channels.len()) }
}

/// One of the ways: `loopback`, `paste`, `poll` or `device`; NULL past the last one.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_channel(flow: *const tokcore_flow, index: usize) -> *const c_char {
    unsafe { call::accessor(flow, ptr::null(), |flow| nth(&flow.prompt.channels, index)) }
}

/// How many things the person should know. Steps may add some.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_notice_count(flow: *const tokcore_flow) -> usize {
    unsafe { call::accessor(flow, 0, |flow| flow.prompt.notices.len()) }
}

/// One of these things, in one line; NULL past the last one.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_notice(flow: *const tokcore_flow, index: usize) -> *const c_char {
    unsafe { call::accessor(flow, ptr::null(), |flow| nth(&flow.prompt.notices, index)) }
}

/// What to ask the person for next, where a text may be pasted; NULL where none may.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_question(flow: *const tokcore_flow) -> *const c_char {
    unsafe { call::accessor(flow, None, |flow| flow.saying(flow.question)) }.map_or(ptr::null(), |text| text.as_ptr())
}

/// What the listener has noticed and the person should know, such as a browser that insists on https; NULL for
/// nothing.
///
/// Ownership: valid until `flow` is freed. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_advice(flow: *const tokcore_flow) -> *const c_char {
    unsafe { call::accessor(flow, None, |flow| flow.saying(flow.advice)) }.map_or(ptr::null(), |text| text.as_ptr())
}
