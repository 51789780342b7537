//! How one provider departs from the RFCs, as data. The default departs in nothing.
//!
//! [`crate::profile`] reads these records; the files beside this one apply them. A departure that is safe to expect of
//! everybody is no field here: it is handled for everybody.

mod request;
mod response;
mod usage;

use once_cell::race::OnceBox;
use serde::Deserialize;

use super::discovery::IssuerMatch;
use super::rotation::Rotation;
pub use request::{BodyFormat, HttpMethod, Offline, RequestDialect};
pub use response::{ResponseDialect, SuccessMark, UnknownTokenType, ZeroExpires};
pub use usage::{Placement, TokenUse};

/// How one provider departs from the RFCs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// What it wants to be asked.
    pub request: RequestDialect,
    /// How it answers.
    pub response: ResponseDialect,
    /// How its APIs take a token, and refuse one.
    #[serde(rename = "use")]
    pub usage: TokenUse,
    /// What comes back through the browser.
    pub redirect: RedirectDialect,
    /// How exactly the issuer in its metadata is the one that was asked for.
    pub issuer_match: IssuerMatch,
    /// Other spellings of the issuer in its ID tokens.
    pub issuer_aliases: Vec<String>,
    /// How it takes a token back.
    pub revocation: RevocationShape,
    /// What becomes of a refresh token that was used.
    pub rotation: Rotation,
    /// What to tell people when something goes wrong that the provider is known for.
    pub hints: Hints,
}

impl Dialect {
    /// The one that departs in nothing.
    pub fn rfc() -> &'static Self {
        static RFC: OnceBox<Dialect> = OnceBox::new();
        RFC.get_or_init(Box::default)
    }
}

/// What comes back through the browser, and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectDialect {
    /// The name of the loopback host that the provider accepts.
    pub host: Option<RedirectHost>,
    /// Whether only `https` addresses can be registered, so that a loopback listener is of no use.
    pub https_only: bool,
    /// Whether an error may come without `state`.
    pub state_dropped_on_errors: bool,
    /// Whether the provider's page shows `code#state` to be pasted.
    pub code_hash_state: bool,
}

/// How the loopback address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum RedirectHost {
    /// By name.
    #[serde(rename = "localhost")]
    Localhost,
    /// By number, which no other server's cookie or HSTS entry can spoil.
    #[serde(rename = "127.0.0.1")]
    Ipv4,
}

/// How a provider takes a token back. The default is RFC 7009.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RevocationShape {
    /// The endpoint, for want of metadata; `{client_id}` is filled in.
    pub endpoint: Option<String>,
    /// The verb.
    pub method: RevocationMethod,
    /// The syntax of the parameters.
    pub body: BodyFormat,
    /// What the parameter with the token is called, if not `token`.
    pub parameter: Option<String>,
    /// How the request proves itself.
    pub proof: RevocationProof,
}

/// The verb of a revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationMethod {
    /// As RFC 7009 says.
    #[default]
    Post,
    /// As resources are deleted.
    Delete,
}

/// How a revocation proves that it may be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationProof {
    /// As the client does elsewhere.
    #[default]
    Client,
    /// With id and secret in the `Authorization` header, whatever the client does elsewhere.
    Basic,
    /// With the token itself in the `Authorization` header.
    Token,
}

/// What ends grants that have only begun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyEnd {
    /// How long a grant counts as young. Units: seconds.
    pub within_s: u32,
    /// What usually kills it then, to be said first.
    pub says: String,
}

/// What to tell people when something goes wrong that the provider is known for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hints {
    /// No refresh token came: what has to be asked for.
    pub no_refresh_token: Option<String>,
    /// No access token came: what has to be asked for.
    pub no_access_token: Option<String>,
    /// The grant is dead: what usually kills it.
    pub invalid_grant: Option<String>,
    /// The grant is dead, and was young: what kills young ones.
    pub early_end: Option<EarlyEnd>,
    /// The client is refused: what usually is wrong.
    pub invalid_client: Option<String>,
    /// The browser does not come back: what usually is wrong.
    pub redirect: Option<String>,
}

impl Hints {
    /// What usually killed a grant that had this age. Units: seconds.
    pub fn of_dead_grant(&self, age_s: i64) -> Option<String> {
        let early = self.early_end.as_ref().filter(|early| age_s < i64::from(early.within_s));
        let told: Vec<&str> =
            early.map(|early| &*early.says).into_iter().chain(self.invalid_grant.as_deref()).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}
