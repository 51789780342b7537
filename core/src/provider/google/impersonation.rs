//! Taking on the identity of a service account with what another credential gives (`impersonated_service_account`).
//! Source: specs, impersonation.

mod target;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

pub(crate) use self::target::Target;
use super::token::Received;
use super::{DEFAULT_UNIVERSE, Wish, call, delegation, quota, scope};
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::provider::{About, TokenProvider, json as reading};
use crate::token::{Freshness, SharedToken, Token};
use crate::transport::BoxFuture;
use crate::world::World;

/// The kind, by the name that its file gives it.
pub(super) const KIND: &str = "impersonated_service_account";
const WHO: &str = "Google's IAM";
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);
/// More than an hour needs a policy of the organisation; more than twelve nobody gets.
const LONGEST_LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// What is wanted of the credential that takes on the identity: no more than it needs for that.
pub(crate) fn inner_wish(wish: &Wish) -> Wish {
    Wish {
        scopes: Some(vec![scope::IAM.to_owned()]),
        add_email: false,
        id_token_audience: None,
        subject: None,
        impersonate: None,
        delegates: Vec::new(),
        lifetime: None,
        ..wish.clone()
    }
}

/// What is wanted of a credential that may have to take on another identity: [`inner_wish`] where it has to.
pub(crate) fn base_wish(wish: &Wish) -> Cow<'_, Wish> {
    if wish.impersonate.is_some() { Cow::Owned(inner_wish(wish)) } else { Cow::Borrowed(wish) }
}

/// `inner`, opened with [`base_wish`], or the service account that the wish names as `inner` takes it on.
///
/// Errors: as [`wrap`]; `ConfigInvalid` for an account that is no address.
pub(crate) fn as_wished(
    world: &World,
    inner: Arc<dyn TokenProvider>,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    let Some(email) = &wish.impersonate else { return Ok(inner) };
    let target = Target::of_email(email, wish.universe(inner.about().universe_domain.as_deref()))?;
    wrap(world, inner, target, wish)
}

/// The service account as `inner`, opened with [`inner_wish`], takes it on.
///
/// Errors: `ConfigInvalid` for a lifetime that nobody gets and for a subject outside Google's own cloud.
pub(crate) fn wrap(
    world: &World,
    inner: Arc<dyn TokenProvider>,
    target: Target,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    Impersonated::new(world, inner, target, wish).map(|provider| Arc::new(provider) as Arc<dyn TokenProvider>)
}

/// A service account whose identity another credential takes on.
pub(crate) struct Impersonated {
    world: World,
    inner: Arc<dyn TokenProvider>,
    /// The other credential's newest token: it serves until it is stale, because its own proof may not last as long.
    held: PerProcess<Mutex<Option<SharedToken>>>,
    target: Target,
    delegates: Vec<String>,
    scopes: Vec<String>,
    lifetime: Duration,
    id_token_audience: Option<String>,
    subject: Option<String>,
    about: About,
}

impl Impersonated {
    pub(crate) fn new(
        world: &World,
        inner: Arc<dyn TokenProvider>,
        target: Target,
        wish: &Wish,
    ) -> Result<Self, Error> {
        let of_inner = inner.about();
        let universe = wish.universe(of_inner.universe_domain.as_deref()).to_owned();
        if wish.subject.is_some() {
            delegation::check_universe(&universe)?;
        }
        let lifetime = wish.lifetime.unwrap_or(DEFAULT_LIFETIME);
        if lifetime > LONGEST_LIFETIME || lifetime < Duration::from_secs(1) {
            return Err(Error::new(Kind::ConfigInvalid, "a token of an impersonated account lasts 1 to 43200 seconds")
                .with_hint("ask for an hour; more needs a policy of your organisation"));
        }
        let scopes = wish.scopes.clone().unwrap_or_else(|| vec![scope::CLOUD_PLATFORM.to_owned()]);
        let about = About {
            kind: KIND.to_owned(),
            source: of_inner.source.clone(),
            principal: Some(wish.subject.clone().unwrap_or_else(|| target.email.clone())),
            scopes: scopes.clone(),
            project_id: target.project_id().or_else(|| of_inner.project_id.clone()),
            quota_project_id: quota::project(&world.context, wish, of_inner.quota_project_id.as_deref()),
            universe_domain: (universe != DEFAULT_UNIVERSE).then_some(universe),
            ..About::default()
        };
        Ok(Self {
            world: world.clone(),
            inner,
            held: PerProcess::new(),
            target,
            delegates: wish.delegates.iter().map(|delegate| target::account_name(delegate)).collect(),
            scopes,
            lifetime,
            id_token_audience: wish.id_token_audience.clone(),
            subject: wish.subject.clone(),
            about,
        })
    }

    /// The account's signature of `bytes`, by a key that Google keeps. Effects: `[net]`.
    async fn sign_blob(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let body = json!({"delegates": self.delegates, "payload": STANDARD.encode(bytes)});
        let answer = self.ask("signBlob", body).await?;
        let signature = reading::filled(&answer, "signedBlob").and_then(|text| STANDARD.decode(text).ok());
        signature.ok_or_else(|| Error::new(Kind::Protocol, format!("{WHO} answered without a signature")))
    }

    async fn token(&self) -> Result<Token, Error> {
        match (&self.id_token_audience, &self.subject) {
            (Some(_), Some(_)) => Err(Error::new(Kind::ConfigInvalid, "an ID token is the service account's own")
                .with_hint("leave out the subject, or ask for an access token")),
            (Some(audience), None) => self.id_token(audience).await,
            (None, Some(subject)) => self.token_of(subject).await,
            (None, None) => self.access_token().await,
        }
    }

    async fn access_token(&self) -> Result<Token, Error> {
        let requested_at_unix_s = self.now_unix_s();
        let body = json!({
            "delegates": self.delegates,
            "scope": self.scopes,
            "lifetime": format!("{}s", self.lifetime.as_secs()),
        });
        let mut answer = self.ask("generateAccessToken", body).await?;
        let access_token = call::required_secret(WHO, &mut answer, "accessToken")?;
        let expires_at_unix_s = reading::filled(&answer, "expireTime").and_then(reading::timestamp);
        let received = Received {
            access_token,
            expires_at_unix_s,
            scopes_requested: self.scopes.clone(),
            scopes_granted: None,
            kind: KIND,
            endpoint: self.target.method("generateAccessToken").to_string(),
            account: self.about.principal.clone(),
            requested_at_unix_s,
        };
        Ok(received.into_token(&self.world.context))
    }

    async fn id_token(&self, audience: &str) -> Result<Token, Error> {
        let requested_at_unix_s = self.now_unix_s();
        let body = json!({"audience": audience, "delegates": self.delegates, "includeEmail": true});
        let mut answer = self.ask("generateIdToken", body).await?;
        let received = Received {
            access_token: call::required_secret(WHO, &mut answer, "token")?,
            expires_at_unix_s: None,
            scopes_requested: Vec::new(),
            scopes_granted: None,
            kind: KIND,
            endpoint: self.target.method("generateIdToken").to_string(),
            account: self.about.principal.clone(),
            requested_at_unix_s,
        };
        Ok(received.into_id_token(&self.world.context))
    }

    /// Of the user whom the account stands in for: Google signs the statement that is exchanged.
    async fn token_of(&self, subject: &str) -> Result<Token, Error> {
        let statement = delegation::Statement { account: &self.target.email, subject, scopes: &self.scopes };
        let claims = statement.claims(self.now_unix_s()).to_json();
        let mut answer = self.ask("signJwt", json!({"delegates": self.delegates, "payload": claims})).await?;
        let assertion = call::required_secret(WHO, &mut answer, "signedJwt")?;
        statement.exchange(&self.world, assertion).await
    }

    /// Google's answer, asked with the other credential's token; once more with another one where that was refused.
    async fn ask(&self, verb: &str, body: Value) -> Result<Map<String, Value>, Error> {
        let url = self.target.method(verb);
        let token = self.inner_token().await?;
        let answer = match call::post(&self.world.context, WHO, &url, &token, &body).await {
            Err(error) if error.http_status() == Some(401) => {
                self.forget_inner(&token);
                let token = self.inner_token().await?;
                call::post(&self.world.context, WHO, &url, &token, &body).await
            }
            answer => answer,
        };
        answer.map_err(|error| self.explained(error))
    }

    async fn inner_token(&self) -> Result<SharedToken, Error> {
        let held = self.held.get_or_init(Mutex::default);
        let newest = lock(&held).clone();
        let now = self.world.context.clock.now();
        if let Some(token) = newest.as_ref().filter(|token| token.freshness(&now) == Freshness::Fresh) {
            return Ok(token.clone());
        }
        let token = Arc::new(self.inner.clone().fetch(newest).await?);
        *lock(&held) = Some(token.clone());
        Ok(token)
    }

    fn forget_inner(&self, refused: &SharedToken) {
        let held = self.held.get_or_init(Mutex::default);
        let mut held = lock(&held);
        if held.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            *held = None;
        }
    }

    fn explained(&self, error: Error) -> Error {
        let email = &self.target.email;
        let who = self.inner.about().principal.as_deref().unwrap_or("the credential that asks");
        match error.http_status() {
            Some(403) => error.with_hint(format!(
                "give {who} the role roles/iam.serviceAccountTokenCreator on {email} (a new role takes minutes to count), \
                 and enable the IAM Service Account Credentials API in its project"
            )),
            Some(404) => error.with_hint(format!("there is no service account {email}: check the address")),
            Some(400) => error.with_hint("check the scopes, the delegates and the lifetime that are asked for"),
            _ => error,
        }
    }

    fn now_unix_s(&self) -> i64 {
        self.world.context.clock.now_unix_ms().div_euclid(1000)
    }
}

impl TokenProvider for Impersonated {
    fn context(&self) -> &Context {
        &self.world.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        let parts = json!([
            KIND,
            self.inner.key().hex(),
            self.target.url().as_str(),
            self.delegates,
            self.scopes,
            self.lifetime.as_secs(),
            self.id_token_audience,
            self.subject,
        ]);
        CredentialKey(crypto::sha256(parts.to_string().as_bytes()))
    }

    fn signer(&self) -> Option<&str> {
        Some(&self.target.email)
    }

    fn sign<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(self.sign_blob(bytes))
    }

    fn fetch(self: Arc<Self>, _before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move { self.token().await })
    }
}
