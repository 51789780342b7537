use std::time::Duration;

use serde_json::Value;

use super::*;

/// Keys that a client looks for. Another key that begins with one of them is found in its place by R's `$`.
const RESERVED: [&str; 13] = [
    "error",
    "result",
    "detail",
    "oauth2_error",
    "providers",
    "token",
    "expiry",
    "access_token",
    "uid",
    "guid",
    "name",
    "authenticated",
    "display_name",
];
/// Integration fields that begin with a reserved key by the protocol's own choice.
const BY_PROTOCOL: [&str; 1] = ["token_url"];

fn parsed(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn walk(value: &Value, look: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            look(key);
            walk(value, look);
        }),
        Value::Array(items) => items.iter().for_each(|item| walk(item, look)),
        _ => {}
    }
}

fn integration(scopes: &[String]) -> IntegrationBody<'_> {
    IntegrationBody {
        uid: "75cc881c-25b4-53f2-bb9e-f7459f7c909e",
        kind: "custom",
        name: "box",
        display_name: "Box",
        client_id: "c",
        auth_url: "https://a/x",
        token_url: "https://a/t",
        scopes,
        issuer: "https://a",
        authenticated: true,
    }
}

#[test]
fn no_success_body_has_a_key_that_r_takes_for_another() {
    let list = Reply::integrations(&[integration(&[])]);
    let successes = [Reply::token(token_body("AT", None)), list, Reply::integrations(&[]), Reply::heartbeat()];
    for reply in &successes {
        assert_eq!(reply.status, StatusCode::OK);
        walk(&parsed(reply), &mut |key| {
            let lookalike = RESERVED.iter().any(|reserved| key.starts_with(reserved) && key != *reserved);
            assert!(!lookalike || BY_PROTOCOL.contains(&key), "{key}");
            assert!(!["error", "self", "ctx"].contains(&key), "{key}");
        });
    }
}

#[test]
fn a_token_answer_has_two_keys_and_any_text_survives() {
    let body = token_body("a\"b\\c", Some(1_900_000_000));
    assert_eq!(&body[..], br#"{"access_token":"a\"b\\c","expiry":"2030-03-17T17:46:40Z"}"#);
}

#[test]
fn expiry_is_whole_seconds_in_utc_or_the_sentinel() {
    assert_eq!(expiry(Some(0)), "1970-01-01T00:00:00Z");
    assert_eq!(expiry(Some(UNKNOWN_EXPIRY_UNIX_S - 1)), "2199-12-31T23:59:59Z");
    for unknown in [None, Some(UNKNOWN_EXPIRY_UNIX_S), Some(i64::MAX), Some(-1)] {
        assert_eq!(expiry(unknown), UNKNOWN_EXPIRY);
    }
}

#[test]
fn failures_have_the_shape_that_both_clients_understand() {
    let url = "https://broker.example";
    assert_eq!(
        parsed(&Reply::not_signed_in("box", url)),
        serde_json::json!({"result": false, "detail": "box: not signed in. Open https://broker.example/credentials"})
    );
    assert_eq!(
        parsed(&Reply::lapsed("expired_no_refresh", url)),
        serde_json::json!({"result": false, "oauth2_error": {
            "error": "token_expired", "error_description": "Sign in again at https://broker.example/credentials"}})
    );
    assert_eq!(parsed(&Reply::rejected(Rejection::BadSignature)), serde_json::json!({"error": "bad_signature"}));
}

#[test]
fn every_answer_forbids_storing() {
    for reply in [Reply::heartbeat(), Reply::method_not_allowed(), Reply::too_many(Duration::from_millis(1200))] {
        let (status, response) = (reply.status, reply.into_response(&HeaderValue::from_static("https://b")));
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("vary"), Some("X-RS-Session-Server-RPC-Cookie"));
        assert_eq!(header("tokcore-public-url"), Some("https://b"));
        assert_eq!(header("retry-after"), (status == StatusCode::TOO_MANY_REQUESTS).then_some("2"));
        assert_eq!(header("allow"), (status == StatusCode::METHOD_NOT_ALLOWED).then_some("GET, POST"));
    }
}
