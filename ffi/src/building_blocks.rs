//! Parts of a sign-in, for programs that put one together themselves. `tokcore_flow` does all of it.

use std::ffi::c_char;

use tokcore::{Secret, TokenRequest, building_blocks};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Out};
use crate::oauth_client::tokcore_oauth_client;
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;

/// Fresh halves of PKCE, method `S256`.
///
/// Shape: `*verifier` is for the token request and stays here; `*challenge` is for the authorization request.
/// Ownership: free both with `tokcore_text_free`. Threads: any. Errors: `INTERNAL` without randomness. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_pkce(
    verifier: *mut *mut tokcore_text,
    challenge: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::function(err, || {
            let (for_us, for_them) = (Out::new(verifier, "verifier")?, Out::new(challenge, "challenge")?);
            let pkce = building_blocks::pkce()?;
            for_us.write(handle::give::<tokcore_text>(strings::secret(&pkce.verifier)?));
            for_them.write(handle::give::<tokcore_text>(strings::text(&pkce.challenge).into()));
            Ok(())
        })
    }
}

/// A fresh one-time text, for `state` or `nonce`.
///
/// Ownership: free `*text` with `tokcore_text_free`. Threads: any. Errors: `INTERNAL` without randomness. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_one_time_text(
    text: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(text, "text", err, || strings::secret(&building_blocks::one_time_text()?)) }
}

/// The address at which a sign-in begins, for a program that keeps `state` and verifier itself.
///
/// Shape: `settings` as for `tokcore_token_source_new`. `verifier` may be NULL: then no challenge is sent. `cancel` may be
/// NULL. Ownership: free `*url` with `tokcore_text_free`. Threads: any. Effects: [net] [blocks].
/// Errors: `CONFIG_INVALID` for impossible parameters. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_authorization_url(
    client: *const tokcore_oauth_client,
    settings: *const tokcore_settings,
    redirect_uri: *const c_char,
    state: *const c_char,
    verifier: *const c_char,
    cancel: *const tokcore_cancel,
    url: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, url, "url", err, |client| {
            let request = TokenRequest::from_settings(copy_of(settings)?)?;
            let redirect_uri = strings::required(redirect_uri, "redirect_uri")?;
            let state = Secret::new(strings::required(state, "state")?);
            let verifier = strings::optional(verifier, "verifier")?.map(Secret::new);
            let interrupt = interrupt(handle::get_optional(cancel)?);
            let url = building_blocks::authorization_url(
                client,
                request,
                redirect_uri,
                &state,
                verifier.as_ref(),
                interrupt,
            )?;
            Ok(strings::text(&url).into())
        })
    }
}

/// The code in a redirect that the program received: its query, with or without question mark.
///
/// Ownership: free `*code` with `tokcore_text_free`. Threads: any. Errors: `DENIED` with the provider's words; `PROTOCOL`
/// with its reason, first of all for another `state`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_parse_redirect(
    query: *const c_char,
    state: *const c_char,
    code: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(code, "code", err, || {
            let state = Secret::new(strings::required(state, "state")?);
            let code = building_blocks::parse_redirect(strings::required(query, "query")?, &state)?;
            strings::secret(&code)
        })
    }
}
