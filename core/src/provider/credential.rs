//! A credential that gives tokens without anybody: a key, a machine's identity, somebody else's token.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use url::Url;

use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::endpoint_url;
use crate::provider::google::quota;
use crate::secret::Secret;
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;

/// A credential that gives tokens without anybody, asked again whenever its token runs out.
pub(crate) trait TokenProvider: Send + Sync {
    /// The world that it lives in.
    fn context(&self) -> &Context;

    /// What is known of it without asking anybody.
    fn about(&self) -> &About;

    /// What makes it another credential than others of this process: everything that its tokens depend on.
    fn key(&self) -> CredentialKey;

    /// Another token. `before`: the one that it succeeds, for credentials that carry something over. Effects: `[net]`
    /// `[disk]`.
    fn fetch(self: Arc<Self>, before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>>;

    /// The address whose signature [`TokenProvider::sign`] gives. Shape: `None` for those that cannot sign.
    fn signer(&self) -> Option<&str> {
        None
    }

    /// The credential's own signature of `bytes`, for those that have a key or somebody who signs for them. Effects: `[net]`
    /// for the latter. Source: RFC 8017 PKCS#1 v1.5 with SHA-256.
    ///
    /// Errors: `InvalidState` for all others.
    fn sign<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        let _ = bytes;
        let kind = &self.about().kind;
        Box::pin(async move {
            Err(Error::new(Kind::InvalidState, format!("a credential of the kind {kind} cannot sign"))
                .with_hint("use a service account's key, or name the account to impersonate"))
        })
    }

    /// Header fields that its requests carry beside the authorization: the project that they are charged to.
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        quota::header(self.about())
    }
}

/// What is known of a credential without asking anybody. Holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// Its kind by the name that its file gives it, such as `service_account`; for a client's grant the grant's name.
    pub kind: String,
    /// Where it was found: a path, a variable, a server.
    pub source: String,
    /// Whose it is, as far as that is known: an address or a subject.
    pub principal: Option<String>,
    /// The client that it was given to, where there is one.
    pub client_id: Option<String>,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// The project that it belongs to.
    pub project_id: Option<String>,
    /// The project that requests are charged to.
    pub quota_project_id: Option<String>,
    /// The cloud that it is good in. Shape: `None` where there is only one.
    pub universe_domain: Option<String>,
}

impl About {
    /// The same by name, for reports; `None` for what is not known.
    pub fn fields(&self) -> Vec<(&'static str, Option<String>)> {
        let scopes = (!self.scopes.is_empty()).then(|| self.scopes.join(" "));
        vec![
            ("kind", Some(self.kind.clone())),
            ("source", Some(self.source.clone())),
            ("principal", self.principal.clone()),
            ("client_id", self.client_id.clone()),
            ("scopes", scopes),
            ("project_id", self.project_id.clone()),
            ("quota_project_id", self.quota_project_id.clone()),
            ("universe_domain", self.universe_domain.clone()),
        ]
    }
}

/// The header field that presents `token` to an API.
///
/// Errors: `ConfigInvalid` for an address that others can listen to.
pub(crate) fn authorization(token: &Token, url: &Url) -> Result<Vec<(String, Secret)>, Error> {
    endpoint_url::check("API address", url, false)?;
    Ok(vec![(AUTHORIZATION.as_str().to_owned(), token.authorization()?.clone())])
}
