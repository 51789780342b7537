//! The errors of the capture decision: what cannot work here, and what can.

use super::environment::Environment;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// What is left to whoever cannot be asked.
pub(crate) const WITHOUT_A_PERSON: &str =
    "use a credential that needs no person; or name the flow, such as `loopback`, or with TOKCORE_FLOW=device";

/// A person is needed, and nobody can be asked.
pub(super) fn nobody(environment: &Environment) -> Error {
    let why = environment.reason();
    let message = match environment.can_prompt {
        false => format!("a person must sign in ({why})"),
        true => format!("a person must sign in, and this looks like a machine without one ({why})"),
    };
    Error::new(Kind::InteractionRequired, message)
        .with_hint(format!("sign in once where somebody can be asked; {WITHOUT_A_PERSON}"))
}

/// A redirect to this machine reaches nobody whose browser is elsewhere.
pub(super) fn hosted(variable: &str, missing: &[&str], has_device_endpoint: bool) -> Error {
    let message = format!("the browser cannot come back to this machine: {variable} says that it is a hosted session");
    let device = match has_device_endpoint {
        true => "flow = \"device\", which this provider offers",
        false => "flow = \"device\", if the provider offers it",
    };
    let platform = match missing {
        [] => "give as redirect URI the page that the platform polls".to_owned(),
        missing => format!("let the platform set {}", missing.join(" and ")),
    };
    Error::new(Kind::ConfigInvalid, message).with_hint(format!(
        "use {device}; or the flow `manual`, or register a page that shows the code, and paste; or {platform}"
    ))
}

/// The loopback flow needs a redirect URI on this machine.
pub(super) fn not_loopback(uri: &str) -> Error {
    Error::new(Kind::ConfigInvalid, format!("flow is loopback, but the redirect URI {uri:?} is not on this machine"))
        .with_hint("give a redirect URI such as http://127.0.0.1/, or leave the flow to tokcore")
}

/// The listener would have to speak TLS.
pub(super) fn no_certificate(uri: &str) -> Error {
    Error::new(
        Kind::ConfigInvalid,
        format!("the redirect URI {uri:?} is https on this machine, and the listener has no certificate"),
    )
    .with_hint("register the same URI with http; or give the listener a certificate; or use the flow `manual`")
}

/// The pseudo-out-of-band flow needs a page.
pub(super) fn no_page(uri: &str) -> Error {
    Error::new(Kind::ConfigInvalid, format!("flow is pseudo_oob, but the redirect URI {uri:?} is not a web page"))
        .with_hint("give the https address of the page that shows the code, or use the flow `manual`")
}

/// Polling needs something to poll.
pub(super) fn no_code_source(variable: &str) -> Error {
    Error::new(Kind::ConfigInvalid, format!("flow is poll, but {variable} is not set"))
        .with_hint(format!("set {variable} to the address where the platform hands out the code"))
}

/// A code must not travel in the clear.
pub(super) fn bad_code_source(variable: &str) -> Error {
    Error::new(Kind::ConfigInvalid, format!("{variable} is neither an https address nor one of this machine"))
        .with_reason(Reason::InsecureEndpoint)
        .with_hint(format!("correct {variable}"))
}

/// The server offers no device flow.
pub(super) fn no_device_endpoint() -> Error {
    Error::new(Kind::ConfigInvalid, "flow is device, but the server has no device authorization endpoint that is known")
        .with_hint("give device_authorization_endpoint, or choose another flow")
}
