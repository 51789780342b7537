//! What a provider wants to be asked, where the RFCs say otherwise.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::oauth::auth_method::AuthMethod;
use crate::oauth::client_auth::BasicEncoding;
use crate::oauth::scope::ScopeSeparator;

/// What a provider wants to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestDialect {
    /// What stands between two scopes.
    pub scope_separator: ScopeSeparator,
    /// Additional parameters of the authorization request.
    pub authorization: BTreeMap<String, String>,
    /// Additional parameters of every token request but a refresh.
    pub token: BTreeMap<String, String>,
    /// Additional parameters of a refresh.
    pub refresh: BTreeMap<String, String>,
    /// What has to be asked for besides, so that a refresh token comes.
    pub offline: Offline,
    /// The parameter that takes the domain of the wanted account, where only that is known.
    pub domain_hint: Option<String>,
    /// The parameter that, set to `true`, has the answer be good for earlier grants of the account too.
    pub include_granted: Option<String>,
    /// Other names for the RFCs' parameters, by the RFCs' name.
    pub rename: BTreeMap<String, String>,
    /// How clients authenticate, where the user does not say.
    pub auth_method: Option<AuthMethod>,
    /// How Basic credentials are written, where the user does not say.
    pub basic_encoding: Option<BasicEncoding>,
    /// Whether `client_id` is sent in the body beside Basic credentials.
    pub also_client_id: bool,
    /// `aud` of the client's signed statements: `issuer`, `token_endpoint`, `endpoint`, or the text itself.
    pub assertion_audience: Option<String>,
    /// By how much the signed statements of a grant are backdated, for servers that take a clock which is a little ahead
    /// for a forgery. Units: seconds.
    pub assertion_backdate_s: u32,
    /// The order of their claims, as far as it matters to anybody; others follow.
    pub assertion_claim_order: Vec<String>,
    /// How far apart the clocks may be before they explain why a statement was refused. Units: seconds.
    pub clock_tolerance_s: Option<u32>,
    /// Whether statements keep to this machine's clock, whatever the server's says.
    pub ignore_server_clock: bool,
    /// Whether a client that proves itself with nothing goes unnamed, because the grant says who asks.
    pub omit_client_id: bool,
    /// The syntax of the body.
    pub body: BodyFormat,
    /// The verb of token requests.
    pub method: HttpMethod,
    /// Whether authorization requests must be pushed.
    pub pushed_authorization: bool,
    /// Whether tokens are bound to a key.
    pub dpop: bool,
}

/// What has to be asked for so that a refresh token comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offline {
    /// Scopes.
    pub scopes: Vec<String>,
    /// Parameters of the authorization request.
    pub authorization: BTreeMap<String, String>,
    /// A word for `prompt`, where the last sign-in of that account brought none.
    pub prompt_again: Option<String>,
}

/// The syntax of a request's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    /// `application/x-www-form-urlencoded`.
    #[default]
    Form,
    /// `application/json`.
    Json,
}

/// The verb of a token request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpMethod {
    /// With a body.
    #[default]
    Post,
    /// With the parameters in the query, where they end up in logs; only for a provider that takes nothing else.
    Get,
}
