//! Reading a server's JSON: bounded, and forgiving where the meaning is clear.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// Deeper than any reply of the protocols here; a deeper one is an attack or not ours.
const MAX_DEPTH: usize = 32;

/// The JSON object in `body`. A byte-order mark is skipped.
///
/// Errors: `Protocol`, saying what came instead: nothing, a web page, broken JSON, another type. `who` names the server.
pub(crate) fn object(who: &str, body: &[u8]) -> Result<Map<String, Value>, Error> {
    match value(who, body)? {
        Value::Object(map) => Ok(map),
        other => Err(protocol(who, format!("answered with a JSON {} instead of an object", type_name(&other)))),
    }
}

/// The JSON value in `body`; see [`object`].
pub(crate) fn value(who: &str, body: &[u8]) -> Result<Value, Error> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = body.trim_ascii();
    if text.is_empty() {
        return Err(protocol(who, "answered with an empty body".into()));
    }
    if text.starts_with(b"<") {
        return Err(protocol(who, "answered with a web page instead of JSON".into()).with_hint(
            "a proxy or sign-in page stands before the server: check RS_SERVER_ADDRESS and the proxy settings",
        ));
    }
    if depth(text) > MAX_DEPTH {
        return Err(protocol(who, format!("answered with JSON nested deeper than {MAX_DEPTH} levels")));
    }
    serde_json::from_slice(text).map_err(|cause| {
        let what = if cause.is_eof() { "broken off JSON" } else { "something that is not JSON" };
        // serde's own text may quote the body, so only the position is given.
        protocol(who, format!("answered with {what} (line {}, column {})", cause.line(), cause.column()))
    })
}

/// A text member, when it is one.
pub(crate) fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str)
}

/// A non-empty text member.
pub(crate) fn filled<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    text(map, key).filter(|text| !text.is_empty())
}

/// A non-empty text member, taken out of the map: a secret is moved, so that no copy is left behind.
pub(crate) fn take_secret(map: &mut Map<String, Value>, key: &str) -> Option<Secret> {
    match map.remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(Secret::new(text)),
        _ => None,
    }
}

/// The instant that `text` names. Units: seconds since 1970-01-01 UTC. A time without a zone is taken as UTC, a space may
/// stand for the `T`, fractions are cut.
pub(crate) fn timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let zoned = text.parse::<Timestamp>().ok();
    let instant = zoned.or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(instant.as_second())
}

fn protocol(who: &str, what: String) -> Error {
    Error::new(Kind::Protocol, format!("{who} {what}"))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// How deep the brackets outside of strings nest. Whether they match is the parser's matter.
fn depth(text: &[u8]) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in text {
        match (in_string, *byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => {
                now += 1;
                most = most.max(now);
            }
            (false, b'}' | b']') => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_ignores_brackets_in_strings() {
        assert_eq!(depth(br#"{"a":"[[[[\"[[","b":[1]}"#), 2);
    }

    #[test]
    fn a_broken_body_is_never_quoted() {
        for body in [&b"{\"access_token\":\"hunter2"[..], b"hunter2", b"<html>hunter2", b"[\"hunter2\"]"] {
            let shown = format!("{:?}", object("server", body).unwrap_err());
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn timestamps_in_all_the_spellings_that_servers_use() {
        for text in [
            "2031-12-31T23:59:59Z",
            "2031-12-31T23:59:59.123456789Z",
            "2032-01-01T01:59:59+02:00",
            "2031-12-31 23:59:59",
            "2031-12-31T23:59:59.5Z",
            "2031-12-31T23:59:59",
        ] {
            assert_eq!(timestamp(text), Some(1_956_527_999), "{text}");
        }
        assert_eq!(timestamp("2200-01-01T00:00:00Z"), Some(7_258_118_400));
        assert_eq!(timestamp("soon"), None);
    }
}
