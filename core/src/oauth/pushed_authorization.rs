//! Leaving the authorization request at the server, so that the browser carries only a reference to it. Source: RFC 9126.

use std::fmt;

use url::Url;

use super::authorization::AuthorizationRequest;
use super::client_auth::RegisteredClient;
use super::dialect::{Dialect, ZeroExpires};
use super::discovery::ServerMetadata;
use super::endpoint_failure::EndpointFailure;
use super::endpoint_response::{self, Rules};
use super::endpoints::{Endpoint, Endpoints};
use super::form::Form;
use super::lifetime::{self, Lifetime};
use super::members::{Member, Members};
use super::token_response::Reading;
use super::{endpoint_request, text};
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;
use crate::transport::{HttpRequest, HttpResponse};

const ENDPOINT: &str = "the pushed authorization request endpoint";

/// Where to push authorization requests, if they are to be pushed.
///
/// `wanted`: the caller or the provider's profile asks for it; a server that demands it does so in its metadata.
///
/// Errors: `ConfigInvalid` when it is demanded or wanted, and nobody knows where.
pub fn endpoint<'a>(
    known: &'a Endpoints,
    metadata: Option<&ServerMetadata>,
    wanted: bool,
) -> Result<Option<&'a Url>, Error> {
    match wanted || metadata.is_some_and(|metadata| metadata.requires_pushed_authorization) {
        true => known.require(Endpoint::PushedAuthorization).map(Some),
        false => Ok(None),
    }
}

/// An authorization request on its way to the server.
#[derive(Clone, Debug)]
pub struct PushedAuthorizationRequest<'a> {
    /// The endpoint for pushed requests ([`endpoint`]).
    pub endpoint: &'a Url,
    /// Who asks.
    pub client: &'a RegisteredClient,
    /// What is asked for.
    pub authorization: &'a AuthorizationRequest<'a>,
}

impl PushedAuthorizationRequest<'_> {
    /// The HTTP request: all that the browser would carry, and the client's proof.
    ///
    /// Errors: as of [`AuthorizationRequest::url`]; `ConfigInvalid` for a `request_uri` among the parameters, and for
    /// credentials that the chosen method cannot carry.
    pub fn to_http(&self) -> Result<HttpRequest, Error> {
        if self.authorization.extra.iter().any(|(name, _)| name == "request_uri") {
            return Err(Error::new(Kind::ConfigInvalid, "a pushed authorization request cannot refer to another one"));
        }
        let mut form = self.authorization.parameters()?;
        // It is a parameter of the request here, and stands there already.
        form.close("client_id");
        endpoint_request::build(self.endpoint, self.client, form, &self.authorization.dialect.request)
    }

    /// Every secret in the request, so that an error which quotes one of them can be masked.
    pub fn secrets(&self) -> Vec<&Secret> {
        [Some(self.authorization.state), self.authorization.nonce, self.client.secret()].into_iter().flatten().collect()
    }
}

/// A reference to a pushed request. It can be used once.
#[derive(Clone, PartialEq, Eq)]
pub struct PushedAuthorization {
    /// `request_uri`.
    pub request_uri: Secret,
    /// How long it can be used. Units: seconds.
    pub expires_in_s: u64,
}

/// Reads the answer of the endpoint. Of `reading`, the dialect, the instant and the secrets count.
///
/// Errors: as of every endpoint.
pub fn read(response: &HttpResponse, reading: &Reading<'_>) -> Result<PushedAuthorization, Error> {
    let rules = Rules {
        dialect: reading.dialect,
        sent_at_unix_s: reading.sent_at_unix_s,
        secrets: &reading.secrets,
        ..Rules::default()
    };
    endpoint_response::read(response, &rules)
        .and_then(|members| interpret(&members).map_err(|answer| EndpointFailure::malformed(answer, response)))
        .map_err(|failure| failure.into_error(ENDPOINT))
}

fn interpret(members: &Members<'_>) -> Result<PushedAuthorization, &'static str> {
    let request_uri = members.get("request_uri").and_then(Member::text).filter(|uri| text::is_header_safe(uri));
    let lifetime = members.get("expires_in").map(|member| lifetime::relative(member, ZeroExpires::Unknown).0);
    match (request_uri, lifetime) {
        (None, _) => Err("no usable request_uri"),
        (Some(uri), Some(Lifetime::Known(expires_in_s))) => {
            Ok(PushedAuthorization { request_uri: Secret::new(uri), expires_in_s })
        }
        // It has to be used at once in any case; the RFC's own example lasts a minute.
        (Some(uri), None) => Ok(PushedAuthorization { request_uri: Secret::new(uri), expires_in_s: 60 }),
        (Some(_), Some(_)) => Err("an impossible expires_in"),
    }
}

impl PushedAuthorization {
    /// The URL for the browser: `client_id` and the reference, and nothing else beside the endpoint's own query.
    pub fn url(&self, authorization_endpoint: &Url, client_id: &str, dialect: &Dialect) -> Url {
        let mut form = Form::default();
        form.push("client_id", client_id);
        form.push("request_uri", self.request_uri.expose());
        endpoint_request::in_browser(authorization_endpoint, &form.renamed(&dialect.request.rename))
    }
}

/// Shows the lifetime; never the reference.
impl fmt::Debug for PushedAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushedAuthorization").field("expires_in_s", &self.expires_in_s).finish_non_exhaustive()
    }
}
