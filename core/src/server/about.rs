//! What a server tells about a person, and an API about its servers.

use http::header::ACCEPT;
use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use url::Url;

use super::Server;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::endpoints::{self, Endpoint};
use crate::oauth::resource_metadata::{self, ResourceMatch, ResourceMetadata};
use crate::oauth::{document, id_token};
use crate::token::Token;
use crate::transport::{HttpRequest, Method};

impl Server {
    /// The claims of the userinfo endpoint, which must be about the person of the ID token. Effects: `[net]`.
    pub(crate) async fn userinfo(&self, token: &Token) -> Result<Map<String, Value>, Error> {
        let known = self.known(&[Endpoint::Userinfo]).await?;
        let endpoint = known.endpoints.require(Endpoint::Userinfo)?;
        let claims = self.told_to(token, endpoint, "the userinfo endpoint").await?;
        let subject = token.id_claims().map(|claims| claims.subject.as_str());
        match (subject, claims.get("sub").and_then(Value::as_str)) {
            (Some(expected), Some(told)) if expected != told => Err(id_token::invalid_subject()),
            _ => Ok(claims),
        }
    }

    /// The document at `endpoint`, which the owner of `token` may see; `name` says in errors whose it is. Effects: `[net]`.
    ///
    /// Errors: as of every endpoint; any status but 200 is one.
    pub(crate) async fn told_to(&self, token: &Token, endpoint: &Url, name: &str) -> Result<Map<String, Value>, Error> {
        let mut request = HttpRequest::new(Method::GET, endpoint.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        for (field, value) in self.request_headers(token, "GET", endpoint)? {
            let broken = || Error::new(Kind::Internal, "a token was refused as a header value");
            let field = HeaderName::from_bytes(field.as_bytes()).map_err(|_| broken())?;
            request = request.secret_header(field, HeaderValue::from_str(value.expose()).map_err(|_| broken())?);
        }
        let sent_at_ms = self.context.clock.now_unix_ms();
        let response = self.context.http.send(self.over_connection(request)).await?;
        self.learn(endpoint, &response, sent_at_ms);
        document::read(&response, name)
    }

    /// The metadata of an API. Effects: `[net]`.
    pub(crate) async fn resource_metadata(
        &self,
        resource: &str,
        named: Option<&str>,
    ) -> Result<ResourceMetadata, Error> {
        let insecure = self.settings.allow_insecure_http;
        let address: Url = match named {
            Some(named) => endpoints::parse("address of the resource's metadata", named, insecure)?,
            None => resource_metadata::address(resource, insecure)?,
        };
        let response = self.document(&address, None).await?;
        resource_metadata::read(&response, resource, ResourceMatch::default())
    }
}
