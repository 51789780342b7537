//! A refusal that came through the browser, as the error that callers see. Source: RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6.

use super::Outcome;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::FailureClass;
use crate::reason::Reason;
use crate::secret::Secret;

impl Outcome {
    /// The code, and the scopes granted with it if they were told; a refusal is an error.
    ///
    /// Errors: `Denied`, with `AuthorizationDenied` when a person or a policy said no; `InteractionRequired`; `Server`
    /// when it may work later.
    pub fn into_code(self) -> Result<(Secret, Option<String>), Error> {
        match self {
            Outcome::Code { code, scope } => Ok((code, scope)),
            Outcome::Refused { error, description } => Err(refusal(&error, description)),
        }
    }
}

fn refusal(code: &str, description: Option<String>) -> Error {
    let error = match FailureClass::of_code(code, 200) {
        FailureClass::Denied => Error::new(Kind::Denied, format!("the sign-in was refused: {code}"))
            .with_reason(Reason::AuthorizationDenied)
            .with_hint("sign in again and agree, or ask an administrator to allow this application"),
        FailureClass::Transient => Error::new(Kind::Server, format!("the provider could not sign in: {code}")),
        FailureClass::InteractionRequired => {
            Error::new(Kind::InteractionRequired, format!("the provider wants to ask the person: {code}"))
        }
        _ => Error::new(Kind::Denied, format!("the provider refused the sign-in: {code}"))
            .with_hint("check the client's registration: redirect URI, scopes and response type"),
    };
    let error = error.with_oauth_error(code);
    match description {
        Some(words) => error.with_detail(words),
        None => error,
    }
}
