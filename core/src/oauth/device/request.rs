//! Asking for a code to show. Source: RFC 8628 §3.1.

use url::Url;

use crate::error::Error;
use crate::oauth::client_auth::RegisteredClient;
use crate::oauth::dialect::Dialect;
use crate::oauth::parameters::Additions;
use crate::oauth::pkce::{self, Challenge};
use crate::oauth::{endpoint_request, resource, scope};
use crate::secret::Secret;
use crate::transport::HttpRequest;

/// A request for a code that the person enters elsewhere.
#[derive(Clone, Debug)]
pub struct DeviceRequest<'a> {
    /// The device authorization endpoint, whose own query is kept.
    pub endpoint: &'a Url,
    /// Who asks.
    pub client: &'a RegisteredClient,
    /// Wanted scopes, in order; none means no `scope` parameter.
    pub scopes: &'a [String],
    /// What the token is to be good for, by address.
    pub resources: &'a [String],
    /// A PKCE challenge: not in the RFC, but some servers honour it.
    pub challenge: Option<&'a Challenge>,
    /// What the caller adds.
    pub extra: &'a [(String, String)],
    /// Whether `extra` may replace the protocol's own parameters.
    pub override_params: bool,
    /// How the provider departs from the RFCs.
    pub dialect: &'a Dialect,
}

impl<'a> DeviceRequest<'a> {
    /// A request without scopes or anything else optional.
    pub fn new(endpoint: &'a Url, client: &'a RegisteredClient) -> Self {
        Self {
            endpoint,
            client,
            scopes: &[],
            resources: &[],
            challenge: None,
            extra: &[],
            override_params: false,
            dialect: Dialect::rfc(),
        }
    }

    /// The HTTP request.
    ///
    /// Errors: `ConfigInvalid` for credentials that the chosen method cannot carry, for an impossible scope or resource,
    /// and for an additional parameter that the protocol sets itself.
    pub fn to_http(&self) -> Result<HttpRequest, Error> {
        resource::check(self.resources)?;
        let dialect = &self.dialect.request;
        let additions = Additions { extra: self.extra, override_params: self.override_params };
        let mut form = additions.begin()?;
        form.push("scope", &scope::join(self.scopes, dialect.scope_separator)?);
        for resource in self.resources {
            form.push("resource", resource);
        }
        if let Some(challenge) = self.challenge {
            form.push("code_challenge", challenge.as_str());
            form.push("code_challenge_method", pkce::METHOD);
        }
        additions.end(&mut form, &[])?;
        endpoint_request::build(self.endpoint, self.client, form, dialect)
    }

    /// Every secret in the request, so that an error which quotes one of them can be masked.
    pub fn secrets(&self) -> Vec<&Secret> {
        self.client.secret().into_iter().collect()
    }
}
