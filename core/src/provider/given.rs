//! A token that the caller has: used while it lasts, and never renewed.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{About, TokenProvider};
use crate::cache::key::{CredentialKey, KeyFields};
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::token::{Freshness, SharedToken, Token};
use crate::transport::BoxFuture;
use crate::world::World;

/// A token that the caller has.
pub(crate) struct GivenToken {
    context: Context,
    token: SharedToken,
    about: About,
}

impl GivenToken {
    /// `source`: where the caller has it from.
    pub(crate) fn of(world: &World, token: SharedToken, source: &str) -> Self {
        let about = About {
            kind: "access_token".to_owned(),
            source: source.to_owned(),
            principal: token.account().map(str::to_owned),
            scopes: token.scopes().to_vec(),
            ..About::default()
        };
        Self { context: world.context.clone(), token, about }
    }
}

impl TokenProvider for GivenToken {
    fn context(&self) -> &Context {
        &self.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        // When it expires is the caller's word, and part of what was given.
        let given = format!("{:?} {}", self.token.expires_at_unix_s(), self.token.access_token().expose());
        let name = crypto::hex(&crypto::sha256(Zeroizing::new(given).as_bytes()));
        KeyFields { grant: Some("given"), cache_key: Some(&name), ..KeyFields::default() }.key()
    }

    /// Errors: `InteractionRequired` once it has expired or was refused.
    fn fetch(self: Arc<Self>, before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        let is_over = before.is_some() || self.token.freshness(&self.context.clock.now()) == Freshness::Expired;
        let token = (*self.token).clone();
        Box::pin(async move {
            match is_over {
                false => Ok(token),
                true => {
                    Err(Error::new(Kind::InteractionRequired, "the token that was given has expired or was refused")
                        .with_hint("give a new one; a token without a refresh token cannot be renewed"))
                }
            }
        })
    }
}
