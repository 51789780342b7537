//! How long a server asks us to wait. Source: RFC 9110 §10.2.3.

use http::header::{DATE, RETRY_AFTER};
use jiff::fmt::rfc2822::DateTimeParser;

use crate::transport::HttpResponse;

/// No pause that a server asks for is followed for longer; an hour later it may have recovered.
const LONGEST_S: i64 = 3600;

/// The pause in `Retry-After`, in either of its forms, between a second and an hour. A date is measured on the server's
/// own clock when it tells it. Units: seconds.
pub(crate) fn seconds(response: &HttpResponse, sent_at_unix_s: i64) -> Option<u64> {
    let date = |text: &str| {
        let parser = DateTimeParser::new().relaxed_weekday(true);
        parser.parse_timestamp(text).ok().map(|at| at.as_second())
    };
    let value = response.header(&RETRY_AFTER)?.trim();
    let seconds = match value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        true => value.parse().unwrap_or(i64::MAX),
        false => date(value)?.saturating_sub(response.header(&DATE).and_then(date).unwrap_or(sent_at_unix_s)),
    };
    u64::try_from(seconds.clamp(1, LONGEST_S)).ok()
}
