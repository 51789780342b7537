//! A service account by its key (`service_account`). Source: specs, service account; RFC 7523.

mod key;
mod self_signed;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::key::KeyFile;
use super::impersonation::{self, Target};
use super::token::Received;
use super::trust::{self, Role};
use super::{Assertion, DEFAULT_UNIVERSE, TOKEN_ENDPOINT, Wish, delegation, quota, remedies, scope};
use crate::cache::graves::Graves;
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::jose::Algorithm;
use crate::jose::Claims;
use crate::kinds::Kind;
use crate::oauth::AuthMethod;
use crate::provider::{About, TokenProvider};
use crate::renewal::{Want, renew};
use crate::server::Server;
use crate::settings::{ClientSettings, GrantKind, TokenRequest};
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;
use crate::world::World;

/// The kind, by the name that its file gives it.
pub(super) const KIND: &str = "service_account";
/// As long as Google lets a statement last.
const ASSERTION_LIFETIME_S: u64 = 3600;

/// The service account whose key this file is. No network: the key is read, and kept.
///
/// Errors: `ConfigInvalid` for what is missing, a damaged key (reason `Crypto`), an address that is not Google's, and a
/// subject where there can be none.
pub(super) fn open(
    world: &World,
    file: Map<String, Value>,
    source: &str,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    let key = KeyFile::of(file, source)?;
    let universe = wish.universe(key.universe_domain.as_deref()).to_owned();
    if wish.subject.is_some() {
        delegation::check_universe(&universe)?;
    }
    let is_elsewhere = universe != DEFAULT_UNIVERSE;
    match (wish.assertion, &wish.id_token_audience) {
        (Assertion::SelfSigned, None) => self_signed::open(world, key, universe, source, wish),
        (Assertion::Auto, None) if is_elsewhere => self_signed::open(world, key, universe, source, wish),
        // Other clouds have no token endpoint; IAM gives the account an ID token of its own.
        (Assertion::Auto | Assertion::SelfSigned, Some(_)) if is_elsewhere => {
            let target = Target::of_email(&key.email, &universe)?;
            let itself = impersonation::inner_wish(wish);
            let inner = self_signed::open(world, key, universe, source, &itself)?;
            impersonation::wrap(world, inner, target, wish)
        }
        _ => ServiceAccount::open(world, key, &universe, source, wish),
    }
}

/// A service account that exchanges signed statements for tokens.
struct ServiceAccount {
    server: Arc<Server>,
    request: Arc<TokenRequest>,
    email: String,
    scopes: Vec<String>,
    is_id_token: bool,
    key: CredentialKey,
    about: About,
}

impl ServiceAccount {
    fn open(
        world: &World,
        key: KeyFile,
        universe: &str,
        source: &str,
        wish: &Wish,
    ) -> Result<Arc<dyn TokenProvider>, Error> {
        let endpoint =
            trust::check(Role::Token, key.token_uri.as_deref().unwrap_or(TOKEN_ENDPOINT), universe, wish.trust)
                .map_err(|error| of_file(error, source))?;
        let scopes = scopes(wish);
        let about = about(&key, &scopes, universe, source, wish, &world.context);
        let identity = identity(&key, &[endpoint.as_str()], &scopes, wish);
        let server = world.server(ClientSettings {
            client_id: key.email.clone(),
            key: Some(key.private_key),
            key_id: key.key_id,
            token_endpoint: Some(endpoint),
            auth_method: Some(AuthMethod::None),
            assertion_lifetime_s: Some(ASSERTION_LIFETIME_S),
            profile: Some("google".to_owned()),
            dialect: dialect(wish),
            ..ClientSettings::default()
        })?;
        server.signing_key().map_err(|error| of_file(error, source))?;
        Ok(Arc::new(Self {
            request: Arc::new(request(&scopes, wish)),
            server,
            email: key.email,
            scopes,
            is_id_token: wish.id_token_audience.is_some(),
            key: identity,
            about,
        }))
    }

    async fn token(&self) -> Result<Token, Error> {
        let (server, request) = (self.server.clone(), self.request.clone());
        let renewed = renew(None, server, request, Want::default(), Arc::new(Graves::default())).await;
        let token = renewed.map_err(|error| self.explained(error))?;
        match self.is_id_token {
            true => self.id_token(token),
            false => {
                Ok(Token { scopes_requested: self.scopes.clone(), account: self.about.principal.clone(), ..token })
            }
        }
    }

    fn id_token(&self, token: Token) -> Result<Token, Error> {
        let id_token =
            token.id_token.ok_or_else(|| Error::new(Kind::Protocol, "Google answered without an ID token"))?;
        let received = Received {
            access_token: id_token,
            expires_at_unix_s: token.expires_at_unix_s,
            scopes_requested: Vec::new(),
            scopes_granted: None,
            kind: KIND,
            endpoint: token.origin.token_endpoint.clone(),
            account: self.about.principal.clone(),
            requested_at_unix_s: token.requested_at_unix_s,
        };
        Ok(received.into_id_token(&self.server.context))
    }

    fn explained(&self, error: Error) -> Error {
        let ahead_s = self.server.last_seen_ahead_s();
        match &self.request.subject {
            Some(_) => remedies::of_delegation(error, &self.email, &self.scopes, ahead_s),
            None => remedies::of_statement(error, &self.email, &self.scopes, ahead_s),
        }
    }
}

impl TokenProvider for ServiceAccount {
    fn context(&self) -> &Context {
        &self.server.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        self.key
    }

    fn signer(&self) -> Option<&str> {
        Some(&self.email)
    }

    fn sign<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(async move {
            let missing = || Error::new(Kind::Internal, "a service account without its key");
            self.server.signing_key()?.ok_or_else(missing)?.sign(Algorithm::Rs256, bytes)
        })
    }

    fn fetch(self: Arc<Self>, _before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move { self.token().await })
    }
}

/// The wanted scopes, with the one that shows the account's address unless the caller wants none: an administrator who
/// allowed others and not this one would make all of them fail.
fn scopes(wish: &Wish) -> Vec<String> {
    let wanted = wish.scopes.clone().unwrap_or_default();
    scope::normalised(if wish.add_email { scope::with_email(wanted) } else { wanted })
}

/// What is asked for: the statement says it all, and has no number, so that it may be made use of again.
fn request(scopes: &[String], wish: &Wish) -> TokenRequest {
    let wanted = match &wish.id_token_audience {
        Some(audience) => Claims::new().with("target_audience", audience.as_str()),
        None => Claims::new().with("scope", scopes.join(" ")),
    };
    TokenRequest {
        grant: GrantKind::JwtBearer,
        subject: wish.subject.clone(),
        claims: wanted.with("jti", Value::Null),
        ..TokenRequest::default()
    }
}

fn dialect(wish: &Wish) -> Map<String, Value> {
    let members = json!({
        "request": {"omit_client_id": true, "ignore_server_clock": !wish.auto_skew},
        "response": {"id_token_only": wish.id_token_audience.is_some()},
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn about(key: &KeyFile, scopes: &[String], universe: &str, source: &str, wish: &Wish, context: &Context) -> About {
    About {
        kind: KIND.to_owned(),
        source: source.to_owned(),
        principal: Some(wish.subject.clone().unwrap_or_else(|| key.email.clone())),
        scopes: if wish.id_token_audience.is_some() { Vec::new() } else { scopes.to_vec() },
        project_id: key.project_id.clone(),
        quota_project_id: quota::project(context, wish, key.quota_project_id.as_deref()),
        universe_domain: (universe != DEFAULT_UNIVERSE).then(|| universe.to_owned()),
        ..About::default()
    }
}

/// Everything that the tokens, and the failure to get one, depend on; of the key its hash.
fn identity(key: &KeyFile, way: &[&str], scopes: &[String], wish: &Wish) -> CredentialKey {
    let material = crypto::hex(&crypto::sha256(key.private_key.expose().as_bytes()));
    let (subject, audience) = (&wish.subject, &wish.id_token_audience);
    let parts = json!([KIND, key.email, key.key_id, material, way, scopes, subject, audience, wish.auto_skew]);
    CredentialKey(crypto::sha256(parts.to_string().as_bytes()))
}

/// `error`, which says of which file it speaks.
fn of_file(error: Error, source: &str) -> Error {
    let told = Error::new(error.kind(), format!("{source}: {}", error.message())).with_hint(error.hint());
    match error.reason() {
        Some(reason) => told.with_reason(reason),
        None => told,
    }
}
