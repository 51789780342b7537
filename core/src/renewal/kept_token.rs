//! A token as it is kept, and back. All of it survives but the number that this process gave it.

use std::sync::Arc;

use crate::error::Error;
use crate::oauth::AuthMethod;
use crate::oauth::dpop::DpopKey;
use crate::oauth::id_token::{self, IdClaims, Verified};
use crate::secret::Secret;
use crate::server::Server;
use crate::settings::{TokenRequest, distinction};
use crate::store::record::{Account, Facts, Record, Secrets};
use crate::store::shelf::Address;
use crate::token::freshness::Windows;
use crate::token::{Origin, Token, TokenType};

/// The record of `token` at `address`; `before` is what it takes the place of.
pub(crate) fn record_of(
    token: &Token,
    before: Option<&Record>,
    address: &Address,
    server: &Server,
    request: &TokenRequest,
) -> Record {
    let origin = &token.origin;
    let facts = Facts {
        key: address.key.hex(),
        client_id: server.settings.client_id.clone(),
        client_name: server.settings.name.clone(),
        issuer: origin.issuer.clone().or_else(|| server.settings.issuer.clone()),
        token_endpoint: token_endpoint(origin, server),
        auth_method: origin.auth_method.map(|method| method.name().to_owned()),
        grant: request.grant.name().to_owned(),
        profile: Some(server.profile.clone()),
        scopes_requested: if token.scopes_requested.is_empty() { &request.scopes } else { &token.scopes_requested }
            .clone(),
        scopes_granted: token.scopes_granted.clone(),
        resource: request.resource.clone(),
        audience: request.audience.clone(),
        partition: server.settings.partition.clone(),
        cache_key: distinction(request),
        account: account_of(token),
        token_type: token.token_type.name().to_owned(),
        issued_token_type: token.issued_token_type.clone(),
        created_at: before.map_or(token.requested_at_unix_s, |before| before.facts.created_at),
        requested_at: token.requested_at_unix_s,
        requested_at_boot: token.requested_at_boot,
        expires_at: token.expires_at_unix_s,
        refresh_at: token.refresh_at_unix_s,
        refresh_expires_at: token.refresh_expires_at_unix_s,
        generation: token.generation,
        rotation: before.map(|before| before.facts.rotation).unwrap_or_default(),
        same_refresh_token: before.map_or(0, |before| before.facts.same_refresh_token),
        has_refresh_token: token.refresh_token.is_some(),
        has_id_token: token.id_token.is_some(),
        ended: None,
        source: before.and_then(|before| before.facts.source.clone()),
        is_default: before.is_some_and(|before| before.facts.is_default),
        unknown: before.map(|before| before.facts.unknown.clone()).unwrap_or_default(),
        ..Facts::new()
    };
    let secrets = Secrets {
        access_token: Some(token.access_token.clone()).filter(|token| !token.is_empty()),
        refresh_token: token.refresh_token.clone(),
        previous_refresh_token: None,
        id_token: token.id_token.clone(),
        id_token_verified: token.id_claims.as_ref().map(|claims| claims.verified.name().to_owned()),
        dpop_key: token.dpop_key.as_ref().map(|key| key.export().clone()),
        dead: before.map(|before| before.secrets.dead.clone()).unwrap_or_default(),
        extra: token.extra.clone(),
        unknown: before.map(|before| before.secrets.unknown.clone()).unwrap_or_default(),
    };
    Record { facts, secrets }
}

/// The token in `record`. A refresh token that was kept alone comes with an access token that is over. Shape: `None` where
/// nothing is left of the grant.
///
/// Errors: `ConfigInvalid` for a key that cannot be read any more.
pub(crate) fn token_of(record: &Record, server: &Server) -> Result<Option<Token>, Error> {
    let Record { facts, secrets } = record;
    let renewable = || secrets.refresh_token.is_some().then(|| Secret::new(""));
    let Some(access_token) = secrets.access_token.clone().or_else(renewable) else { return Ok(None) };
    let expires_at = if access_token.is_empty() { Some(facts.requested_at) } else { facts.expires_at };
    let token_type = TokenType::from(facts.token_type.as_str());
    let lifetime_s = expires_at.map_or(0, |at| u64::try_from(at.saturating_sub(facts.requested_at)).unwrap_or(0));
    let windows = Windows::of_lifetime(lifetime_s, server.draw());
    Ok(Some(Token {
        authorization: server.authorization(&access_token, &token_type),
        access_token,
        token_type,
        refresh_token: secrets.refresh_token.clone(),
        id_token: secrets.id_token.clone(),
        id_claims: id_claims_of(record),
        scopes_requested: facts.scopes_requested.clone(),
        scopes_granted: facts.scopes_granted.clone(),
        requested_at_unix_s: facts.requested_at,
        requested_at_boot: facts.requested_at_boot,
        expires_at_unix_s: expires_at,
        refresh_at_unix_s: facts.refresh_at,
        refresh_expires_at_unix_s: facts.refresh_expires_at,
        issued_token_type: facts.issued_token_type.clone(),
        origin: Arc::new(origin_of(facts)),
        account: facts.account.subject.clone().or_else(|| facts.account.label.clone()),
        dpop_key: secrets.dpop_key.as_ref().map(DpopKey::import).transpose()?,
        extra: secrets.extra.clone(),
        warnings: Vec::new(),
        generation: facts.generation,
        fresh_until_unix_ms: windows.fresh_until_unix_ms(expires_at, facts.refresh_at),
        windows,
        version: 0,
    }))
}

/// Whose token it is: as the ID token says, else the caller's label.
pub(crate) fn account_of(token: &Token) -> Account {
    let claim = |name| token.id_claims.as_ref()?.all.text(name).map(str::to_owned);
    let (subject, email) = (claim("sub"), claim("email"));
    let label = email.clone().or_else(|| token.account.clone()).or_else(|| subject.clone());
    Account { label, subject, email, hosted_domain: claim("hd") }
}

/// What the ID token says, as far as it was checked when it came.
fn id_claims_of(record: &Record) -> Option<IdClaims> {
    let verified = Verified::from_name(record.secrets.id_token_verified.as_deref()?)?;
    let claims = id_token::read_unchecked(record.secrets.id_token.as_ref()?).ok()?;
    Some(IdClaims { verified, ..claims })
}

/// A token from elsewhere does not say who gave it.
fn token_endpoint(origin: &Origin, server: &Server) -> String {
    let told = || server.settings.token_endpoint.as_ref().map(url::Url::to_string).unwrap_or_default();
    if origin.token_endpoint.is_empty() { told() } else { origin.token_endpoint.clone() }
}

fn origin_of(facts: &Facts) -> Origin {
    Origin {
        issuer: facts.issuer.clone(),
        token_endpoint: facts.token_endpoint.clone(),
        client_id: facts.client_id.clone(),
        auth_method: facts.auth_method.as_deref().and_then(AuthMethod::from_name),
        grant: facts.grant.clone(),
        resource: facts.resource.clone(),
        audience: facts.audience.clone(),
    }
}
