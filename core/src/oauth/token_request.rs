//! The request to the token endpoint. Source: RFC 6749 §4.1.3 and §6, RFC 7636 §4.5, RFC 8707 §2.2.

use url::Url;

use super::client_auth::RegisteredClient;
use super::dialect::Dialect;
use super::grant::Grant;
use super::parameters::Additions;
use super::{endpoint_request, resource, scope};
use crate::error::Error;
use crate::secret::Secret;
use crate::transport::HttpRequest;

/// A request for a token.
#[derive(Clone, Debug)]
pub struct TokenRequest<'a> {
    /// The token endpoint, whose own query is kept.
    pub endpoint: &'a Url,
    /// Who asks.
    pub client: &'a RegisteredClient,
    /// What is given for the token.
    pub grant: Grant<'a>,
    /// Wanted scopes, in order; none means no `scope` parameter.
    pub scopes: &'a [String],
    /// What the token is to be good for, by address.
    pub resources: &'a [String],
    /// What the token is to be good for, by name.
    pub audiences: &'a [String],
    /// What the caller adds.
    pub extra: &'a [(String, String)],
    /// Whether `extra` may replace the protocol's own parameters.
    pub override_params: bool,
    /// How the provider departs from the RFCs.
    pub dialect: &'a Dialect,
}

impl<'a> TokenRequest<'a> {
    /// A request with nothing but the grant.
    pub fn new(endpoint: &'a Url, client: &'a RegisteredClient, grant: Grant<'a>) -> Self {
        Self {
            endpoint,
            client,
            grant,
            scopes: &[],
            resources: &[],
            audiences: &[],
            extra: &[],
            override_params: false,
            dialect: Dialect::rfc(),
        }
    }

    /// The HTTP request, with the default limits and connection; the caller sets others where an integration has them.
    ///
    /// Errors: `ConfigInvalid` for credentials that the chosen method cannot carry, for an impossible scope, resource or
    /// exchange, and for an additional parameter that the protocol sets itself.
    pub fn to_http(&self) -> Result<HttpRequest, Error> {
        resource::check(self.resources)?;
        let dialect = &self.dialect.request;
        let additions = Additions { extra: self.extra, override_params: self.override_params };
        let mut form = additions.begin()?;
        form.push("grant_type", self.grant.grant_type());
        for resource in self.resources {
            form.push("resource", resource);
        }
        for audience in self.audiences {
            form.push("audience", audience);
        }
        self.grant.write(&mut form)?;
        form.push("scope", &scope::join(self.scopes, dialect.scope_separator)?);
        additions.end(&mut form, &[if self.grant.is_refresh() { &dialect.refresh } else { &dialect.token }])?;
        endpoint_request::build(self.endpoint, self.client, form, dialect)
    }

    /// Every secret in the request, so that an error which quotes one of them can be masked.
    pub fn secrets(&self) -> Vec<&Secret> {
        self.grant.secrets().into_iter().chain(self.client.secret()).collect()
    }
}
