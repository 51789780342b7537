//! What the token is to be good for: resources by address, audiences by name. Source: RFC 8707, RFC 8693 §2.1.

use url::Url;

use crate::error::Error;
use crate::kinds::Kind;

/// Checks that each resource is an absolute URI without a fragment. Source: RFC 8707 §2.
///
/// Errors: `ConfigInvalid`, naming the resource.
pub fn check(resources: &[String]) -> Result<(), Error> {
    let problem = |resource: &str| match Url::parse(resource) {
        Err(_) => Some("is no absolute URI"),
        Ok(url) if url.fragment().is_some() => Some("has a fragment"),
        Ok(_) => None,
    };
    match resources.iter().find_map(|resource| Some((resource, problem(resource)?))) {
        None => Ok(()),
        Some((resource, problem)) => {
            Err(Error::new(Kind::ConfigInvalid, format!("the resource {resource:?} {problem}"))
                .with_hint("name the API by its full address, such as https://api.example/v1"))
        }
    }
}
