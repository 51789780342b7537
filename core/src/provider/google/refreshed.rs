//! A person's grant in a file: another token for its refresh token, whenever one runs out. Source: specs, user credentials.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::token::Received;
use super::{Wish, remedies, scope};
use crate::cache::graves::Graves;
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::json::{filled, take_secret, timestamp};
use crate::provider::{About, TokenProvider};
use crate::reason::Reason;
use crate::renewal::{Want, renew};
use crate::secret::Secret;
use crate::server::Server;
use crate::settings::{GrantKind, TokenRequest};
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;

/// With less left, a token in a file is not worth beginning with. Units: seconds.
const STALE_S: i64 = 225;

/// A token that a file holds beside the grant.
pub(super) struct Stored {
    access_token: Secret,
    expires_at_unix_s: i64,
    scopes: Option<Vec<String>>,
}

impl Stored {
    /// The token in these members, taken out of them. Shape: `None` without one, and without its expiry: such a token
    /// counts as expired.
    pub(super) fn take(file: &mut Map<String, Value>) -> Option<Self> {
        let expires_at_unix_s = filled(file, "expiry").and_then(timestamp);
        let scopes = file.get("scopes").map(|scopes| match scopes {
            Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            scopes => scope::resolve(&[scopes.as_str().unwrap_or_default()], &[]),
        });
        let access_token = take_secret(file, "token")?;
        Some(Self { access_token, expires_at_unix_s: expires_at_unix_s?, scopes })
    }
}

/// A person's grant in a file.
pub(super) struct Refreshed {
    pub(super) kind: &'static str,
    pub(super) server: Arc<Server>,
    pub(super) refresh_token: Option<Secret>,
    /// Further parameters of a refresh.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) stored: Option<Stored>,
    pub(super) scopes: Option<Vec<String>>,
    /// Whether the ID token that comes along is what is wanted.
    pub(super) is_id_token: bool,
    /// How the person signs in again, with these scopes where some are lacking.
    pub(super) again: fn(&[&str]) -> String,
    pub(super) graves: Arc<Graves>,
    pub(super) about: About,
}

impl Refreshed {
    async fn token(&self, before: Option<SharedToken>) -> Result<Token, Error> {
        match (&self.stored, &before) {
            (Some(stored), None) if !self.is_id_token && self.may_begin_with(stored) => self.begun_with(stored),
            _ => self.refreshed(before).await,
        }
    }

    fn may_begin_with(&self, stored: &Stored) -> bool {
        let covers = stored.scopes.as_ref().is_none_or(|granted| {
            self.scopes.as_ref().is_none_or(|wanted| scope::uncovered(wanted, granted).is_empty())
        });
        covers && (self.refresh_token.is_none() || stored.expires_at_unix_s - self.server.now_unix_s() > STALE_S)
    }

    fn begun_with(&self, stored: &Stored) -> Result<Token, Error> {
        if stored.expires_at_unix_s <= self.server.now_unix_s() {
            let message = format!("the token in {} has expired, and there is no refresh token", self.about.source);
            return Err(Error::new(Kind::InteractionRequired, message).with_hint((self.again)(&[])));
        }
        Ok(self.received(stored.access_token.clone(), stored).into_token(&self.server.context))
    }

    fn received(&self, access_token: Secret, stored: &Stored) -> Received {
        Received {
            access_token,
            expires_at_unix_s: Some(stored.expires_at_unix_s),
            scopes_requested: self.scopes.clone().unwrap_or_default(),
            scopes_granted: stored.scopes.clone(),
            kind: self.kind,
            endpoint: self.about.source.clone(),
            account: self.about.principal.clone(),
            requested_at_unix_s: self.server.now_unix_s(),
        }
    }

    async fn refreshed(&self, before: Option<SharedToken>) -> Result<Token, Error> {
        let rotated = before.as_ref().and_then(|token| token.refresh_token.clone());
        let Some(refresh_token) = rotated.or_else(|| self.refresh_token.clone()) else {
            let message = format!("{} has no refresh token", self.about.source);
            return Err(Error::new(Kind::InteractionRequired, message).with_hint((self.again)(&[])));
        };
        let request = TokenRequest {
            grant: GrantKind::RefreshToken,
            refresh_token: Some(refresh_token.clone()),
            token_params: self.parameters.clone(),
            ..TokenRequest::default()
        };
        let renewed = renew(None, self.server.clone(), Arc::new(request), Want::default(), self.graves.clone()).await;
        let token = renewed.map_err(|error| remedies::of_refresh(error, &(self.again)(&[])))?;
        let token = Token {
            scopes_requested: self.scopes.clone().unwrap_or_default(),
            account: self.about.principal.clone(),
            refresh_token: token.refresh_token.or(Some(refresh_token)),
            ..token
        };
        if self.is_id_token { self.id_token(token) } else { self.covering(token) }
    }

    /// `token`, if it was granted what is wanted: Google does not refuse a refresh for scopes that it lacks.
    fn covering(&self, token: Token) -> Result<Token, Error> {
        let missing = match (&self.scopes, &token.scopes_granted) {
            (Some(wanted), Some(granted)) => scope::uncovered(wanted, granted),
            _ => Vec::new(),
        };
        if missing.is_empty() {
            return Ok(token);
        }
        let shown: Vec<_> = missing.iter().map(|scope| scope::display(scope)).collect();
        let message = format!("the credential in {} was not given the scopes {}", self.about.source, shown.join(", "));
        Err(Error::new(Kind::Denied, message).with_reason(Reason::InsufficientScopes).with_hint((self.again)(&missing)))
    }

    fn id_token(&self, token: Token) -> Result<Token, Error> {
        let id_token = token.id_token.ok_or_else(|| {
            Error::new(Kind::Denied, format!("no ID token comes with {}", self.about.source))
                .with_reason(Reason::InsufficientScopes)
                .with_hint((self.again)(&["openid"]))
        })?;
        let received = Received {
            access_token: id_token,
            expires_at_unix_s: token.expires_at_unix_s,
            scopes_requested: Vec::new(),
            scopes_granted: None,
            kind: self.kind,
            endpoint: token.origin.token_endpoint.clone(),
            account: self.about.principal.clone(),
            requested_at_unix_s: token.requested_at_unix_s,
        };
        Ok(Token { refresh_token: token.refresh_token, ..received.into_id_token(&self.server.context) })
    }
}

impl TokenProvider for Refreshed {
    fn context(&self) -> &Context {
        &self.server.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        let hash = |secret: &Secret| crypto::hex(&crypto::sha256(secret.expose().as_bytes()));
        let stored = self.stored.as_ref().map(|stored| hash(&stored.access_token));
        let proof = self.refresh_token.as_ref().map(hash);
        let client = &self.server.settings;
        let endpoint = client.token_endpoint.as_ref().map(url::Url::as_str);
        let secret = client.client_secret.as_ref().map(hash);
        let parameters: Vec<_> =
            self.parameters.iter().map(|(name, value)| (name, hash(&Secret::new(value.as_str())))).collect();
        let parts = json!([
            self.kind,
            endpoint,
            client.client_id,
            secret,
            proof,
            stored,
            parameters,
            self.scopes,
            self.is_id_token
        ]);
        CredentialKey(crypto::sha256(parts.to_string().as_bytes()))
    }

    fn fetch(self: Arc<Self>, before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move { self.token(before).await })
    }
}

/// What a person's grant cannot do.
///
/// Errors: `ConfigInvalid` for a subject, and for an ID token whose audience is another than the client.
pub(super) fn check_wish(wish: &Wish, client_id: Option<&str>, kind: &str) -> Result<(), Error> {
    if wish.subject.is_some() {
        return Err(Error::new(Kind::ConfigInvalid, format!("{kind} cannot stand in for a subject"))
            .with_hint("leave out the subject, or use a service account with domain-wide delegation"));
    }
    match &wish.id_token_audience {
        Some(audience) if Some(audience.as_str()) != client_id => {
            Err(Error::new(Kind::ConfigInvalid, format!("{kind} gives ID tokens for its own client alone"))
                .with_hint("impersonate a service account, which gives ID tokens for any audience"))
        }
        _ => Ok(()),
    }
}
