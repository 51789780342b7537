//! Sign-ins that are put away and taken up again, for web applications.

use std::ffi::c_char;
use std::slice;

use tokcore::{Error, Kind, Secret, TokenRequest};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::flow::{FlowValue, tokcore_flow};
use crate::handle::{self, Out};
use crate::oauth_client::tokcore_oauth_client;
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;

/// Bytes of the key that seals a sign-in.
pub const TOKCORE_SEAL_KEY_BYTES: usize = 32;

/// Puts the sign-in away, for a web application that has to answer its user first: `*sealed` holds all that
/// `tokcore_flow_open_sealed` needs, readable with `key` only. It fits into a cookie.
///
/// Shape: `key` has `TOKCORE_SEAL_KEY_BYTES` random bytes, which the application keeps. `partition`, which may be NULL,
/// is whose sign-in it is, such as the name of a session: it must be the same when it is opened.
/// Ownership: free `*sealed` with `tokcore_text_free`. Errors: `INVALID_STATE` for a sign-in without a redirect.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_seal(
    flow: *mut tokcore_flow,
    key: *const u8,
    partition: *const c_char,
    sealed: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(flow, err, |flow| {
            let place = Out::new(sealed, "sealed")?;
            let sealed = flow.core.seal(seal_key(key)?, strings::optional(partition, "partition")?)?;
            place.write(handle::give::<tokcore_text>(strings::secret(&sealed)?));
            Ok(())
        })
    }
}

/// Takes up a sign-in that was put away; `tokcore_flow_respond` finishes it. Works once, for ten minutes.
///
/// Shape: `settings` as for the start, `key` and `partition` as for the seal. `cancel` may be NULL. Ownership: free
/// `*flow` with `tokcore_flow_free`. Threads: any. Effects: [net] [blocks]. Errors: `PROTOCOL` with the reason
/// `state_mismatch` for a seal that is damaged, too old, used before or somebody else's. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_open_sealed(
    client: *const tokcore_oauth_client,
    settings: *const tokcore_settings,
    sealed: *const c_char,
    key: *const u8,
    partition: *const c_char,
    cancel: *const tokcore_cancel,
    flow: *mut *mut tokcore_flow,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, flow, "flow", err, |client| {
            let request = TokenRequest::from_settings(copy_of(settings)?)?;
            let sealed = Secret::new(strings::required(sealed, "sealed")?);
            let partition = strings::optional(partition, "partition")?;
            let interrupt = interrupt(handle::get_optional(cancel)?);
            let opened = client.open_sealed(request, &sealed, seal_key(key)?, partition, interrupt)?;
            Ok(FlowValue::new(opened))
        })
    }
}

/// Safety: `key` is NULL or has the bytes of a key.
unsafe fn seal_key<'a>(key: *const u8) -> Result<&'a [u8; TOKCORE_SEAL_KEY_BYTES], Error> {
    let missing = || Error::new(Kind::InvalidArgument, "`key` is NULL");
    if key.is_null() {
        return Err(missing());
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(key, TOKCORE_SEAL_KEY_BYTES) }.try_into().map_err(|_| missing())
}
