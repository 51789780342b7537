//! What an HTTP status means before anybody reads the body.

use http::header::RETRY_AFTER;

use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::json;
use crate::transport::HttpResponse;

/// The failure that `response`'s status stands for; `None` for a status of success.
///
/// `who` names the server. A short `error` text of a JSON body is kept as the server's own words.
pub(super) fn failure(who: &str, response: &HttpResponse) -> Option<Error> {
    let status = response.status;
    let error = match status {
        200..=299 => return None,
        300..=399 => {
            Error::new(Kind::Protocol, format!("{who} answered with a redirect (HTTP {status}), which is not followed"))
                .with_hint("give the server's final address: a redirect could carry the cookie to another host")
        }
        401 => Error::new(Kind::Denied, format!("{who} did not accept the identity of the caller (HTTP 401)")),
        403 => Error::new(Kind::Denied, format!("{who} refused the request (HTTP 403)")),
        408 | 425 => Error::new(Kind::Server, format!("{who} asks to try again (HTTP {status})")),
        429 => Error::new(Kind::RateLimited, format!("{who} asks for a pause (HTTP 429)")),
        500..=599 => Error::new(Kind::Server, format!("{who} failed (HTTP {status})")),
        _ => Error::new(Kind::Http, format!("{who} answered with HTTP {status}")),
    };
    let mut error = error.with_http_status(status);
    if let Some(seconds) = retry_after_s(response) {
        error = error.with_retry_after_ms(seconds.saturating_mul(1000));
    }
    if let Ok(body) = json::object(who, &response.body)
        && let Some(words) = json::filled(&body, "error")
    {
        error = error.with_detail(words);
    }
    Some(error)
}

/// Units: seconds, at most an hour. Source: RFC 9110 §10.2.3; the form with a date is rare and ignored.
fn retry_after_s(response: &HttpResponse) -> Option<u64> {
    response.header(&RETRY_AFTER)?.trim().parse::<u64>().ok().map(|seconds| seconds.min(3600))
}
