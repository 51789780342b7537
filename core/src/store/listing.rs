//! What a store holds, as people and programs are shown it: no secret, and no look at one.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use super::account::{Manner, Wanted};
use super::record::{Account, Facts};
use super::shelf::Listed;
use crate::error::Error;
use crate::kinds::Kind;
use crate::settings::{GrantKind, Settings};

/// The version of the JSON form. Members may be added to it; a change of meaning makes it another.
const FORMAT: u32 = 1;
/// Fewer characters of a key name too many records.
const SHORTEST_PREFIX: usize = 4;

/// One stored credential, as lists show it. Holds no secret. Units of all times: seconds since 1970-01-01 UTC.
///
/// Its members are those of the JSON form; `null` stands for what is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The credential's key: 64 hexadecimal digits.
    pub key: String,
    /// How the account is called: its address, else the caller's name for it, else its subject.
    pub account: Option<String>,
    /// Address of the account, as the server says it.
    pub email: Option<String>,
    /// The server's own name for the account (`sub`).
    pub subject: Option<String>,
    /// Identifier of the client. Shape: empty when the record is unreadable.
    pub client_id: String,
    /// The client's name in its settings.
    pub client_name: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// Where tokens of this grant come from. Shape: empty when the record is unreadable.
    pub token_endpoint: String,
    /// The granted scopes; the requested ones where the server did not say.
    pub scopes: Vec<String>,
    /// What distinguishes it from tokens that are otherwise alike: the caller's `cache_key`, and a hash of further
    /// parameters behind a `#`.
    pub cache_key: Option<String>,
    /// How it was obtained, such as `authorization_code`. Shape: empty when the record is unreadable.
    pub grant: String,
    /// When the grant was given.
    pub created_at_unix_s: Option<i64>,
    /// When its access token was asked for.
    pub refreshed_at_unix_s: Option<i64>,
    /// When it was last used, to the day.
    pub last_used_at_unix_s: Option<i64>,
    /// When its access token ends.
    pub expires_at_unix_s: Option<i64>,
    /// When its refresh token ends.
    pub refresh_expires_at_unix_s: Option<i64>,
    /// Whether there is a refresh token.
    pub has_refresh_token: bool,
    /// How often the grant's token was renewed.
    pub generation: u64,
    /// What can be had of it now.
    pub state: EntryState,
    /// Why it is revoked or unreadable, in a few words.
    pub why: Option<String>,
    /// Whether its account is the one that is meant when none is named.
    pub is_default: bool,
    /// How it came here when not by a sign-in: `imported`, `adopted`, or the name of the store that it was taken from.
    pub source: Option<String>,
    /// The file that holds it, where it is in one.
    #[serde(serialize_with = "lossy")]
    pub path: Option<PathBuf>,
}

/// What can be had of a stored credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntryState {
    /// Its access token can be used as it is.
    Ok,
    /// Its access token is over or due; the next use renews it, without a person.
    Stale,
    /// Its access token is over, and somebody has to sign in again.
    Expired,
    /// The server has ended the grant.
    Revoked,
    /// The record cannot be read.
    #[default]
    Unreadable,
}

impl EntryState {
    /// Stable `snake_case` name.
    pub const fn slug(self) -> &'static str {
        match self {
            EntryState::Ok => "ok",
            EntryState::Stale => "stale",
            EntryState::Expired => "expired",
            EntryState::Revoked => "revoked",
            EntryState::Unreadable => "unreadable",
        }
    }
}

impl Entry {
    pub(crate) fn of(listed: &Listed, now_unix_s: i64) -> Self {
        let place = Self {
            key: listed.address.key.hex(),
            last_used_at_unix_s: listed.last_used_at_unix_s,
            path: listed.path.clone(),
            ..Self::default()
        };
        match &listed.facts {
            Ok(facts) => place.with(facts, now_unix_s),
            Err(why) => Self { why: Some(why.clone()), ..place },
        }
    }

    fn with(self, facts: &Facts, now_unix_s: i64) -> Self {
        let Account { label, subject, email, .. } = facts.account.clone();
        Self {
            account: label,
            email,
            subject,
            client_id: facts.client_id.clone(),
            client_name: facts.client_name.clone(),
            issuer: facts.issuer.clone(),
            token_endpoint: facts.token_endpoint.clone(),
            scopes: facts.scopes().to_vec(),
            cache_key: facts.cache_key.clone(),
            grant: facts.grant.clone(),
            created_at_unix_s: Some(facts.created_at),
            refreshed_at_unix_s: Some(facts.requested_at),
            expires_at_unix_s: facts.expires_at,
            refresh_expires_at_unix_s: facts.refresh_expires_at,
            has_refresh_token: facts.has_refresh_token,
            generation: facts.generation,
            state: state(facts, now_unix_s),
            why: facts.ended.as_ref().map(|ended| ended.words.clone()),
            is_default: facts.is_default,
            source: facts.source.clone(),
            ..self
        }
    }

    /// The JSON form: one object with this entry's members.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The JSON form of a list: `{"format": 1, "entries": [...]}`, in the order of the list.
    pub fn list_to_json(entries: &[Self]) -> String {
        #[derive(Serialize)]
        struct List<'a> {
            format: u32,
            entries: &'a [Entry],
        }
        serde_json::to_string(&List { format: FORMAT, entries }).unwrap_or_default()
    }

    fn names(&self) -> Account {
        let (label, subject, email) = (self.account.clone(), self.subject.clone(), self.email.clone());
        Account { label, subject, email, hosted_domain: None }
    }
}

/// The entries of `listed`, in the order of client, account and key; what is unreadable comes last.
pub(crate) fn entries(listed: &[Listed], now_unix_s: i64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = listed.iter().map(|listed| Entry::of(listed, now_unix_s)).collect();
    entries.sort_by_cached_key(|entry| {
        let client = entry.client_name.as_deref().unwrap_or(&entry.client_id).to_lowercase();
        let account = entry.account.as_deref().map(str::to_lowercase);
        (entry.state == EntryState::Unreadable, client, account, entry.key.clone())
    });
    entries
}

/// Which entries are meant. What is not given excludes none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selection {
    /// The first digits of the key, at least four.
    pub key: Option<String>,
    /// An account, or a pattern such as `*@example.com`.
    pub account: Option<String>,
    /// Identifier of the client.
    pub client_id: Option<String>,
    /// Issuer, exactly.
    pub issuer: Option<String>,
    /// A scope that the grant has: the whole, or what follows its last slash.
    pub scope: Option<String>,
}

impl Selection {
    /// The selection that these settings are: `key`, `account`, `client_id`, `issuer`, `scope`.
    ///
    /// Errors: `ConfigInvalid` for an unknown setting, which would else select more than is meant.
    pub fn from_settings(settings: Settings) -> Result<Self, Error> {
        settings.read("the selection")
    }

    /// Whether nothing is given, so that everything is meant.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Those of `entries` that are meant.
    ///
    /// Errors: `InvalidArgument` for a key that is none; `ConfigInvalid` for an account that is no pattern.
    pub fn of(&self, mut entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
        let key = self.key.as_deref().map(prefix).transpose()?;
        let account = match &self.account {
            Some(_) => Some(Wanted::parse(self.account.as_deref(), Manner::Own)?),
            None => None,
        };
        let is = |wanted: &Option<String>, own: Option<&str>| wanted.is_none() || wanted.as_deref() == own;
        entries.retain(|entry| {
            key.as_ref().is_none_or(|key| entry.key.starts_with(key))
                && account.as_ref().is_none_or(|account| account.fits(&entry.names(), Manner::Own))
                && is(&self.client_id, Some(&entry.client_id))
                && is(&self.issuer, entry.issuer.as_deref())
                && self.scope.as_ref().is_none_or(|scope| entry.scopes.iter().any(|own| is_named(own, scope)))
        });
        Ok(entries)
    }
}

/// Whether people mean the scope `own` by `name`: many providers' scopes are addresses that nobody types.
fn is_named(own: &str, name: &str) -> bool {
    own == name || own.rsplit_once('/').is_some_and(|(_, last)| last == name)
}

/// The one entry whose key begins with `key`.
///
/// Errors: `InvalidArgument` for a text that is no key, or begins several; `NotFound` when it begins none.
pub(crate) fn one_of(entries: &[Entry], key: &str) -> Result<Entry, Error> {
    let key = prefix(key)?;
    let mut meant = entries.iter().filter(|entry| entry.key.starts_with(&key));
    match (meant.next(), meant.next()) {
        (Some(entry), None) => Ok(entry.clone()),
        (None, _) => Err(Error::new(Kind::NotFound, format!("no stored credential has a key that begins with {key}"))
            .with_hint("list the stored credentials and take a key from there")),
        (Some(_), Some(_)) => Err(Error::new(Kind::InvalidArgument, format!("several keys begin with {key}"))
            .with_hint("give more digits of the key")),
    }
}

/// The digits of a key as keys have them; dots that shorten it are dropped.
fn prefix(key: &str) -> Result<String, Error> {
    let digits = key.trim().trim_end_matches(['.', '…']).to_ascii_lowercase();
    if digits.len() >= SHORTEST_PREFIX && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    let message = format!("a key is given by at least {SHORTEST_PREFIX} of its first hexadecimal digits");
    Err(Error::new(Kind::InvalidArgument, message).with_hint("list the stored credentials and take a key from there"))
}

fn state(facts: &Facts, now_unix_s: i64) -> EntryState {
    let needs_a_person = !matches!(
        GrantKind::from(facts.grant.clone()),
        GrantKind::ClientCredentials | GrantKind::JwtBearer | GrantKind::TokenExchange
    );
    let is_renewed = facts.is_refreshable_at(now_unix_s) || !needs_a_person;
    let is_due = facts.refresh_at.is_some_and(|at| at <= now_unix_s);
    match (&facts.ended, facts.is_valid_at(now_unix_s)) {
        (Some(_), _) => EntryState::Revoked,
        (None, true) if !(is_due && is_renewed) => EntryState::Ok,
        (None, _) if is_renewed => EntryState::Stale,
        (None, _) => EntryState::Expired,
    }
}

/// Paths that are no text are shown as far as they are.
fn lossy<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_deref().map(Path::to_string_lossy).serialize(serializer)
}

#[cfg(test)]
mod tests;
