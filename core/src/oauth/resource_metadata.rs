//! What an API says about itself: which authorization servers it trusts, which scopes it knows. Source: RFC 9728.
//!
//! Nothing here turns to another authorization server: an API that could make a client sign in wherever it likes could
//! send people to a copy of their sign-in page. [`ResourceMetadata::known_server`] answers only with a server that the
//! client already has.

use serde_json::{Map, Value};
use url::Url;

use super::document::{self, malformed};
use super::{endpoints, text};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::transport::HttpResponse;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// How closely the document must be about the URL that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResourceMatch {
    /// Character by character, as the standard says.
    #[default]
    Exact,
    /// The document may be about a folder above it on the same origin: many deployments describe their API's root.
    PathPrefix,
}

/// What an API says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceMetadata {
    /// Its own name for itself.
    pub resource: String,
    /// The issuers that it trusts.
    pub authorization_servers: Vec<String>,
    /// The scopes that it knows.
    pub scopes: Option<Vec<String>>,
    /// The other members, as they came.
    pub extra: Map<String, Value>,
}

/// The well-known address of a resource's metadata: between its origin and its path. Source: RFC 9728 §3.1.
///
/// Errors: `ConfigInvalid` for a resource that is not https.
pub fn address(resource: &str, allow_insecure_http: bool) -> Result<Url, Error> {
    let mut url = endpoints::parse("resource", resource, allow_insecure_http)?;
    let path = url.path().strip_suffix('/').unwrap_or(url.path());
    url.set_path(&format!("{WELL_KNOWN}{path}"));
    Ok(url)
}

/// The address that an API's challenge names, once it is known to be fit for a request.
///
/// Errors: as of [`address`].
pub fn named_address(resource_metadata: &Url, allow_insecure_http: bool) -> Result<Url, Error> {
    endpoints::parse("address of the resource's metadata", resource_metadata.as_str(), allow_insecure_http)
}

/// Reads a resource's metadata.
///
/// `expected` is the resource that the well-known address was made from, or the URL of the API's request when its
/// challenge named the address. Source: RFC 9728 §3.3.
///
/// Errors: `Protocol` for an answer that is no such document, or that is about another resource.
pub fn read(response: &HttpResponse, expected: &str, rule: ResourceMatch) -> Result<ResourceMetadata, Error> {
    let mut members = document::read(response, &format!("the metadata of {}", shown(expected)))?;
    let Some(Value::String(resource)) = members.remove("resource") else {
        return Err(malformed("the resource's metadata names no resource"));
    };
    if !rule.accepts(&resource, expected) {
        return Err(mismatch(&resource, expected));
    }
    Ok(ResourceMetadata {
        resource,
        authorization_servers: texts(members.remove("authorization_servers")).unwrap_or_default(),
        scopes: texts(members.remove("scopes_supported")),
        extra: members,
    })
}

impl ResourceMetadata {
    /// All members by their registered names, as they were understood.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("resource".to_owned(), self.resource.as_str().into());
        members.insert("authorization_servers".to_owned(), self.authorization_servers.clone().into());
        if let Some(scopes) = &self.scopes {
            members.insert("scopes_supported".to_owned(), scopes.clone().into());
        }
        members.extend(self.extra.clone());
        members
    }

    /// The first of the API's authorization servers that the client is configured for.
    ///
    /// Errors: `NotConfigured`, naming the API's servers, so that a person can decide whether to trust one.
    pub fn known_server<'a>(&'a self, configured: &[&str]) -> Result<&'a str, Error> {
        let known = self.authorization_servers.iter().find(|issuer| configured.contains(&issuer.as_str()));
        known.map(String::as_str).ok_or_else(|| {
            let named: Vec<String> =
                self.authorization_servers.iter().filter_map(|issuer| text::description(issuer)).collect();
            let message = match named.is_empty() {
                true => "the API names no authorization server".to_owned(),
                false => format!("the API trusts authorization servers that are not configured: {}", named.join(", ")),
            };
            Error::new(Kind::NotConfigured, message).with_hint("configure one of them as issuer if you trust it")
        })
    }
}

impl ResourceMatch {
    fn accepts(self, resource: &str, expected: &str) -> bool {
        match self {
            ResourceMatch::Exact => resource == expected,
            ResourceMatch::PathPrefix => resource == expected || is_above(resource, expected).unwrap_or(false),
        }
    }
}

/// Whether `resource` is a folder above `expected`, on the same origin.
fn is_above(resource: &str, expected: &str) -> Option<bool> {
    let (resource, expected) = (Url::parse(resource).ok()?, Url::parse(expected).ok()?);
    let folder = resource.path().strip_suffix('/').unwrap_or(resource.path());
    let rest = expected.path().strip_prefix(folder)?;
    Some(
        resource.origin() == expected.origin()
            && resource.query().is_none()
            && (rest.is_empty() || rest.starts_with('/')),
    )
}

fn mismatch(resource: &str, expected: &str) -> Error {
    let message = format!("the metadata is about the resource {}, not about {}", shown(resource), shown(expected));
    let error = Error::new(Kind::Protocol, message).with_reason(Reason::MalformedResponse);
    match ResourceMatch::PathPrefix.accepts(resource, expected) {
        true => error.with_hint("the API describes a folder above: set resource_match to path_prefix if that is meant"),
        false => error.with_hint("ask the API's owner: this metadata is not its own"),
    }
}

/// A URL as an error may show it: without its query, where callers put secrets.
fn shown(url: &str) -> String {
    let without_query = url.split(['?', '#']).next().unwrap_or_default();
    text::description(without_query).unwrap_or_default()
}

/// A list of texts; a text alone counts as a list of one.
fn texts(value: Option<Value>) -> Option<Vec<String>> {
    match value? {
        Value::String(text) => Some(vec![text]),
        Value::Array(values) => Some(values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()),
        _ => None,
    }
}
