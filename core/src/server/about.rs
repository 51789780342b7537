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
        let mut request = HttpRequest::new(Method::GET, endpoint.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in self.request_headers(token, "GET", endpoint)? {
            let broken = || Error::new(Kind::Internal, "a token was refused as a header value");
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| broken())?;
            request = request.secret_header(name, HeaderValue::from_str(value.expose()).map_err(|_| broken())?);
        }
        let sent_at_ms = self.context.clock.now_unix_ms();
        let response = self.context.http.send(self.over_connection(request)).await?;
        self.learn(endpoint, &response, sent_at_ms);
        let claims = document::read(&response, "the userinfo endpoint")?;
        let subject = token.id_claims().map(|claims| claims.subject.as_str());
        match (subject, claims.get("sub").and_then(Value::as_str)) {
            (Some(expected), Some(told)) if expected != told => Err(id_token::invalid_subject()),
            _ => Ok(claims),
        }
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
