//! How a provider answers, where the RFCs say otherwise; and how strictly the answer is read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::oauth::members::ResponseFormat;

/// How a provider answers, and how strictly that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResponseDialect {
    /// The syntax.
    pub format: ResponseFormat,
    /// The RFCs' names for the provider's members, by the provider's name.
    pub aliases: BTreeMap<String, String>,
    /// Scopes as the provider grants them, by the way in which they may be asked for.
    pub scope_aliases: BTreeMap<String, String>,
    /// The member that holds the answer, where the answer itself has no access token.
    pub unwrap: Option<String>,
    /// A member that tells success from failure.
    pub success: Option<SuccessMark>,
    /// The RFCs' error codes for the provider's, by the provider's code, or by `code/subcode` where it sends both.
    pub errors: BTreeMap<String, String>,
    /// Types for the provider's token types, by the provider's in lower case.
    pub token_types: BTreeMap<String, String>,
    /// What becomes of a token whose type nobody knows.
    pub unknown_token_type: UnknownTokenType,
    /// What a lifetime of zero means.
    pub zero_expires: ZeroExpires,
    /// The lifetime of tokens of which the provider says nothing. Units: seconds.
    pub default_lifetime_s: Option<u64>,
    /// Whether an ID token alone is an answer.
    pub id_token_only: bool,
    /// Whether anything odd costs the token.
    pub strict: bool,
    /// Whether only JSON that says it is JSON is read. Source: RFC 6749 §5.1.
    pub strict_media_type: bool,
    /// Whether a token counts whatever the status says.
    pub accept_any_status: bool,
}

impl ResponseDialect {
    /// The scope as the provider grants it: two scopes are one when this is the same.
    pub fn meaning<'a>(&'a self, scope: &'a str) -> &'a str {
        self.scope_aliases.get(scope).map_or(scope, String::as_str)
    }

    /// Those of `wanted` that were not granted, by whatever name. `openid` asks for an ID token, and is no right to miss.
    pub fn missing_scopes<'a>(&self, wanted: &'a [String], granted: &[String]) -> Vec<&'a str> {
        let has = |wanted: &str| granted.iter().any(|scope| self.meaning(scope) == self.meaning(wanted));
        wanted.iter().map(String::as_str).filter(|scope| *scope != "openid" && !has(scope)).collect()
    }
}

/// A member that tells success from failure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessMark {
    /// Its name. An answer without it is read as usual.
    pub member: String,
    /// Its value in a success; any other one is the error code.
    pub equals: Value,
    /// The member with the words about a failure.
    #[serde(default)]
    pub description: Option<String>,
}

/// What becomes of a token whose type nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownTokenType {
    /// It is refused: nobody can say how it is to be used. Source: RFC 6749 §7.1.
    #[default]
    Reject,
    /// It is kept with the type that the provider wrote.
    Keep,
    /// It is used as a bearer token.
    Bearer,
}

/// What a lifetime of zero means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroExpires {
    /// Nobody knows: usable until it is refused.
    #[default]
    Unknown,
    /// The token does not expire.
    Never,
    /// The token has expired.
    Expired,
}
