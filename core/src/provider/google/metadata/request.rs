//! One question to the metadata server, and whether it was that server that answered. Source: specs, metadata.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::retry_after;
use crate::reason::Reason;
use crate::transport::{Connection, HttpRequest, HttpResponse, Method};

/// Both sides carry it: no browser and no proxy does by mistake.
const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");
const GOOGLE: &str = "Google";
/// An account with its scopes is some hundred bytes.
const MAX_BYTES: usize = 256 * 1024;

/// The question at `url`. It goes past every proxy: what answers behind one is another machine's server.
pub(super) fn get(url: Url, timeout: Duration, connection: &Arc<Connection>) -> HttpRequest {
    let mut request = HttpRequest::new(Method::GET, url).header(FLAVOR, HeaderValue::from_static(GOOGLE));
    request.connection = connection.clone();
    request.timeout = timeout;
    request.max_response_bytes = MAX_BYTES;
    request
}

/// The way past every proxy.
pub(super) fn direct() -> Arc<Connection> {
    Arc::new(Connection::default())
}

/// The server as messages call it.
pub(super) fn name(place: &Url) -> String {
    format!("the metadata server at {}", place.origin().ascii_serialization())
}

/// Whether Google's server answered, whatever it says.
pub(super) fn is_googles(response: &HttpResponse) -> bool {
    response.header(&FLAVOR) == Some(GOOGLE)
}

/// `response`, if it is the answer of Google's server.
///
/// Errors: `Protocol` with the reason `metadata_unreliable` for an answer of somebody else; else what the status says.
pub(super) fn accepted(who: &str, response: HttpResponse) -> Result<HttpResponse, Error> {
    let status = response.status;
    if !is_googles(&response) {
        return Err(not_googles(who, status));
    }
    let error = match status {
        200 => return Ok(response),
        403 => Error::new(Kind::Denied, format!("{who} refused the request (HTTP 403)"))
            .with_hint("look for a proxy that adds X-Forwarded-For, and at the workload's identity in a cluster"),
        404 => Error::new(Kind::NotFound, format!("{who} has not what was asked for (HTTP 404)"))
            .with_hint("check that the machine has a service account, and that its cluster binds one to this workload"),
        429 => Error::new(Kind::RateLimited, format!("{who} asks for a pause (HTTP 429)")),
        500.. => Error::new(Kind::Server, format!("{who} failed (HTTP {status})")),
        _ => unreliable(who, &format!("with HTTP {status}")),
    };
    let pause = retry_after::seconds(&response, 0).filter(|_| status == 429 || status >= 500);
    let error = error.with_http_status(status);
    Err(pause.map_or(error.clone(), |seconds| error.with_retry_after_ms(seconds * 1000)))
}

/// Somebody else answered.
pub(super) fn not_googles(who: &str, status: u16) -> Error {
    let what = format!("without its header Metadata-Flavor (HTTP {status}), so that it is another server");
    unreliable(who, &what).with_http_status(status)
}

/// The answer is none that this server gives. `what` goes on after "answered".
pub(super) fn unreliable(who: &str, what: &str) -> Error {
    Error::new(Kind::Protocol, format!("{who} answered {what}")).with_reason(Reason::MetadataUnreliable).with_hint(
        "look for a proxy or sign-in page in between; correct GCE_METADATA_HOST, or leave the server out with \
         NO_GCE_CHECK=true",
    )
}
