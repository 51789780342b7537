//! A service account's signed statement that is itself the token: nobody is asked. Source: specs, self-signed JWT.

use std::sync::Arc;

use super::key::KeyFile;
use super::{ASSERTION_LIFETIME_S, KIND, about, identity, of_file};
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::error::Error;
use crate::jose::{Algorithm, Claims, SigningKey, jws};
use crate::kinds::Kind;
use crate::provider::google::token::Received;
use crate::provider::google::{Wish, scope};
use crate::provider::{About, TokenProvider};
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;
use crate::world::World;

/// A clock that is a little ahead would make a statement that is not valid yet. Units: seconds.
const BACKDATED_S: i64 = 10;

/// The account, which then speaks for itself alone.
///
/// Errors: `ConfigInvalid` for a damaged key, and with a subject, which such a token cannot name.
pub(super) fn open(
    world: &World,
    key: KeyFile,
    universe: String,
    source: &str,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    if wish.subject.is_some() {
        return Err(Error::new(Kind::ConfigInvalid, "a self-signed token cannot stand in for a subject")
            .with_hint("leave out the subject, or use the mode oauth"));
    }
    let scopes = scope::normalised(wish.scopes.clone().unwrap_or_else(|| vec![scope::CLOUD_PLATFORM.to_owned()]));
    let signing = world.signing_key(&key.private_key).map_err(|error| of_file(error, source))?;
    Ok(Arc::new(SelfSigned {
        context: world.context.clone(),
        signing: match &key.key_id {
            Some(kid) => signing.with_kid(kid),
            None => signing,
        },
        about: about(&key, &scopes, &universe, source, wish, &world.context),
        key: identity(&key, &["self_signed", &universe], &scopes, wish),
        email: key.email,
        scopes,
    }))
}

struct SelfSigned {
    context: Context,
    signing: SigningKey,
    email: String,
    scopes: Vec<String>,
    key: CredentialKey,
    about: About,
}

impl SelfSigned {
    fn token(&self) -> Result<Token, Error> {
        let now_unix_s = self.context.clock.now_unix_ms().div_euclid(1000);
        let issued_at = now_unix_s.saturating_sub(BACKDATED_S);
        let expires_at = issued_at.saturating_add_unsigned(ASSERTION_LIFETIME_S);
        let claims = Claims::new()
            .with("iss", self.email.as_str())
            .with("sub", self.email.as_str())
            .with("scope", self.scopes.join(" "))
            .with("iat", issued_at)
            .with("exp", expires_at);
        let received = Received {
            access_token: jws::sign_claims(&self.signing, None, &Claims::new().with("typ", "JWT"), &claims)?,
            expires_at_unix_s: Some(expires_at),
            scopes_requested: self.scopes.clone(),
            scopes_granted: None,
            kind: KIND,
            endpoint: String::new(),
            account: Some(self.email.clone()),
            requested_at_unix_s: now_unix_s,
        };
        Ok(received.into_token(&self.context))
    }
}

impl TokenProvider for SelfSigned {
    fn context(&self) -> &Context {
        &self.context
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
        Box::pin(async move { self.signing.sign(Algorithm::Rs256, bytes) })
    }

    fn fetch(self: Arc<Self>, _before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move { self.token() })
    }
}
