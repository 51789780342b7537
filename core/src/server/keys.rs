//! The server's public keys, and with them whether an ID token is really its own.

use std::sync::Arc;

use url::Url;

use super::memory::Remembered;
use super::{Known, Server};
use crate::error::Error;
use crate::jose::{Algorithm, Jwks};
use crate::oauth::discovery::{Age, IssuerMatch, ServerMetadata};
use crate::oauth::endpoints::Endpoint;
use crate::oauth::id_token::{self, Expectations, ExpectedIssuer, IdClaims};
use crate::oauth::{Warning, scope};
use crate::secret::Secret;
use crate::settings::{IdTokenPolicy, TokenRequest};
use crate::token::Token;

/// A key that nobody knows is looked up again, but no more often than this: anybody can make up a key's name.
const REFETCH_S: i64 = 300;
/// What stands for a tenant in an issuer that names none, and the claim that names it.
const TENANT: (&str, &str) = ("{tenantid}", "tid");

impl Server {
    /// `token`, whose ID token, if it has one, was checked. `nonce` and `code`: those of the sign-in.
    ///
    /// Errors: `Protocol` with the reason `id_token_invalid` or `nonce_mismatch`, unless the request only wants a
    /// warning.
    pub(crate) async fn with_checked_id_token(
        &self,
        mut token: Token,
        request: &TokenRequest,
        nonce: Option<&Secret>,
        code: Option<&Secret>,
    ) -> Result<Token, Error> {
        let Some(id_token) = token.id_token.clone() else {
            if scope::wants_id_token(&request.scopes) {
                token.warnings.push(Warning::MissingIdToken);
            }
            return Ok(token);
        };
        let known = self.known_offline();
        let Some(issuer) = self.id_token_issuer(&known) else { return Ok(token) };
        let secret = self.client_secret()?;
        let algorithms = known.metadata.as_ref().map(|metadata| algorithms(metadata)).unwrap_or_default();
        let now_unix_s =
            known.endpoints.get(Endpoint::Token).map_or(self.now_unix_s(), |at| self.server_time_unix_s(at));
        let expected = Expectations {
            nonce,
            // Who redeems no code has not seen the sign-in; a server may repeat its nonce all the same.
            began_elsewhere: code.is_none(),
            max_age_s: request.max_age_s,
            access_token: Some(&token.access_token),
            code,
            algorithms: &algorithms,
            client_secret: secret.as_ref(),
            original: token.id_claims.as_ref(),
            ..Expectations::new(issuer, &self.settings.client_id, now_unix_s)
        };
        match self.checked_id_token(&id_token, &expected, &known).await {
            Ok(claims) => {
                token.account = Some(claims.subject.clone());
                token.id_claims = Some(claims);
                Ok(token)
            }
            Err(error) if request.id_token_policy == IdTokenPolicy::Warn => {
                tracing::warn!("{error}; the access token is used all the same");
                Ok(token)
            }
            Err(error) => Err(error),
        }
    }

    /// Checks an ID token: its claims, and its signature where the server's keys can be had. Effects: `[net]`.
    ///
    /// Errors: `Protocol` with the reason `id_token_invalid` or `nonce_mismatch`.
    pub(crate) async fn checked_id_token(
        &self,
        id_token: &Secret,
        expected: &Expectations<'_>,
        known: &Known,
    ) -> Result<IdClaims, Error> {
        let keys = match known.endpoints.get(Endpoint::Jwks) {
            Some(address) => self.keys(address, Age::Stale).await.map(|keys| Some((address, keys))),
            None => Ok(None),
        };
        // It came over TLS from the token endpoint itself, which is why the signature is a second proof and no more.
        // Source: OpenID Connect Core §3.1.3.7, item 6.
        let keys = keys.unwrap_or_else(|error| {
            tracing::warn!("the ID token's signature is not checked: {error}");
            None
        });
        let keys = match keys {
            Some((address, keys)) if id_token::names_unknown_key(id_token, &keys) && self.may_refetch(address) => {
                // The old copy is as good as it was, and it knows no such key.
                Some(self.keys(address, Age::Expired).await.unwrap_or(keys))
            }
            keys => keys.map(|(_, keys)| keys),
        };
        id_token::check(id_token, expected, keys.as_deref())
    }

    /// The issuer as ID tokens name it, with the spellings that the profile admits.
    fn id_token_issuer<'a>(&'a self, known: &'a Known) -> Option<ExpectedIssuer<'a>> {
        let template = known.metadata.as_ref().and_then(|metadata| metadata.issuer.as_deref());
        let template = template.filter(|_| self.issuer_match == IssuerMatch::Template);
        let text = template.or(known.issuer.as_deref())?;
        let placeholder = template.map(|_| TENANT);
        Some(ExpectedIssuer { text, aliases: &self.dialect.issuer_aliases, placeholder })
    }

    async fn keys(&self, address: &Url, trusted_from: Age) -> Result<Arc<Jwks>, Error> {
        let known = self.facts().keys.get(address);
        if let Some(known) = known.filter(|known| trusted_from == Age::Stale && self.age(known) == Age::Fresh) {
            return Ok(known.value);
        }
        let response = self.document(address, None).await?;
        let keys = Arc::new(Jwks::parse(&response.body)?);
        self.facts().keys.insert(address.clone(), Remembered::now(self, keys.clone(), &response));
        Ok(keys)
    }

    fn may_refetch(&self, address: &Url) -> bool {
        let known = self.facts().keys.get(address);
        known.is_none_or(|known| self.now_unix_s().saturating_sub(known.fetched_at_unix_s) >= REFETCH_S)
    }
}

/// What the issuer says that it signs with; names that nobody knows are of no use.
fn algorithms(metadata: &ServerMetadata) -> Vec<Algorithm> {
    let names = metadata.id_token_signing_algorithms.as_deref().unwrap_or_default();
    names.iter().filter_map(|name| Algorithm::from_name(name)).collect()
}
