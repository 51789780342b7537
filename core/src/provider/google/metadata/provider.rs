//! A machine's identity as a credential.

use std::sync::Arc;

use super::accounts::MachineAccount;
use super::client::MetadataServer;
use super::host::ProbeOptions;
use super::request::unreliable;
use crate::cache::key::{CredentialKey, KeyFields};
use crate::context::Context;
use crate::error::Error;
use crate::jose::Jws;
use crate::kinds::Kind;
use crate::provider::google::impersonation::{Impersonated, Target};
use crate::provider::google::token::Received;
use crate::provider::google::{Wish, quota, scope};
use crate::provider::{About, TokenProvider};
use crate::secret::Secret;
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;
use crate::world::World;

/// As reports show it, and R's registry calls it.
pub(crate) const KIND: &str = "gce";

/// What came of opening a machine's identity.
pub(crate) enum Opened {
    /// It fits.
    Fits(Arc<dyn TokenProvider>),
    /// There is one, and it is not what is wanted, for this reason: part of a sentence.
    Unfit(String),
}

/// The identity of this machine, as `service_account` or as its own. Effects: `[disk]` `[net]`.
///
/// Errors: `ConfigInvalid` for variables that make no sense, and with the reason `unknown_service_account`; those of the
/// exchange.
pub(crate) async fn open(
    world: &World,
    options: &ProbeOptions,
    service_account: Option<&str>,
    wish: &Wish,
) -> Result<Opened, Error> {
    let server = MetadataServer::new(world, options)?;
    let accounts = server.accounts().await?;
    let Some(account) = accounts.choose(service_account)?.cloned() else {
        return Ok(Opened::Unfit("this machine has no service account of its own".to_owned()));
    };
    if let Some(missing) = missing_scopes(&server, &account, wish) {
        let whose = account.email.as_deref().unwrap_or(&account.name);
        return Ok(Opened::Unfit(format!("the service account {whose} of this machine has not the scopes {missing}")));
    }
    wish.check_plain("the machine's own identity", |option| matches!(option, "subject" | "id_token_audience"))?;
    let machine = MachineIdentity::new(world, server, account, wish);
    Ok(Opened::Fits(match wish.subject {
        Some(_) => Arc::new(machine.by_iam(wish)?),
        None => Arc::new(machine),
    }))
}

/// What tokens of that account are good for on this machine. Effects: `[disk]` `[net]`. Errors: as [`open`].
pub(crate) async fn scopes_of(
    world: &World,
    options: &ProbeOptions,
    service_account: Option<&str>,
) -> Result<Vec<String>, Error> {
    let accounts = MetadataServer::new(world, options)?.accounts().await?;
    Ok(accounts.choose(service_account)?.map(|account| account.scopes.clone()).unwrap_or_default())
}

/// The wanted scopes that this machine's tokens will not have, as people read them.
fn missing_scopes(server: &MetadataServer, account: &MachineAccount, wish: &Wish) -> Option<String> {
    if wish.id_token_audience.is_some() || server.scopes_are_free {
        return None;
    }
    let missing = scope::uncovered(wish.scopes.as_deref()?, &account.scopes);
    (!missing.is_empty()).then(|| missing.join(" "))
}

/// What is fetched.
#[derive(Clone)]
enum Wanted {
    /// An access token with these scopes; none means all that the account has.
    Access(Vec<String>),
    /// An ID token for this audience.
    Identity(String),
}

/// A service account of a machine.
#[derive(Clone)]
struct MachineIdentity {
    world: World,
    server: MetadataServer,
    account: MachineAccount,
    wanted: Wanted,
    about: About,
}

impl MachineIdentity {
    fn new(world: &World, server: MetadataServer, account: MachineAccount, wish: &Wish) -> Self {
        let scopes = wish.scopes.clone().unwrap_or_default();
        let about = About {
            kind: KIND.to_owned(),
            source: server.name(),
            principal: account.email.clone(),
            scopes: if scopes.is_empty() { account.scopes.clone() } else { scopes.clone() },
            quota_project_id: quota::project(&server.context, wish, None),
            universe_domain: wish.universe_domain.clone(),
            ..About::default()
        };
        let wanted = match &wish.id_token_audience {
            Some(audience) => Wanted::Identity(audience.clone()),
            None => Wanted::Access(scopes),
        };
        Self { world: world.clone(), server, account, wanted, about }
    }

    async fn access_token(&self, scopes: &[String]) -> Result<Token, Error> {
        let token = self.server.token(&self.account.name, scopes).await?;
        let expires_at = token.expires_in_s.map(|seconds| token.requested_at_unix_s.saturating_add(seconds));
        // Only the runtimes without machines give what is asked for; a machine gives what it was made with.
        let granted = (!self.server.scopes_are_free).then(|| self.account.scopes.clone());
        let received = Received {
            scopes_requested: scopes.to_vec(),
            scopes_granted: granted,
            ..self.received(token.access_token, expires_at, token.requested_at_unix_s)
        };
        Ok(received.into_token(&self.server.context))
    }

    async fn id_token(&self, audience: &str) -> Result<Token, Error> {
        let requested_at = self.server.context.clock.now_unix_ms().div_euclid(1000);
        let id_token = self.server.identity(&self.account.name, audience).await?;
        if Jws::read(id_token.expose()).is_err() {
            return Err(unreliable(&self.server.name(), "with something else than an ID token"));
        }
        let received = self.received(id_token, None, requested_at);
        Ok(received.into_id_token(&self.server.context))
    }

    /// The account as Google's IAM takes it on, for the account itself: the machine has no key of it.
    fn by_iam(&self, wish: &Wish) -> Result<Impersonated, Error> {
        let email = self.account.email.as_deref().ok_or_else(|| {
            Error::new(Kind::InvalidState, "the machine's account has no address, and so nobody can sign for it")
                .with_hint("use a service account's key, or name the account to impersonate")
        })?;
        let target = Target::of_email(email, wish.universe(None))?;
        let asker = Self { wanted: Wanted::Access(vec![scope::IAM.to_owned()]), ..self.clone() };
        Impersonated::new(&self.world, Arc::new(asker), target, wish)
    }

    fn received(&self, token: Secret, expires_at_unix_s: Option<i64>, requested_at_unix_s: i64) -> Received {
        Received {
            access_token: token,
            expires_at_unix_s,
            scopes_requested: Vec::new(),
            scopes_granted: None,
            kind: KIND,
            endpoint: self.server.token_url(&self.account.name).to_string(),
            account: self.account.email.clone(),
            requested_at_unix_s,
        }
    }
}

impl TokenProvider for MachineIdentity {
    fn context(&self) -> &Context {
        &self.server.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        let (scopes, audience) = match &self.wanted {
            Wanted::Access(scopes) => (scopes.as_slice(), &[][..]),
            Wanted::Identity(audience) => (&[][..], std::slice::from_ref(audience)),
        };
        KeyFields {
            token_endpoint: Some(self.server.token_url(&self.account.name).as_str()),
            grant: Some(KIND),
            scopes,
            audience,
            subject: self.account.email.as_deref(),
            cache_key: self.about.quota_project_id.as_deref(),
            ..KeyFields::default()
        }
        .key()
    }

    fn signer(&self) -> Option<&str> {
        self.account.email.as_deref()
    }

    fn sign<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        let wish = Wish { universe_domain: self.about.universe_domain.clone(), ..Wish::default() };
        Box::pin(async move { self.by_iam(&wish)?.sign(bytes).await })
    }

    fn fetch(self: Arc<Self>, _before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move {
            match &self.wanted {
                Wanted::Access(scopes) => self.access_token(scopes).await,
                Wanted::Identity(audience) => self.id_token(audience).await,
            }
        })
    }
}
