//! How long a known document holds.

use http::header::CACHE_CONTROL;

use crate::transport::HttpResponse;

/// Keys and addresses change with notice; asking more often than this is only load.
const SHORTEST_S: u64 = 5 * 60;
/// When the server does not say.
const DEFAULT_S: u64 = 60 * 60;
/// A server that wants its metadata kept for a month has not thought of the day it must change it.
const LONGEST_S: u64 = 24 * 60 * 60;
/// How much longer a copy serves while the server is down.
const STALE_S: u64 = 24 * 60 * 60;

/// How long the document in this answer holds: the server's `max-age`, between five minutes and a day; an hour when it
/// names none. Units: seconds.
pub fn lifetime_s(response: &HttpResponse) -> u64 {
    let values = response.headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives =
        values.flat_map(|value| value.split(',')).map(|directive| directive.trim().to_ascii_lowercase());
    let asked = directives.find_map(|directive| match directive.as_str() {
        "no-store" | "no-cache" => Some(0),
        other => {
            let figures = other.strip_prefix("max-age=")?.trim_matches('"');
            let is_number = !figures.is_empty() && figures.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| figures.parse().unwrap_or(LONGEST_S))
        }
    });
    asked.map_or(DEFAULT_S, |seconds| seconds.clamp(SHORTEST_S, LONGEST_S))
}

/// What a known copy is still good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Use it.
    Fresh,
    /// Ask the server; use it, with a warning, only if the server cannot be reached.
    Stale,
    /// Forget it.
    Expired,
}

impl Age {
    /// The age of a copy that came `age_s` ago and was to hold for `lifetime_s`.
    pub fn of(age_s: u64, lifetime_s: u64) -> Self {
        match age_s {
            age_s if age_s < lifetime_s => Age::Fresh,
            age_s if age_s < lifetime_s.saturating_add(STALE_S) => Age::Stale,
            _ => Age::Expired,
        }
    }
}
