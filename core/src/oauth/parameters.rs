//! Parameters that a caller, or a provider's profile, adds to our requests.

use std::collections::BTreeMap;

use super::form::Form;
use crate::error::Error;
use crate::kinds::Kind;

/// What is added to a request beside what the protocol says.
pub(super) struct Additions<'a> {
    /// By the caller.
    pub(super) extra: &'a [(String, String)],
    /// Whether the caller may replace the protocol's own parameters.
    pub(super) override_params: bool,
}

impl Additions<'_> {
    /// A form for the request, which holds the caller's additions already where they are to replace others.
    pub(super) fn begin(&self) -> Result<Form, Error> {
        let mut form = Form::default();
        match self.override_params {
            true => form.take_over(self.extra),
            false => check_extra(self.extra)?,
        }
        Ok(form)
    }

    /// Appends what the provider wants besides, and then what the caller does, who has the last word.
    ///
    /// Errors: `ConfigInvalid` for a name that the request holds already, unless it may stand there several times.
    pub(super) fn end(&self, form: &mut Form, of_provider: &[&BTreeMap<String, String>]) -> Result<(), Error> {
        if !self.override_params {
            let twice = self
                .extra
                .iter()
                .find(|(name, value)| !value.is_empty() && !REPEATABLE.contains(&name.as_str()) && form.has(name));
            twice.map_or(Ok(()), |(name, _)| Err(taken(name, "stands in the request already")))?;
        }
        for (name, value) in of_provider.iter().copied().flatten() {
            if !form.has(name) && self.extra.iter().all(|(extra, _)| extra != name) {
                form.push(name, value);
            }
        }
        for (name, value) in self.extra {
            form.push(name, value);
        }
        Ok(())
    }
}

/// Names that may stand in a request several times. Source: RFC 8707 §2, RFC 8693 §2.1.
const REPEATABLE: [&str; 2] = ["audience", "resource"];

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
fn check_extra(extra: &[(String, String)]) -> Result<(), Error> {
    match extra.iter().find(|(name, _)| name.is_empty() || RESERVED.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) if name.is_empty() => {
            Err(Error::new(Kind::ConfigInvalid, "an additional parameter has no name"))
        }
        Some((name, _)) => Err(taken(name, "is set by the protocol")),
    }
}

fn taken(name: &str, problem: &str) -> Error {
    Error::new(Kind::ConfigInvalid, format!("the additional parameter {name} {problem}"))
        .with_hint("leave it out, or set override_params if it has to be replaced")
}
