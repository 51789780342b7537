//! The document itself. Source: RFC 8414 §2 and §3.2, OpenID Connect Discovery §3, RFC 9126 §5, RFC 9207 §3, RFC 9449 §5.1.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use url::Url;

use super::issuer::IssuerMatch;
use crate::error::Error;
use crate::oauth::document::{self, malformed};
use crate::oauth::endpoints::{self, Endpoint, Endpoints};
use crate::oauth::pkce;
use crate::oauth::warning::Warning;
use crate::transport::HttpResponse;

/// What a document must be to be accepted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expectation<'a> {
    /// The issuer that was asked; `None` when only an address was given, and then nothing is compared.
    pub issuer: Option<&'a str>,
    /// How closely the document's issuer must be that.
    pub issuer_match: IssuerMatch,
    /// Whether http endpoints on other machines are accepted, as this client's configuration says.
    pub allow_insecure_http: bool,
}

/// What an authorization server says about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerMetadata {
    /// Its own name for itself; always there when one was expected. May have a placeholder ([`IssuerMatch::Template`]).
    pub issuer: Option<String>,
    /// Its addresses, all of them checked.
    pub endpoints: Endpoints,
    /// `mtls_endpoint_aliases`, by the names of the endpoints.
    pub mtls_endpoints: BTreeMap<String, Url>,
    /// `scopes_supported`.
    pub scopes: Option<Vec<String>>,
    /// `response_types_supported`.
    pub response_types: Option<Vec<String>>,
    /// `response_modes_supported`.
    pub response_modes: Option<Vec<String>>,
    /// `grant_types_supported`.
    pub grant_types: Option<Vec<String>>,
    /// `code_challenge_methods_supported`.
    pub code_challenge_methods: Option<Vec<String>>,
    /// `token_endpoint_auth_methods_supported`; without it nothing is known ([`crate::oauth::AuthMethod::choose`]).
    pub auth_methods: Option<Vec<String>>,
    /// `token_endpoint_auth_signing_alg_values_supported`.
    pub auth_signing_algorithms: Option<Vec<String>>,
    /// `id_token_signing_alg_values_supported`.
    pub id_token_signing_algorithms: Option<Vec<String>>,
    /// `dpop_signing_alg_values_supported`.
    pub dpop_signing_algorithms: Option<Vec<String>>,
    /// `authorization_response_iss_parameter_supported`: an authorization response without `iss` is not from it.
    pub promises_issuer: bool,
    /// `require_pushed_authorization_requests`.
    pub requires_pushed_authorization: bool,
    /// `tls_client_certificate_bound_access_tokens`.
    pub binds_tokens_to_certificates: bool,
    /// What is odd about the document; sorted, each once.
    pub warnings: Vec<Warning>,
    /// The other members, as they came.
    pub extra: Map<String, Value>,
}

/// Reads a metadata document.
///
/// Errors: `Protocol` for an answer that is no such document, or is about another issuer; `ConfigInvalid` with the
/// reason `insecure_endpoint` for an endpoint that is not https.
pub fn read(response: &HttpResponse, expected: &Expectation<'_>) -> Result<ServerMetadata, Error> {
    let name = expected.issuer.map_or("the metadata address".to_owned(), |issuer| format!("the metadata of {issuer}"));
    let members = document::read(response, &name)?;
    Reader { members, warnings: BTreeSet::new() }.metadata(expected).map_err(|error| error.with_http_status(200))
}

/// Takes the members one after the other and collects what is odd about them.
struct Reader {
    members: Map<String, Value>,
    warnings: BTreeSet<Warning>,
}

impl Reader {
    fn metadata(mut self, expected: &Expectation<'_>) -> Result<ServerMetadata, Error> {
        let issuer = self.issuer(expected)?;
        let allow_insecure_http = expected.allow_insecure_http;
        let mut metadata = ServerMetadata {
            issuer,
            endpoints: self.endpoints(allow_insecure_http)?,
            mtls_endpoints: self.mtls_endpoints(allow_insecure_http)?,
            scopes: self.list("scopes_supported"),
            response_types: self.list("response_types_supported"),
            response_modes: self.list("response_modes_supported"),
            grant_types: self.list("grant_types_supported"),
            code_challenge_methods: self.list("code_challenge_methods_supported"),
            auth_methods: self.list("token_endpoint_auth_methods_supported"),
            auth_signing_algorithms: self.list("token_endpoint_auth_signing_alg_values_supported"),
            id_token_signing_algorithms: self.list("id_token_signing_alg_values_supported"),
            dpop_signing_algorithms: self.list("dpop_signing_alg_values_supported"),
            promises_issuer: self.flag("authorization_response_iss_parameter_supported"),
            requires_pushed_authorization: self.flag("require_pushed_authorization_requests"),
            binds_tokens_to_certificates: self.flag("tls_client_certificate_bound_access_tokens"),
            ..ServerMetadata::default()
        };
        if metadata.endpoints.get(Endpoint::Token).is_none() && !is_implicit_only(&metadata) {
            return Err(malformed("the metadata names no token endpoint"));
        }
        if metadata
            .code_challenge_methods
            .as_ref()
            .is_some_and(|methods| !methods.iter().any(|name| name == pkce::METHOD))
        {
            self.warnings.insert(Warning::PkceNotListed);
        }
        metadata.warnings = self.warnings.into_iter().collect();
        metadata.extra = self.members;
        Ok(metadata)
    }

    fn issuer(&mut self, expected: &Expectation<'_>) -> Result<Option<String>, Error> {
        let issuer = match self.members.remove("issuer") {
            Some(Value::String(issuer)) if !issuer.is_empty() => Some(issuer),
            _ => None,
        };
        match (expected.issuer, &issuer) {
            (Some(_), None) if expected.issuer_match != IssuerMatch::None => {
                return Err(malformed("the metadata names no issuer"));
            }
            (Some(requested), Some(issuer)) => expected.issuer_match.check(issuer, requested)?,
            _ => {}
        }
        Ok(issuer)
    }

    fn endpoints(&mut self, allow_insecure_http: bool) -> Result<Endpoints, Error> {
        let mut endpoints = Endpoints::default();
        for endpoint in Endpoint::ALL {
            match self.members.remove(endpoint.member()) {
                None | Some(Value::Null) => {}
                Some(value) => endpoints.set(*endpoint, address(&value, endpoint.words(), allow_insecure_http)?),
            }
        }
        Ok(endpoints)
    }

    fn mtls_endpoints(&mut self, allow_insecure_http: bool) -> Result<BTreeMap<String, Url>, Error> {
        let Some(Value::Object(aliases)) = self.members.remove("mtls_endpoint_aliases") else {
            return Ok(BTreeMap::new());
        };
        let aliases = aliases.into_iter();
        aliases
            .map(|(name, value)| Ok((name, address(&value, "endpoint for mutual TLS", allow_insecure_http)?)))
            .collect()
    }

    /// A list of texts; a text alone counts as a list of one.
    fn list(&mut self, name: &str) -> Option<Vec<String>> {
        match self.members.remove(name)? {
            Value::Null => None,
            Value::String(text) => {
                self.warnings.insert(Warning::LoneText);
                Some(vec![text])
            }
            Value::Array(values) => {
                let count = values.len();
                let texts: Vec<String> = values.into_iter().filter_map(into_text).collect();
                if texts.len() < count {
                    self.warnings.insert(Warning::BadMember);
                }
                Some(texts)
            }
            _ => {
                self.warnings.insert(Warning::BadMember);
                None
            }
        }
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.members.remove(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.warnings.insert(Warning::BadMember);
                false
            }
        }
    }
}

fn into_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn address(value: &Value, what: &str, allow_insecure_http: bool) -> Result<Url, Error> {
    let text = value.as_str().ok_or_else(|| malformed(format!("the {what} in the metadata is no text")))?;
    endpoints::parse(&format!("{what} in the metadata"), text, allow_insecure_http)
}

/// Whether the server says that it gives tokens in the front channel and nowhere else.
fn is_implicit_only(metadata: &ServerMetadata) -> bool {
    metadata.grant_types.as_ref().is_some_and(|types| !types.is_empty() && types.iter().all(|name| name == "implicit"))
}
