//! A service account that stands in for a user of its domain, with a statement that somebody else signs. Source: specs,
//! subject.

use std::sync::Arc;

use serde_json::json;

use super::{DEFAULT_UNIVERSE, TOKEN_ENDPOINT, remedies};
use crate::cache::graves::Graves;
use crate::error::Error;
use crate::jose::Claims;
use crate::kinds::Kind;
use crate::oauth::AuthMethod;
use crate::renewal::{Want, renew};
use crate::secret::Secret;
use crate::settings::{ClientSettings, GrantKind, TokenRequest};
use crate::token::Token;
use crate::world::World;

/// A clock that is a little ahead would make a statement that is not valid yet. Units: seconds.
const BACKDATED_S: i64 = 10;
const LIFETIME_S: i64 = 3600;

/// Refuses a subject outside Google's own cloud, where there are no Workspace domains.
pub(crate) fn check_universe(universe: &str) -> Result<(), Error> {
    match universe {
        DEFAULT_UNIVERSE => Ok(()),
        _ => Err(Error::new(Kind::ConfigInvalid, format!("a subject cannot be stood in for in the cloud {universe}"))
            .with_hint("leave out the subject: delegation belongs to Google Workspace, which is at googleapis.com")),
    }
}

/// What a service account says who wants to stand in for a user.
pub(super) struct Statement<'a> {
    pub(super) account: &'a str,
    pub(super) subject: &'a str,
    pub(super) scopes: &'a [String],
}

impl Statement<'_> {
    /// The claims. Units: seconds since 1970.
    pub(super) fn claims(&self, now_unix_s: i64) -> Claims {
        let issued_at = now_unix_s.saturating_sub(BACKDATED_S);
        Claims::new()
            .with("iss", self.account)
            .with("scope", self.scopes.join(" "))
            .with("aud", TOKEN_ENDPOINT)
            .with("sub", self.subject)
            .with("iat", issued_at)
            .with("exp", issued_at.saturating_add(LIFETIME_S))
    }

    /// The token for the signed statement. Effects: `[net]`.
    pub(super) async fn exchange(&self, world: &World, assertion: Secret) -> Result<Token, Error> {
        let server = world.server(ClientSettings {
            client_id: self.account.to_owned(),
            token_endpoint: url::Url::parse(TOKEN_ENDPOINT).ok(),
            auth_method: Some(AuthMethod::None),
            dialect: unnamed(),
            ..ClientSettings::default()
        })?;
        let request = TokenRequest {
            grant: GrantKind::JwtBearer,
            subject: Some(self.subject.to_owned()),
            assertion: Some(assertion),
            ..TokenRequest::default()
        };
        let want = Want::default();
        let renewed = renew(None, server.clone(), Arc::new(request), want, Arc::new(Graves::default())).await;
        let ahead_s = server.last_seen_ahead_s();
        let mut token = renewed.map_err(|error| remedies::of_delegation(error, self.account, self.scopes, ahead_s))?;
        token.scopes_requested = self.scopes.to_vec();
        Ok(token)
    }
}

/// The statement says who asks; the client is not named besides.
pub(super) fn unnamed() -> serde_json::Map<String, serde_json::Value> {
    match json!({"request": {"omit_client_id": true}}) {
        serde_json::Value::Object(dialect) => dialect,
        _ => serde_json::Map::new(),
    }
}
