//! Identities of other clouds, build servers and companies (workload and workforce identity federation): a proof of
//! identity is exchanged for a token, with which a service account's identity may be taken on.
//!
//! [`config`] says what the file says, [`subject`] where proofs come from, [`exchange`] what is given for them; the rest is
//! [`super::impersonation`]'s. Nothing is kept but tokens: a renewal begins with another proof.

mod config;
mod exchange;
mod members;
mod reach;
mod subject;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::config::Config;
use self::subject::SubjectTokens;
pub use self::subject::{SubjectTokenSupplier, Supplier};
use super::{DEFAULT_UNIVERSE, Wish, impersonation, quota, scope};
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::{About, TokenProvider};
use crate::token::{Origin, SharedToken, Token};
use crate::transport::BoxFuture;
use crate::world::World;

/// The kind, by the name that its file gives it.
pub(super) const KIND: &str = "external_account";

/// The credential that the members of a file describe; `source` names the file. No I/O.
///
/// Errors: `ConfigInvalid` naming the member; with the reason `UntrustedAddress` for addresses that are not the cloud's.
pub(crate) fn open(
    world: &World,
    config: Map<String, Value>,
    source: &str,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    build(world, config, source, wish, None)
}

/// The same with proofs that the program gives itself, in place of a `credential_source`. Errors: as [`open`].
pub(crate) fn open_supplied(
    world: &World,
    config: Map<String, Value>,
    source: &str,
    wish: &Wish,
    supplier: Supplier,
) -> Result<Arc<dyn TokenProvider>, Error> {
    build(world, config, source, wish, Some(supplier))
}

fn build(
    world: &World,
    members: Map<String, Value>,
    source: &str,
    wish: &Wish,
    supplier: Option<Supplier>,
) -> Result<Arc<dyn TokenProvider>, Error> {
    // Two suppliers may speak for two people.
    let distinction = supplier.as_ref().map(Supplier::number);
    let (config, subject) = config::read(&members, source, wish, supplier)?;
    let scopes = scopes(wish);
    let about = about(&config, source, &scopes, quota::project(&world.context, wish, config.quota_project.as_deref()));
    let federated_scopes = if config.impersonation.is_some() { vec![scope::IAM.to_owned()] } else { scopes.clone() };
    let parts = json!([KIND, members, config.universe, federated_scopes, distinction]);
    let target =
        config.impersonation.as_ref().map(|impersonation| (impersonation.target.clone(), impersonation.lifetime));
    let federated = Arc::new(Federated {
        world: world.clone(),
        key: CredentialKey(crypto::sha256(parts.to_string().as_bytes())),
        scopes: federated_scopes,
        about: about.clone(),
        config,
        subject,
    });
    let Some((target, lifetime)) = target else {
        check_own_wish(wish)?;
        return Ok(federated);
    };
    let wish = Wish { scopes: Some(scopes), lifetime: wish.lifetime.or(lifetime), ..wish.clone() };
    let inner = impersonation::wrap(world, federated, target, &wish)?;
    let about = About { principal: inner.about().principal.clone(), ..about };
    Ok(Arc::new(Impersonating { inner, about }))
}

/// What is asked for: what the caller names, else all of Google Cloud.
fn scopes(wish: &Wish) -> Vec<String> {
    let wanted = wish.scopes.clone().unwrap_or_else(|| vec![scope::CLOUD_PLATFORM.to_owned()]);
    if wish.add_email { scope::with_email(wanted) } else { wanted }
}

/// Whether the exchange alone can bring what is wanted.
fn check_own_wish(wish: &Wish) -> Result<(), Error> {
    let what = match wish {
        Wish { id_token_audience: Some(_), .. } => "an ID token",
        Wish { subject: Some(_), .. } => "a user's token (subject)",
        _ => return Ok(()),
    };
    Err(Error::new(Kind::ConfigInvalid, format!("{what} cannot be had with an external account alone")).with_hint(
        "name a service account to impersonate, here or as service_account_impersonation_url in the configuration",
    ))
}

fn about(config: &Config, source: &str, scopes: &[String], quota_project_id: Option<String>) -> About {
    About {
        kind: KIND.to_owned(),
        source: source.to_owned(),
        principal: config.email().map(str::to_owned),
        client_id: config.client.as_ref().map(|(id, _)| id.clone()),
        scopes: scopes.to_vec(),
        project_id: config.project_number().map(str::to_owned).or_else(|| config.user_project.clone()),
        quota_project_id,
        universe_domain: (config.universe != DEFAULT_UNIVERSE).then(|| config.universe.clone()),
    }
}

/// Tokens that are given for proofs of identity.
struct Federated {
    world: World,
    config: Config,
    subject: Box<dyn SubjectTokens>,
    scopes: Vec<String>,
    about: About,
    key: CredentialKey,
}

impl Federated {
    async fn token(&self) -> Result<Token, Error> {
        let proof = self.subject.fetch(&self.world).await?;
        let token = exchange::token(&self.world, &self.config, proof, self.subject.name(), &self.scopes).await?;
        let origin = Origin { grant: KIND.to_owned(), ..(*token.origin).clone() };
        Ok(Token { origin: Arc::new(origin), ..token })
    }
}

impl TokenProvider for Federated {
    fn context(&self) -> &Context {
        &self.world.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        self.key
    }

    fn fetch(self: Arc<Self>, _before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move { self.token().await })
    }
}

/// The service account whose identity is taken on, which is one credential with the pool in the eyes of its user.
struct Impersonating {
    inner: Arc<dyn TokenProvider>,
    about: About,
}

impl TokenProvider for Impersonating {
    fn context(&self) -> &Context {
        self.inner.context()
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        self.inner.key()
    }

    fn signer(&self) -> Option<&str> {
        self.inner.signer()
    }

    fn sign<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        self.inner.sign(bytes)
    }

    fn fetch(self: Arc<Self>, before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        self.inner.clone().fetch(before)
    }
}
