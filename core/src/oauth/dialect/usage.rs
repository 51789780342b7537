//! How a provider's APIs take a token, where RFC 6750 says otherwise.

use serde::Deserialize;

/// How a provider's APIs take a token, and how they refuse one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenUse {
    /// The word before the token in `Authorization`, if not its type.
    pub scheme: Option<String>,
    /// A header field of its own, which holds the bare token.
    pub header: Option<String>,
    /// Where the token goes.
    pub placement: Placement,
    /// What the query parameter is called, if not `access_token`.
    pub query_parameter: Option<String>,
    /// Whether a 401 that does not say why means that the token is refused.
    pub bare_401_is_invalid_token: bool,
    /// Codes of the provider's own, as status or in the answer's `error`, that mean the same.
    pub invalid_token_codes: Vec<i64>,
}

/// Where the token goes in an API request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Into a header field.
    #[default]
    Header,
    /// Into the query, where it ends up in logs; only for a provider that takes nothing else.
    Query,
}
