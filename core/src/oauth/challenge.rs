//! What an API says when it refuses a token, and what follows from it. Source: RFC 6750 §3, RFC 9110 §11, RFC 9449 §7.1,
//! RFC 9470 §3, RFC 9728 §5.1.

mod grammar;
mod verdict;

pub use verdict::{ApiAnswer, Next, Verdict};

use super::scope;
use super::text;

/// One challenge of a `WWW-Authenticate` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The authentication scheme, in lower case.
    pub scheme: String,
    /// Names in lower case, in order; a name that stands there twice counts as it stood first.
    parameters: Vec<(String, String)>,
    /// Whether one opaque text stood in the place of parameters. What it says is for no scheme that we speak.
    pub has_token68: bool,
}

impl Challenge {
    fn new(scheme: &str) -> Self {
        Self { scheme: scheme.to_ascii_lowercase(), parameters: Vec::new(), has_token68: false }
    }

    fn push(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        if self.parameter(&name).is_none() {
            self.parameters.push((name, value));
        }
    }

    /// The value of a parameter, unquoted, exactly as the server wrote it: not fit to be shown.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The error code, reduced to letters, digits and `_ . -`.
    pub fn error(&self) -> Option<String> {
        self.parameter("error").filter(|code| !code.is_empty()).map(text::code)
    }

    /// The server's words, printable and at most 300 characters; not escaped for HTML.
    pub fn description(&self) -> Option<String> {
        self.parameter("error_description").and_then(text::description)
    }

    /// The scopes that the server wants; what is no scope is left out.
    pub fn scopes(&self) -> Vec<String> {
        self.parameter("scope").map(|scopes| scope::split(scopes, 1).0).unwrap_or_default()
    }

    /// Whether it is about an access token: `Bearer`, or `DPoP`.
    fn is_about_tokens(&self) -> bool {
        matches!(self.scheme.as_str(), "bearer" | "dpop")
    }
}

/// Every challenge of an answer, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenges(Vec<Challenge>);

impl Challenges {
    /// Reads the values of all `WWW-Authenticate` header lines.
    ///
    /// Never fails: what is no challenge is skipped, so that a proxy's malformed one does not hide the server's.
    pub fn parse(values: &[&str]) -> Self {
        Self(values.iter().flat_map(|value| grammar::challenges(value)).collect())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Challenge> {
        self.0.iter()
    }

    /// Those that are about an access token.
    pub fn about_tokens(&self) -> impl Iterator<Item = &Challenge> {
        self.0.iter().filter(|challenge| challenge.is_about_tokens())
    }
}
