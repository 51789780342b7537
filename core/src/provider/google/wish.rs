//! What is wanted of a Google credential, whatever its kind.

use std::time::Duration;

use serde::Deserialize;

use super::DEFAULT_UNIVERSE;
use crate::error::Error;
use crate::kinds::Kind;

/// What is wanted of a Google credential, whatever its kind. What a kind cannot do is an error there, or said to be
/// ignored where Google's own libraries ignore it.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// Full scopes; see [`super::scope::resolve`]. Shape: `None` where the caller named none.
    pub(crate) scopes: Option<Vec<String>>,
    /// Whether the scope that shows the account's address is asked for too, by the kinds that do so.
    pub(crate) add_email: bool,
    /// An ID token for this audience is wanted instead of an access token; of GDCH, whose access tokens have one, that.
    pub(crate) id_token_audience: Option<String>,
    /// The user whom a service account stands in for (domain-wide delegation).
    pub(crate) subject: Option<String>,
    /// Address of the service account whose identity is taken on with what the credential gives.
    pub(crate) impersonate: Option<String>,
    /// The chain of service accounts between the credential and that one.
    pub(crate) delegates: Vec<String>,
    /// How long tokens of an impersonated account last. Default: an hour.
    pub(crate) lifetime: Option<Duration>,
    /// The project that requests are charged to, where the caller names one; see [`super::quota::project`].
    pub(crate) quota_project: Option<String>,
    /// The cloud, where the caller or a variable names one; else the file's, else [`DEFAULT_UNIVERSE`].
    pub(crate) universe_domain: Option<String>,
    /// Which addresses a file may send secrets to.
    pub(crate) trust: Trust,
    /// How a service account proves itself.
    pub(crate) assertion: Assertion,
    /// Whether a clock that is off is made up for by the server's time.
    pub(crate) auto_skew: bool,
    /// Whether a program that gives proofs of identity may ask a person, where its file provides for that.
    pub(crate) allow_interactive: bool,
    /// Whether a person is there to be asked.
    pub(crate) is_attended: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            scopes: None,
            add_email: true,
            id_token_audience: None,
            subject: None,
            impersonate: None,
            delegates: Vec::new(),
            lifetime: None,
            quota_project: None,
            universe_domain: None,
            trust: Trust::Google,
            assertion: Assertion::Auto,
            auto_skew: true,
            allow_interactive: false,
            is_attended: false,
        }
    }
}

impl Wish {
    /// Refuses what only a key or a taken-on identity can give, on behalf of a credential whose tokens are what they are.
    /// `name`: what it is; `serves`: whether it has served this option all the same.
    ///
    /// Errors: `ConfigInvalid`, naming the option.
    pub(crate) fn check_plain(&self, name: &str, serves: impl Fn(&str) -> bool) -> Result<(), Error> {
        let wished = [
            ("subject", self.subject.is_some()),
            ("id_token_audience", self.id_token_audience.is_some()),
            ("delegates", !self.delegates.is_empty()),
            ("lifetime_s", self.lifetime.is_some()),
        ];
        match wished.into_iter().find(|(option, is_wished)| *is_wished && !serves(option)) {
            None => Ok(()),
            Some((option, _)) => Err(Error::new(Kind::ConfigInvalid, format!("{name} cannot serve {option}"))
                .with_hint(format!(
                    "leave out {option}, give a service account's key, or name with `impersonate` the account that can"
                ))),
        }
    }

    /// The cloud that is meant, with what the credential's file says.
    pub(crate) fn universe<'a>(&'a self, of_file: Option<&'a str>) -> &'a str {
        self.universe_domain.as_deref().or(of_file).unwrap_or(DEFAULT_UNIVERSE)
    }
}

/// Which addresses a file of credentials may send secrets to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Google's own.
    #[default]
    Google,
    /// Whatever the file says.
    Custom,
}

/// How a service account proves itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assertion {
    /// By OAuth, and by itself where there is no other way.
    #[default]
    Auto,
    /// A signed statement is exchanged for a token.
    #[serde(rename = "oauth")]
    OAuth,
    /// The signed statement is the token.
    SelfSigned,
}
