//! One token for another: on whose behalf, for what, by whom. Source: RFC 8693.

use std::borrow::Cow;

use url::Url;

use super::form::Form;
use super::warning::Warning;
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// Types that have a short name. Source: RFC 8693 §3.
const SHORT: [&str; 6] = ["access_token", "refresh_token", "id_token", "saml1", "saml2", "jwt"];

/// A token and what kind of token it is.
#[derive(Clone, Copy, Debug)]
pub struct TypedToken<'a> {
    /// The token.
    pub token: &'a Secret,
    /// Its type: `access_token`, `refresh_token`, `id_token`, `saml1`, `saml2`, `jwt`, or any URI.
    pub token_type: &'a str,
}

/// The exchange of one token for another.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// On whose behalf the new token acts.
    pub subject: TypedToken<'a>,
    /// Who acts, where that is somebody else. Shape: the token, and its type, which may not be missing.
    pub actor: Option<(&'a Secret, Option<&'a str>)>,
    /// The wanted type of token.
    pub requested_token_type: Option<&'a str>,
}

impl Exchange<'_> {
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        std::iter::once(self.subject.token).chain(self.actor.map(|(token, _)| token)).collect()
    }

    /// Errors: `ConfigInvalid` for an empty token, a type that is neither a short name nor a URI, and an actor without
    /// type.
    pub(super) fn write(&self, form: &mut Form) -> Result<(), Error> {
        if self.subject.token.is_empty() {
            return Err(Error::new(Kind::ConfigInvalid, "the subject token of the exchange is empty"));
        }
        form.push("subject_token", self.subject.token.expose());
        form.push("subject_token_type", &token_type(self.subject.token_type)?);
        if let Some((token, written)) = self.actor.filter(|(token, _)| !token.is_empty()) {
            let written = written.ok_or_else(|| {
                Error::new(Kind::ConfigInvalid, "the actor token of the exchange has no type")
                    .with_hint("give its type, such as access_token or jwt")
            })?;
            form.push("actor_token", token.expose());
            form.push("actor_token_type", &token_type(written)?);
        }
        if let Some(requested) = self.requested_token_type {
            form.push("requested_token_type", &token_type(requested)?);
        }
        Ok(())
    }
}

/// The full name of a token type.
///
/// Errors: `ConfigInvalid` for what is neither a short name nor an absolute URI.
pub fn token_type(name: &str) -> Result<Cow<'_, str>, Error> {
    if SHORT.contains(&name) {
        return Ok(format!("urn:ietf:params:oauth:token-type:{name}").into());
    }
    match Url::parse(name) {
        Ok(_) => Ok(name.into()),
        Err(_) => Err(Error::new(Kind::ConfigInvalid, format!("{name:?} is no token type"))
            .with_hint(format!("use one of {}, or a URI", SHORT.join(", ")))),
    }
}

/// What is odd about the type that an exchange says it issued.
pub(super) fn check_issued(issued: Option<&str>, requested: Option<&str>) -> Option<Warning> {
    match (issued, requested.and_then(|name| token_type(name).ok())) {
        (None, _) => Some(Warning::MissingIssuedTokenType),
        (Some(issued), Some(requested)) if issued != requested => Some(Warning::OtherIssuedTokenType),
        _ => None,
    }
}
