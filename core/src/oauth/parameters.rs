//! Parameters that an integration adds to our requests.

use crate::error::Error;
use crate::kinds::Kind;

/// Names that the protocol controls. Letting configuration replace one silently would undo PKCE or the state check.
const RESERVED: [&str; 17] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "nonce",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "state",
];

/// Refuses additional parameters that would replace one of the protocol's.
///
/// Errors: `ConfigInvalid`, naming the parameter.
pub(super) fn check_extra(extra: &[(String, String)]) -> Result<(), Error> {
    match extra.iter().find(|(name, _)| name.is_empty() || RESERVED.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) if name.is_empty() => {
            Err(Error::new(Kind::ConfigInvalid, "an additional parameter has no name"))
        }
        Some((name, _)) => {
            Err(Error::new(Kind::ConfigInvalid, format!("the additional parameter {name} is set by the protocol")))
        }
    }
}
