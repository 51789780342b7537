//! What a file of the type `external_account` says. Source: specs, configuration of external accounts.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use super::members::Members;
use super::subject::{self, SubjectTokens};
use crate::error::Error;
use crate::oauth::token_exchange;
use crate::provider::google::impersonation::Target;
use crate::provider::google::trust::{self, Role};
use crate::provider::google::wish::{Trust, Wish};
use crate::secret::Secret;

/// Longer than any organisation allows. Units: seconds.
const LONGEST_LIFETIME_S: u64 = 12 * 3600;

/// A pool of identities, and who is let in by it.
pub(super) struct Config {
    /// The provider of the pool: who says who we are.
    pub(super) audience: String,
    /// What the proof of identity is.
    pub(super) subject_token_type: String,
    /// Where the proof is exchanged.
    pub(super) token_url: Url,
    /// The service account whose identity is taken on with what the exchange gives.
    pub(super) impersonation: Option<Impersonation>,
    /// The client that the exchange is asked for by, where the pool knows one. Shape: its id and its secret, which may be
    /// empty.
    pub(super) client: Option<(String, Secret)>,
    /// The project that a workforce's requests are charged to.
    pub(super) user_project: Option<String>,
    /// The project that requests to APIs are charged to.
    pub(super) quota_project: Option<String>,
    /// The cloud.
    pub(super) universe: String,
}

/// A service account whose identity is taken on.
pub(super) struct Impersonation {
    pub(super) target: Target,
    /// How long its tokens last. Shape: `None` where the file leaves it open.
    pub(super) lifetime: Option<Duration>,
}

/// What the members of `source` say, and where its proofs come from. `supplier`: who gives them instead of the file. No
/// I/O.
///
/// Errors: `ConfigInvalid` naming the member; with the reason `UntrustedAddress` for addresses that are not the cloud's.
pub(super) fn read(
    members: &Map<String, Value>,
    source: &str,
    wish: &Wish,
    supplier: Option<subject::Supplier>,
) -> Result<(Config, Box<dyn SubjectTokens>), Error> {
    let members = Members::of(source, members);
    let proofs = members.inside("credential_source")?;
    let universe = wish.universe(members.text("universe_domain")?).to_owned();
    let trust = trust::of_cloud(&universe, wish)?;
    let is_by_certificate = proofs.as_ref().is_some_and(|proofs| proofs.has("certificate"));
    let config = Config {
        audience: members.required("audience")?.to_owned(),
        subject_token_type: subject_token_type(&members)?,
        token_url: token_url(&members, &universe, is_by_certificate, trust)?,
        impersonation: impersonation(&members, &universe, trust)?,
        client: client(&members)?,
        user_project: members.text("workforce_pool_user_project")?.map(str::to_owned),
        quota_project: members.text("quota_project_id")?.map(str::to_owned),
        universe,
    };
    if config.user_project.is_some() && !config.is_workforce() {
        return Err(members.wrong("workforce_pool_user_project", "is for workforce pools only"));
    }
    let subject = match (supplier, proofs) {
        (Some(supplier), _) => subject::supplied(supplier, &config),
        (None, Some(proofs)) => subject::open(&proofs, &config, trust, wish)?,
        (None, None) => return Err(members.wrong("credential_source", "is missing")),
    };
    Ok((config, subject))
}

impl Config {
    /// Whether the pool is one of people instead of machines.
    pub(super) fn is_workforce(&self) -> bool {
        matches!(self.audience_parts().as_slice(), ["locations", place, "workforcePools", _, ..] if !place.is_empty())
    }

    /// Whether tokens are a person's own.
    #[cfg(test)]
    pub(super) fn is_user(&self) -> bool {
        self.is_workforce() && self.impersonation.is_none()
    }

    /// Number of the project that the pool belongs to. Shape: `None` for workforce pools, which belong to an organisation.
    pub(super) fn project_number(&self) -> Option<&str> {
        match self.audience_parts().as_slice() {
            ["projects", number, ..] if !number.is_empty() => Some(number),
            _ => None,
        }
    }

    /// The service account whose tokens come out at the end.
    pub(super) fn email(&self) -> Option<&str> {
        self.impersonation.as_ref().map(|impersonation| impersonation.target.email.as_str())
    }

    /// The audience without the service: `//iam.googleapis.com/` is always the same.
    fn audience_parts(&self) -> Vec<&str> {
        let path = self.audience.strip_prefix("//iam.").and_then(|rest| rest.split_once('/'));
        path.map_or_else(Vec::new, |(_, path)| path.split('/').collect())
    }
}

fn subject_token_type(members: &Members<'_>) -> Result<String, Error> {
    let named = members.required("subject_token_type")?;
    token_exchange::token_type(named).map(|_| named.to_owned()).map_err(|_| {
        members.wrong("subject_token_type", "is no token type, such as urn:ietf:params:oauth:token-type:jwt")
    })
}

fn token_url(members: &Members<'_>, universe: &str, is_mutual: bool, trust: Trust) -> Result<Url, Error> {
    if let Some(address) = members.text("token_info_url")? {
        trust::check(Role::Sts, address, universe, trust)?;
    }
    // A server that asks for certificates does so under a name of its own.
    let host = if is_mutual { "sts.mtls" } else { "sts" };
    let usual = format!("https://{host}.{universe}/v1/token");
    trust::check(Role::Sts, members.text("token_url")?.unwrap_or(&usual), universe, trust)
}

fn impersonation(members: &Members<'_>, universe: &str, trust: Trust) -> Result<Option<Impersonation>, Error> {
    let Some(address) = members.text("service_account_impersonation_url")? else { return Ok(None) };
    let target = Target::of_url(address, universe, trust)?;
    let more = members.inside("service_account_impersonation")?;
    let lifetime_s = more.as_ref().map(lifetime_s).transpose()?.flatten();
    Ok(Some(Impersonation { target, lifetime: lifetime_s.map(Duration::from_secs) }))
}

fn lifetime_s(members: &Members<'_>) -> Result<Option<u64>, Error> {
    const NAME: &str = "token_lifetime_seconds";
    match members.number(NAME)? {
        Some(seconds) if !(1..=LONGEST_LIFETIME_S).contains(&seconds) => {
            Err(members.wrong(NAME, &format!("is not between 1 and {LONGEST_LIFETIME_S}")))
        }
        seconds => Ok(seconds),
    }
}

fn client(members: &Members<'_>) -> Result<Option<(String, Secret)>, Error> {
    let secret = members.text("client_secret")?.unwrap_or_default();
    match members.text("client_id")? {
        Some(id) => Ok(Some((id.to_owned(), Secret::new(secret)))),
        None if secret.is_empty() => Ok(None),
        None => Err(members.wrong("client_id", "is missing, and there is a client_secret")),
    }
}
