//! What the chain would come to, in one word and in one line: the same in every language.

use super::explain::Finding;
use super::method::PREFIX;
use super::scene::{Answer, SIGN_IN_NEEDED};
use super::walk::is_final;
use crate::chain::OnError;
use crate::kinds::Kind;

/// What an explanation says of a server that only the network could tell of.
pub(super) const NOT_ASKED: &str = "not_asked";

/// What the chain would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// This method has a credential. Whether its server gives a token is not known.
    Found(String),
    /// By this method, a person would be asked to sign in.
    SignIn(String),
    /// The program's own method of this name decides.
    Custom(String),
    /// It stops at this method, with an error of this kind: what was given or configured is not passed over.
    Stops(String, Kind),
    /// None of those that were asked has a credential, and the network was not asked.
    NotAsked,
    /// No method has a credential.
    Nothing,
}

impl Verdict {
    /// What this answer of a method makes of the chain. Shape: `None` where the next one is asked.
    pub(super) fn of_answer(method: &str, answer: &Answer, on_error: OnError) -> Option<Self> {
        let method = method.to_owned();
        match answer {
            Answer::Found(..) => Some(Self::Found(method)),
            Answer::NotApplicable { code, .. } if *code == SIGN_IN_NEEDED => Some(Self::SignIn(method)),
            Answer::Failed(error, input) if is_final(error, *input, on_error) => {
                Some(Self::Stops(method, error.kind()))
            }
            Answer::NotApplicable { .. } | Answer::Failed(..) => None,
        }
    }

    /// What is left where none of these decided.
    pub(super) fn of_none(findings: &[Finding]) -> Self {
        match findings.iter().any(|finding| finding.code == NOT_ASKED) {
            true => Self::NotAsked,
            false => Self::Nothing,
        }
    }

    /// A stable word: `found`, `sign_in_needed`, `custom`, `stops`, `not_asked`, `nothing`.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::SignIn(_) => SIGN_IN_NEEDED,
            Self::Custom(_) => "custom",
            Self::Stops(..) => "stops",
            Self::NotAsked => NOT_ASKED,
            Self::Nothing => "nothing",
        }
    }

    /// The method that decides. Shape: `None` where none does.
    pub fn method(&self) -> Option<&str> {
        match self {
            Self::Found(method) | Self::SignIn(method) | Self::Custom(method) | Self::Stops(method, _) => Some(method),
            Self::NotAsked | Self::Nothing => None,
        }
    }

    /// The same in one line.
    pub fn words(&self) -> String {
        let method = self.method().unwrap_or_default();
        let short = method.strip_prefix(PREFIX).unwrap_or(method);
        match self {
            Self::Found(_) => format!("{short} would be asked for a token"),
            Self::SignIn(_) => "a person would be asked to sign in".to_owned(),
            Self::Custom(_) => format!("the program's own method {short} would be asked for a token"),
            Self::Stops(..) => format!("the chain would stop at {short} with that error"),
            Self::NotAsked => {
                "none of those that were asked has a credential; with `probe` the network is asked too".to_owned()
            }
            Self::Nothing => "no method has a credential here".to_owned(),
        }
    }
}
