//! From an API's refusal to the next step.

use url::Url;

use super::{Challenge, Challenges};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::dialect::TokenUse;
use crate::oauth::scope;

/// Longer lists of authentication classes are not passed on.
const ACR_VALUES: usize = 32;

/// An API's answer, as far as it speaks of the token that it was sent.
#[derive(Clone, Copy, Debug)]
pub struct ApiAnswer<'a> {
    /// HTTP status.
    pub status: u16,
    /// What the answer's `WWW-Authenticate` headers say.
    pub challenges: &'a Challenges,
    /// The answer's `DPoP-Nonce`, if it has one.
    pub dpop_nonce: Option<&'a str>,
    /// The code of the provider's own in the body's `error`, if it has one.
    pub error_code: Option<i64>,
    /// How the provider's APIs refuse a token.
    pub usage: &'a TokenUse,
    /// The scopes of the token, as far as they are known.
    pub granted: &'a [String],
}

impl ApiAnswer<'_> {
    /// Whether the answer has a code with which this provider, and no other, says "bad token".
    fn has_own_code(&self) -> bool {
        let own = &self.usage.invalid_token_codes;
        own.contains(&i64::from(self.status)) || self.error_code.is_some_and(|code| own.contains(&code))
    }
}

/// What to do about an API's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the answer is the caller's.
    Return,
    /// The token is not accepted. Get another one and try once more.
    Recover,
    /// The same request once more, with this nonce in the DPoP proof.
    UseDpopNonce(String),
    /// The token lacks scopes.
    InsufficientScope {
        /// Those that the API wants and the token has not, in the API's order; empty when it named none of them.
        missing: Vec<String>,
    },
    /// The person has to sign in again, more strongly or more recently. Source: RFC 9470.
    StepUp {
        /// Acceptable authentication classes, the preferred one first; empty when any will do.
        acr_values: Vec<String>,
        /// How long ago the sign-in may be. Units: seconds.
        max_age_s: Option<u64>,
    },
}

/// What an API's answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What to do.
    pub next: Next,
    /// Where the API describes which authorization servers it trusts ([`crate::oauth::resource_metadata`]); not checked
    /// yet, and never a reason to turn to another server unasked.
    pub resource_metadata: Option<Url>,
    /// The API's words, printable and at most 300 characters.
    pub description: Option<String>,
}

impl Verdict {
    /// Reads an API's answer. Only a 401, a 403 and the provider's own codes say anything about the token.
    pub fn of(answer: &ApiAnswer<'_>) -> Self {
        if answer.has_own_code() {
            return Self { next: Next::Recover, resource_metadata: None, description: None };
        }
        if !matches!(answer.status, 401 | 403) {
            return Self { next: Next::Return, resource_metadata: None, description: None };
        }
        let about_tokens = || answer.challenges.about_tokens();
        // Several challenges: the one that asks for the least comes first.
        let decided = [dpop_nonce, step_up, insufficient_scope, recover]
            .iter()
            .find_map(|rule| about_tokens().find_map(|challenge| Some((rule(answer, challenge)?, Some(challenge)))));
        let bare = answer.status == 401 && answer.usage.bare_401_is_invalid_token && about_tokens().next().is_none();
        let (next, challenge) = decided.unwrap_or((if bare { Next::Recover } else { Next::Return }, None));
        Self {
            next,
            resource_metadata: about_tokens()
                .find_map(|challenge| challenge.parameter("resource_metadata")?.parse().ok()),
            description: challenge.and_then(Challenge::description),
        }
    }

    /// The error for a caller who cannot take the next step; `None` where the answer itself tells the caller more.
    pub fn to_error(&self, status: u16) -> Option<Error> {
        let error = match &self.next {
            Next::InsufficientScope { missing } => insufficient_scope_error(missing),
            Next::StepUp { acr_values, max_age_s } => step_up_error(acr_values, *max_age_s),
            Next::Return | Next::Recover | Next::UseDpopNonce(_) => return None,
        };
        let error = error.with_http_status(status);
        Some(match &self.description {
            Some(words) => error.with_detail(words),
            None => error,
        })
    }
}

/// Source: RFC 9449 §9.
fn dpop_nonce(answer: &ApiAnswer<'_>, challenge: &Challenge) -> Option<Next> {
    let asked = answer.status == 401 && challenge.parameter("error") == Some("use_dpop_nonce");
    asked.then_some(answer.dpop_nonce)?.map(|nonce| Next::UseDpopNonce(nonce.to_owned()))
}

/// Source: RFC 9470 §3.
fn step_up(_: &ApiAnswer<'_>, challenge: &Challenge) -> Option<Next> {
    if challenge.parameter("error") != Some("insufficient_user_authentication") {
        return None;
    }
    // Authentication classes are written by the rules of scopes: visible ASCII, separated by spaces.
    let classes = challenge.parameter("acr_values").map(|text| scope::split(text, 1).0);
    let mut acr_values = classes.unwrap_or_default();
    acr_values.truncate(ACR_VALUES);
    let max_age_s = challenge.parameter("max_age").and_then(|text| text.parse().ok());
    Some(Next::StepUp { acr_values, max_age_s })
}

/// Source: RFC 6750 §3.1.
fn insufficient_scope(answer: &ApiAnswer<'_>, challenge: &Challenge) -> Option<Next> {
    if challenge.parameter("error") != Some("insufficient_scope") {
        return None;
    }
    let missing = challenge.scopes().into_iter().filter(|scope| !answer.granted.contains(scope)).collect();
    Some(Next::InsufficientScope { missing })
}

/// Source: RFC 6750 §3: a request without any token is answered without an error code, and so do many servers answer a
/// token that they do not know.
fn recover(answer: &ApiAnswer<'_>, challenge: &Challenge) -> Option<Next> {
    let refused = matches!(challenge.parameter("error"), None | Some("" | "invalid_token"));
    (answer.status == 401 && refused).then_some(Next::Recover)
}

fn insufficient_scope_error(missing: &[String]) -> Error {
    let message = match missing {
        [] => "the API wants scopes that the token does not have".to_owned(),
        scopes => format!("the API wants scopes that the token does not have: {}", scopes.join(" ")),
    };
    Error::new(Kind::Denied, message)
        .with_oauth_error("insufficient_scope")
        .with_hint("ask for these scopes too, and sign in again")
}

fn step_up_error(acr_values: &[String], max_age_s: Option<u64>) -> Error {
    let mut wanted = Vec::new();
    if !acr_values.is_empty() {
        wanted.push(format!("acr_values \"{}\"", acr_values.join(" ")));
    }
    wanted.extend(max_age_s.map(|seconds| format!("max_age {seconds}")));
    let message = match wanted.is_empty() {
        true => "the API wants a stronger sign-in".to_owned(),
        false => format!("the API wants a stronger sign-in: {}", wanted.join(", ")),
    };
    Error::new(Kind::InteractionRequired, message)
        .with_oauth_error("insufficient_user_authentication")
        .with_hint("sign in again with these parameters")
}
