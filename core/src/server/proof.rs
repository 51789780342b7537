//! What goes into the header of a request made with a token, and of one made for a bound token.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use url::Url;

use super::Server;
use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::oauth::client_assertion::fresh_id;
use crate::oauth::dpop::{self, DpopKey, Proof};
use crate::oauth::endpoint_url;
use crate::secret::Secret;
use crate::token::{Token, TokenType};
use crate::transport::HttpRequest;

impl Server {
    /// The value of the header that carries the token, by its type and the provider's custom. Shape: `None` for a token
    /// that no header carries by itself.
    pub(crate) fn authorization(&self, access_token: &Secret, token_type: &TokenType) -> Option<Secret> {
        let usage = &self.dialect.usage;
        match (token_type, &usage.header, &usage.scheme) {
            (TokenType::NotApplicable | TokenType::Dpop, ..) => None,
            (_, Some(_), None) => Some(access_token.clone()),
            (_, _, Some(scheme)) => Some(Secret::new(format!("{scheme} {}", access_token.expose()))),
            (token_type, None, None) => Some(Secret::new(format!("{} {}", token_type.name(), access_token.expose()))),
        }
    }

    /// The header fields of one API request with `token`.
    ///
    /// Errors: `ConfigInvalid` for a token that is not for a header, and for an address that others can listen to.
    pub(crate) fn request_headers(
        &self,
        token: &Token,
        method: &str,
        url: &Url,
    ) -> Result<Vec<(String, Secret)>, Error> {
        endpoint_url::check("API address", url, self.settings.allow_insecure_http)?;
        let Some(key) = token.dpop_key.as_ref().filter(|_| token.token_type == TokenType::Dpop) else {
            let name = self.dialect.usage.header.as_deref().unwrap_or(AUTHORIZATION.as_str());
            return Ok(vec![(name.to_owned(), token.authorization()?.clone())]);
        };
        let proof = self.proof(key, method, url, Some(&token.access_token))?;
        Ok(vec![
            (AUTHORIZATION.as_str().to_owned(), Secret::new(format!("DPoP {}", token.access_token.expose()))),
            (dpop::PROOF_HEADER.to_owned(), proof),
        ])
    }

    /// Takes the nonce that an API handed out.
    pub(crate) fn learn_nonce(&self, url: &Url, nonce: &str) {
        lock(&self.facts().nonces).learn(&url.origin().ascii_serialization(), nonce);
    }

    /// `request` with a proof of `key`.
    pub(super) fn with_proof(&self, request: HttpRequest, key: &DpopKey) -> Result<HttpRequest, Error> {
        let proof = self.proof(key, request.method.as_str(), &request.url, None)?;
        let value = HeaderValue::from_str(proof.expose())
            .map_err(|_| Error::new(Kind::Internal, "a proof was refused as a header value"))?;
        Ok(request.secret_header(http::HeaderName::from_static(dpop::PROOF_HEADER), value))
    }

    fn proof(&self, key: &DpopKey, method: &str, url: &Url, access_token: Option<&Secret>) -> Result<Secret, Error> {
        let id = fresh_id(&*self.context.rng)?;
        let facts = self.facts();
        let nonce = lock(&facts.nonces).get(&url.origin().ascii_serialization()).map(str::to_owned);
        let now_unix_s = self.server_time_unix_s(url);
        key.prove(&Proof { method, url, now_unix_s, id: &id, nonce: nonce.as_deref(), access_token })
    }
}
