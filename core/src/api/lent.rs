//! A source's tokens as the credential that another identity is taken on with.

use std::sync::Arc;

use super::TokenSource;
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::provider::{About, TokenProvider};
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;

/// A source's tokens, renewed by the source.
pub(crate) struct Lent {
    source: TokenSource,
    about: About,
}

impl TokenSource {
    /// The tokens of this source as a credential.
    pub(crate) fn lent(&self) -> Lent {
        Lent { about: self.about(), source: self.clone() }
    }
}

impl TokenProvider for Lent {
    fn context(&self) -> &Context {
        self.source.0.root.context()
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        CredentialKey(crypto::sha256(format!("lent {}", self.source.key()).as_bytes()))
    }

    /// Errors: those of the source; `InteractionRequired` once somebody has to sign in again.
    fn fetch(self: Arc<Self>, _: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move { self.source.token_quietly().await.map(|token| (*token).clone()) })
    }
}
