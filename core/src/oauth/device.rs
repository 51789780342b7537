//! Signing in on another device: this one shows a code, the person enters it elsewhere, this one asks until it is done.
//! Source: RFC 8628.
//!
//! [`DeviceRequest`] asks for the code, [`DeviceAuthorization`] is what the person is shown, [`Polling`] says when to ask
//! for the token and what follows from each answer. The token request itself is [`super::TokenRequest`] with
//! [`super::Grant::DeviceCode`]; [`PollAnswer::read`] reads what it brings.

mod authorization;
mod poll_answer;
mod polling;
mod request;

pub use authorization::{DeviceAuthorization, read};
pub use poll_answer::PollAnswer;
pub use polling::{Moment, Polling, Step};
pub use request::DeviceRequest;

use super::endpoint_failure::EndpointFailure;

/// The failure as an error, with the likely cause when it looks like a client that may not use this flow at all.
fn not_enabled_or(failure: EndpointFailure, endpoint: &str) -> crate::error::Error {
    let refused = match failure.oauth_error.as_deref() {
        Some(code) => matches!(code, "unauthorized_client" | "device_flow_disabled" | "unsupported_grant_type"),
        None => false,
    };
    let probed = refused || matches!(failure.http_status, 401 | 403 | 404 | 422);
    let error = failure.into_error(endpoint);
    match probed {
        true => error.with_hint(
            "device flow not enabled for this client: switch it on where the client is registered, or sign in with a \
             browser",
        ),
        false => error,
    }
}
