//! What a grant begins with when that is made for the occasion: a signed statement, a token from a file.

use url::Url;

use super::{Known, Server};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::client_assertion::{Audience, fresh_id};
use crate::oauth::endpoints::Endpoint;
use crate::oauth::jwt_bearer::{self, BearerAssertion};
use crate::secret::Secret;
use crate::settings::TokenRequest;

/// No token is longer.
const TOKEN_FILE_BYTES: usize = 256 * 1024;

impl Server {
    /// The assertion of one attempt: the caller's own, else one signed now.
    ///
    /// Errors: `ConfigInvalid` without a key, and for claims that say too little.
    pub(super) fn bearer_assertion(
        &self,
        request: &TokenRequest,
        endpoint: &Url,
        known: &Known,
    ) -> Result<Secret, Error> {
        if let Some(ready) = &request.assertion {
            return Ok(ready.clone());
        }
        let key = self.signing_key()?.ok_or_else(|| {
            Error::new(Kind::ConfigInvalid, "the grant jwt_bearer needs a private key")
                .with_hint("set key_file or key of the client, or give a ready `assertion`")
        })?;
        let wanted = self.settings.assertion_audience.as_deref().or(self.dialect.request.assertion_audience.as_deref());
        let audience = wanted.map(Audience::named);
        let token_endpoint = known.endpoints.get(Endpoint::Token).unwrap_or(endpoint);
        let audience = audience
            .as_ref()
            .map(|audience| audience.resolve(known.issuer.as_deref(), token_endpoint.as_str(), endpoint.as_str()));
        // A number that the claims leave out or replace would be drawn for nothing.
        let id = match request.claims.get("jti") {
            Some(_) => String::new(),
            None => fresh_id(&*self.context.rng)?,
        };
        let wants = &self.dialect.request;
        let statement = BearerAssertion {
            issuer: Some(&self.settings.client_id),
            subject: request.subject.as_deref(),
            audience,
            now_unix_s: self.server_time_unix_s(endpoint).saturating_sub(wants.assertion_backdate_s.into()),
            id: &id,
            lifetime_s: self.settings.assertion_lifetime_s.unwrap_or(jwt_bearer::DEFAULT_LIFETIME_S),
            not_before: false,
            claims: &request.claims,
            header: &request.assertion_header,
            order: &wants.assertion_claim_order,
        };
        let claims = statement.claims()?;
        let sign = || statement.sign_claims(&claims, key, self.signing_algorithm()?);
        // A statement without a number of its own may be made use of again, which saves the signature.
        match request.claims.get("jti") {
            Some(serde_json::Value::Null) => {
                self.statements.get_or_sign(&claims, &statement, self.clock_offset_s(endpoint), sign)
            }
            _ => sign(),
        }
    }

    /// The token that is exchanged. A platform renews the one in a file, so it is read each time. Effects: `[disk]`.
    pub(crate) fn subject_token(&self, request: &TokenRequest) -> Result<Secret, Error> {
        match (&request.subject_token, &request.subject_token_file) {
            (Some(token), _) => Ok(token.clone()),
            (None, Some(path)) => {
                let unreadable = |why: String| {
                    let message = format!("the subject token in {} cannot be read: {why}", path.display());
                    Error::new(Kind::ConfigInvalid, message)
                };
                let bytes = self.context.files.read(path, TOKEN_FILE_BYTES);
                let bytes = bytes.map_err(|cause| unreadable(cause.to_string()))?;
                let text =
                    zeroize::Zeroizing::new(String::from_utf8(bytes).map_err(|_| unreadable("it is not text".into()))?);
                Ok(Secret::new(text.trim()))
            }
            (None, None) => Err(Error::new(Kind::ConfigInvalid, "the grant token_exchange needs subject_token")),
        }
    }
}
