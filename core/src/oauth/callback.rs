//! What the browser brings back from the provider. Source: RFC 6749 §4.1.2, RFC 9207 §2.4, RFC 9700 §4.4.

mod refusal;

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use super::{form, text};
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// How much of an answer is read. A browser that brings more is being driven by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of the query or form as it came. Units: bytes.
    pub query_bytes: usize,
    /// Of one decoded value. The largest codes seen are signed tokens of about 2 KiB. Units: bytes.
    pub value_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { query_bytes: 16 * 1024, value_bytes: 8 * 1024 }
    }
}

/// An authorization response, read but not yet trusted: the caller checks `state` first, then the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The one-time text of the request that this claims to answer.
    pub state: Secret,
    /// Who says it answered, if it says so.
    pub issuer: Option<String>,
    /// What it answered.
    pub outcome: Outcome,
}

/// The answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A code to redeem.
    Code {
        /// The code, decoded once.
        code: Secret,
        /// Granted scopes, from providers that tell them here instead of in the token response.
        scope: Option<String>,
    },
    /// A refusal.
    Refused {
        /// The error code, reduced to letters, digits and `_ . -`.
        error: String,
        /// The provider's words, printable and at most 300 characters; not escaped for HTML.
        description: Option<String>,
    },
}

/// Why an authorization response is not accepted. None of these is worth a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackProblem {
    /// The query, or a value in it, is longer than any honest one.
    TooLong,
    /// Not UTF-8 after decoding, or a control character.
    BadEncoding,
    /// A parameter stands there twice; which one counts is a matter of opinion, and that is the attack.
    Duplicate,
    /// No `state`: the answer belongs to no request.
    MissingState,
    /// `state` belongs to another request.
    StateMismatch,
    /// `iss` is not the issuer that was asked, or is missing although the issuer promised it.
    IssuerMismatch,
    /// A token in the front channel, or a response object: never requested.
    Unexpected,
    /// Neither a code nor an error.
    MissingCode,
    /// The code has characters that codes cannot have.
    BadCode,
}

impl Callback {
    /// Reads the query of the callback URL, without its question mark, or the body of a form that the browser posted
    /// (`response_mode=form_post`). A fragment (`#_=_`) is ignored.
    pub fn parse(query: &str) -> Result<Self, CallbackProblem> {
        Self::parse_within(query, Limits::default())
    }

    /// The same with other limits.
    pub fn parse_within(query: &str, limits: Limits) -> Result<Self, CallbackProblem> {
        let mut parameters = Parameters::read(query, limits)?;
        let state = parameters.take("state").ok_or(CallbackProblem::MissingState)?;
        if ["access_token", "id_token", "token", "response"].iter().any(|name| parameters.take(name).is_some()) {
            return Err(CallbackProblem::Unexpected);
        }
        let issuer = parameters.take("iss").map(|issuer| issuer.to_string());
        let outcome = match parameters.refusal() {
            Some(refusal) => refusal,
            None => parameters.code()?,
        };
        Ok(Self { state: Secret::new(state.as_str()), issuer, outcome })
    }

    /// The refusal in an answer without `state`, for a provider that is known to drop it when it refuses
    /// ([`super::dialect::RedirectDialect`]).
    ///
    /// Any page can send the browser here with such an answer: it may end a sign-in, but proves nothing. An answer that
    /// has a code is never taken without its state.
    pub fn refusal_without_state(query: &str) -> Option<Outcome> {
        let mut parameters = Parameters::read(query, Limits::default()).ok()?;
        let has_more = ["state", "code"].iter().any(|name| parameters.take(name).is_some());
        if has_more { None } else { parameters.refusal() }
    }

    /// Compares `state` with the one that was sent, in constant time.
    pub fn check_state(&self, sent: &Secret) -> Result<(), CallbackProblem> {
        match crypto::constant_time_eq(self.state.expose().as_bytes(), sent.expose().as_bytes()) {
            true => Ok(()),
            false => Err(CallbackProblem::StateMismatch),
        }
    }

    /// Compares `iss` with the configured issuer, by exact text; without one there is nothing to compare.
    ///
    /// `promised`: the issuer's metadata says that it always sends `iss`. Source: RFC 9207 §2.4.
    pub fn check_issuer(&self, configured: Option<&str>, promised: bool) -> Result<(), CallbackProblem> {
        match (configured, self.issuer.as_deref()) {
            (Some(expected), Some(issuer)) if issuer != expected => Err(CallbackProblem::IssuerMismatch),
            (Some(_), None) if promised => Err(CallbackProblem::IssuerMismatch),
            _ => Ok(()),
        }
    }
}

/// The decoded parameters that have a value, each of them once.
struct Parameters(BTreeMap<String, Zeroizing<String>>);

impl Parameters {
    fn read(query: &str, limits: Limits) -> Result<Self, CallbackProblem> {
        let query = query.split_once('#').map_or(query, |(query, _fragment)| query);
        if query.len() > limits.query_bytes {
            return Err(CallbackProblem::TooLong);
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form::split(query) {
            let name = form::decode(name).ok_or(CallbackProblem::BadEncoding)?;
            let value = form::decode(value).ok_or(CallbackProblem::BadEncoding)?;
            if value.len() > limits.value_bytes {
                return Err(CallbackProblem::TooLong);
            }
            if value.contains('\0') {
                return Err(CallbackProblem::BadEncoding);
            }
            if parameters.insert(name.to_string(), value).is_some() {
                return Err(CallbackProblem::Duplicate);
            }
        }
        Ok(Self(parameters))
    }

    /// Removes and gives a parameter; an empty one counts as absent.
    fn take(&mut self, name: &str) -> Option<Zeroizing<String>> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    fn refusal(&mut self) -> Option<Outcome> {
        let error = self.take("error")?;
        let description = self.take("error_description").and_then(|words| text::description(&words));
        Some(Outcome::Refused { error: text::code(&error), description })
    }

    fn code(&mut self) -> Result<Outcome, CallbackProblem> {
        let code = self.take("code").ok_or(CallbackProblem::MissingCode)?;
        if !code.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
            return Err(CallbackProblem::BadCode);
        }
        let scope = self.take("scope").map(|scope| scope.to_string());
        Ok(Outcome::Code { code: Secret::new(code.as_str()), scope })
    }
}

impl CallbackProblem {
    /// Stable name, for vectors, audit records and metric labels.
    pub fn slug(self) -> &'static str {
        match self {
            CallbackProblem::TooLong => "too_long",
            CallbackProblem::BadEncoding => "bad_encoding",
            CallbackProblem::Duplicate => "duplicate_parameter",
            CallbackProblem::MissingState => "missing_state",
            CallbackProblem::StateMismatch => "state_mismatch",
            CallbackProblem::IssuerMismatch => "issuer_mismatch",
            CallbackProblem::Unexpected => "unexpected_parameter",
            CallbackProblem::MissingCode => "missing_code",
            CallbackProblem::BadCode => "bad_code",
        }
    }

    /// The same in the words of every other failure.
    pub fn reason(self) -> Reason {
        match self {
            CallbackProblem::TooLong
            | CallbackProblem::BadEncoding
            | CallbackProblem::Unexpected
            | CallbackProblem::BadCode => Reason::MalformedResponse,
            CallbackProblem::Duplicate => Reason::DuplicateParameter,
            CallbackProblem::MissingState | CallbackProblem::StateMismatch => Reason::StateMismatch,
            CallbackProblem::IssuerMismatch => Reason::IssuerMismatch,
            CallbackProblem::MissingCode => Reason::MissingCode,
        }
    }
}

impl fmt::Display for CallbackProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CallbackProblem::TooLong => "the sign-in answer is too long",
            CallbackProblem::BadEncoding => "the sign-in answer is not text",
            CallbackProblem::Duplicate => "the sign-in answer has a parameter twice",
            CallbackProblem::MissingState => "the sign-in answer has no state",
            CallbackProblem::StateMismatch => "the sign-in answer belongs to another sign-in",
            CallbackProblem::IssuerMismatch => "the sign-in answer comes from another issuer",
            CallbackProblem::Unexpected => "the sign-in answer has a parameter that was never asked for",
            CallbackProblem::MissingCode => "the sign-in answer has neither a code nor an error",
            CallbackProblem::BadCode => "the sign-in answer has an impossible code",
        })
    }
}

impl From<CallbackProblem> for Error {
    fn from(problem: CallbackProblem) -> Self {
        Error::new(Kind::Protocol, problem.to_string())
            .with_reason(problem.reason())
            .with_hint("start the sign-in again")
    }
}
