//! What is kept of one credential: facts that lists show, and secrets. Members that a later version wrote survive.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::context::BootTime;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::rotation::Rotation;
use crate::secret::{self, Secret};

/// The version of this layout that is written.
const FORMAT: u32 = 1;
/// What to do about a later one.
pub(crate) const UPDATE: &str = "update tokcore";

/// One credential as it is kept.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) facts: Facts,
    pub(crate) secrets: Secrets,
}

/// What may be listed without a look at a secret. Times: seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    pub(crate) format: u32,
    /// The credential's key as hexadecimal text.
    pub(crate) key: String,
    pub(crate) client_id: String,
    pub(crate) client_name: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) token_endpoint: String,
    pub(crate) auth_method: Option<String>,
    pub(crate) grant: String,
    pub(crate) profile: Option<String>,
    pub(crate) scopes_requested: Vec<String>,
    /// Shape: `None` when the server did not say; the requested ones then.
    pub(crate) scopes_granted: Option<Vec<String>>,
    pub(crate) resource: Vec<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) partition: Option<String>,
    pub(crate) cache_key: Option<String>,
    pub(crate) account: Account,
    pub(crate) token_type: String,
    pub(crate) issued_token_type: Option<String>,
    /// When the grant was given.
    pub(crate) created_at: i64,
    /// When this access token was asked for.
    pub(crate) requested_at: i64,
    /// The same on the clock that nobody sets.
    pub(crate) requested_at_boot: Option<BootTime>,
    pub(crate) expires_at: Option<i64>,
    /// When the server wants it to be renewed.
    pub(crate) refresh_at: Option<i64>,
    pub(crate) refresh_expires_at: Option<i64>,
    /// Counts the tokens of this grant, from 0.
    pub(crate) generation: u64,
    pub(crate) rotation: Rotation,
    /// How often in a row a refresh brought the same refresh token back: two make it [`Rotation::Static`].
    pub(crate) same_refresh_token: u32,
    pub(crate) has_refresh_token: bool,
    pub(crate) has_id_token: bool,
    /// Set when the server has ended the grant.
    pub(crate) ended: Option<Ended>,
    /// How it came here when not by a sign-in: `imported`, `adopted`, or the name of the store that it was taken from.
    pub(crate) source: Option<String>,
    /// Set when this account is the one that is meant when none is named.
    pub(crate) is_default: bool,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

/// Whose credential it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    /// How people call it: the address, else the caller's label, else the subject.
    pub(crate) label: Option<String>,
    /// `sub`.
    pub(crate) subject: Option<String>,
    pub(crate) email: Option<String>,
    /// `hd`.
    pub(crate) hosted_domain: Option<String>,
}

/// Why and when a grant ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ended {
    pub(crate) at: i64,
    /// `invalid_grant`, or `rotation_lost` when the server's refusal follows an answer that never arrived.
    pub(crate) cause: String,
    /// One line for people.
    pub(crate) words: String,
}

/// What must not be seen.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    pub(crate) access_token: Option<Secret>,
    pub(crate) refresh_token: Option<Secret>,
    /// The refresh token before this one, until this one has been used.
    pub(crate) previous_refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    /// How far the ID token was checked, by name.
    pub(crate) id_token_verified: Option<String>,
    pub(crate) dpop_key: Option<Secret>,
    /// Hashes of refresh tokens that the server has declared dead.
    pub(crate) dead: Vec<String>,
    /// The other members of the answer.
    pub(crate) extra: Map<String, Value>,
    pub(crate) unknown: Map<String, Value>,
}

/// The secrets on their way to the seal.
#[derive(Serialize)]
struct Outgoing<'a> {
    #[serde(flatten)]
    unknown: &'a Map<String, Value>,
    access_token: Option<&'a str>,
    refresh_token: Option<&'a str>,
    previous_refresh_token: Option<&'a str>,
    id_token: Option<&'a str>,
    id_token_verified: Option<&'a str>,
    dpop_key: Option<&'a str>,
    dead: &'a [String],
    extra: &'a Map<String, Value>,
}

/// The secrets on their way back.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Incoming {
    access_token: Option<Secret>,
    refresh_token: Option<Secret>,
    previous_refresh_token: Option<Secret>,
    id_token: Option<Secret>,
    id_token_verified: Option<String>,
    dpop_key: Option<Secret>,
    dead: Vec<String>,
    extra: Map<String, Value>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl Facts {
    /// Facts of the layout that is written today.
    pub(crate) fn new() -> Self {
        Self { format: FORMAT, ..Self::default() }
    }

    pub(crate) fn to_json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(unwritable)
    }

    /// Errors: `Store` for a text that is no record, and for one of a later version that this one cannot understand.
    pub(crate) fn from_json(text: &[u8]) -> Result<Self, Error> {
        let facts: Self = serde_json::from_slice(text).map_err(|_| damaged())?;
        match facts.format {
            FORMAT => Ok(facts),
            later => Err(Error::new(Kind::Store, format!("a record of format {later}, written by a later tokcore"))
                .with_hint(UPDATE)),
        }
    }

    /// The scopes that the token is good for.
    pub(crate) fn scopes(&self) -> &[String] {
        self.scopes_granted.as_deref().unwrap_or(&self.scopes_requested)
    }

    /// Whether the access token may be handed out. One whose end nobody knows lasts until a server refuses it.
    pub(crate) fn is_valid_at(&self, now_unix_s: i64) -> bool {
        self.ended.is_none() && self.expires_at.is_none_or(|at| at > now_unix_s)
    }

    /// Whether there is a refresh token that may still be used.
    pub(crate) fn is_refreshable_at(&self, now_unix_s: i64) -> bool {
        let in_time = self.refresh_expires_at.is_none_or(|at| at > now_unix_s);
        self.ended.is_none() && self.has_refresh_token && in_time
    }

    /// Whether the grant has a token, or gives one without a person.
    pub(crate) fn gives_tokens_at(&self, now_unix_s: i64) -> bool {
        self.is_valid_at(now_unix_s) || self.is_refreshable_at(now_unix_s)
    }
}

impl Secrets {
    pub(crate) fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        fn text(secret: &Option<Secret>) -> Option<&str> {
            secret.as_ref().map(Secret::expose)
        }
        let outgoing = Outgoing {
            unknown: &self.unknown,
            access_token: text(&self.access_token),
            refresh_token: text(&self.refresh_token),
            previous_refresh_token: text(&self.previous_refresh_token),
            id_token: text(&self.id_token),
            id_token_verified: self.id_token_verified.as_deref(),
            dpop_key: text(&self.dpop_key),
            dead: &self.dead,
            extra: &self.extra,
        };
        secret::to_json(&outgoing).map_err(unwritable)
    }

    /// Errors: `Store` for a text that is no record.
    pub(crate) fn from_json(text: &[u8]) -> Result<Self, Error> {
        let incoming: Incoming = serde_json::from_slice(text).map_err(|_| damaged())?;
        Ok(Self {
            access_token: incoming.access_token,
            refresh_token: incoming.refresh_token.filter(|token| !token.is_empty()),
            previous_refresh_token: incoming.previous_refresh_token,
            id_token: incoming.id_token,
            id_token_verified: incoming.id_token_verified,
            dpop_key: incoming.dpop_key,
            dead: incoming.dead,
            extra: incoming.extra,
            unknown: incoming.unknown,
        })
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        for (_, value) in self.extra.iter_mut().chain(self.unknown.iter_mut()) {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

/// Shows the facts alone.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("facts", &self.facts).finish_non_exhaustive()
    }
}

fn damaged() -> Error {
    Error::new(Kind::Store, "a record is damaged")
}

fn unwritable(_: serde_json::Error) -> Error {
    Error::new(Kind::Internal, "a record could not be written as text")
}
