//! Public JSON documents of a server: its metadata, its keys, a resource's metadata. Without secrets, so their requests
//! may follow a redirect within the server.

use http::HeaderValue;
use http::header::{ACCEPT, ETAG, IF_NONE_MATCH, LOCATION};
use serde_json::{Map, Value};
use url::Url;

use super::endpoint_failure::EndpointFailure;
use super::members::{Members, ResponseFormat};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::transport::{HttpRequest, HttpResponse, Method};

/// More would be a loop, or a tour.
const REDIRECTS: usize = 3;

/// The request for a document. `etag`: of the copy that is known, so that the server may say that it still holds.
pub fn request(url: &Url, etag: Option<&HeaderValue>) -> HttpRequest {
    let request =
        HttpRequest::new(Method::GET, url.clone()).header(ACCEPT, HeaderValue::from_static("application/json"));
    match etag {
        Some(etag) => request.header(IF_NONE_MATCH, etag.clone()),
        None => request,
    }
}

/// Whether the server says that the known copy still holds.
pub fn is_unchanged(response: &HttpResponse) -> bool {
    response.status == 304
}

/// The name of this version of the document, for the next [`request`].
pub fn etag(response: &HttpResponse) -> Option<HeaderValue> {
    response.headers.get(ETAG).cloned()
}

/// Where a redirect leads; `None` when the answer is none. `followed` counts those before.
///
/// Errors: `Protocol` with the reason `unexpected_redirect` for another origin, or a fourth redirect: the document says
/// whom to trust, so nobody but its own server may say where it is.
pub fn redirect(asked: &Url, response: &HttpResponse, followed: usize) -> Result<Option<Url>, Error> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let target = response.header(&LOCATION).and_then(|location| asked.join(location).ok());
    match target {
        Some(url) if url.origin() == asked.origin() && followed < REDIRECTS => Ok(Some(url)),
        _ => Err(EndpointFailure::of_redirect(response).into_error(asked.host_str().unwrap_or("the server"))),
    }
}

/// The members of a document; `name` says in errors whose it is: "the metadata of https://as.example".
///
/// Errors: as of every endpoint; any status but 200 is one.
pub fn read(response: &HttpResponse, name: &str) -> Result<Map<String, Value>, Error> {
    let failed = |failure: EndpointFailure| failure.into_error(name).with_hint("check the address in a browser");
    match response.status {
        200 => {}
        300..400 => return Err(failed(EndpointFailure::of_redirect(response))),
        _ => return Err(failed(EndpointFailure::of_status(response))),
    }
    let members = Members::read(response, ResponseFormat::Json)
        .map_err(|why| failed(EndpointFailure::of_unreadable(why, response)))?;
    // A member that cannot be decoded is as good as absent.
    Ok(members.rest().filter_map(|(name, member)| Some((name, member.to_json()?))).collect())
}

/// A document that is not as its RFC says.
pub(super) fn malformed(message: impl Into<String>) -> Error {
    Error::new(Kind::Protocol, message).with_reason(Reason::MalformedResponse)
}
