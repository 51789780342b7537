//! What holds for every answer, however malformed: no panic, no secret in any print, no token lost to an oddity.

use std::collections::BTreeMap;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use tokcore::oauth::dialect::{BodyFormat, UnknownTokenType};
use tokcore::oauth::{
    Callback, ClientAuth, Dialect, EndpointFailure, Grant, Lifetime, Reading, RegisteredClient, ResponseFormat,
    TokenReply, TokenRequest, token_response,
};
use tokcore::profile::Profiles;
use tokcore::transport::HttpResponse;
use tokcore::{Error, Secret};
use url::Url;

const ACCESS: &str = "access-canary-4be1";
const REFRESH: &str = "refresh-canary-90d7";
const ID: &str = "aGVhZA.aWQtY2FuYXJ5.c2ln";
const SENT: &str = "sent-canary-55aa";

fn format() -> impl Strategy<Value = ResponseFormat> {
    prop_oneof![Just(ResponseFormat::Json), Just(ResponseFormat::Form), Just(ResponseFormat::Auto)]
}

fn content_type() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("application/json"),
        Just("application/x-www-form-urlencoded"),
        Just("text/plain; charset=utf-8"),
        Just("text/html"),
    ]
}

/// Reads a body, prints all there is to print, and refuses any secret in it.
fn read(status: u16, content_type: &'static str, format: ResponseFormat, body: Vec<u8>) -> Result<TokenReply, String> {
    let mut dialect = Dialect::default();
    dialect.response.format = format;
    // Not even a type that nobody knows costs the token, where the user wants it so.
    dialect.response.unknown_token_type = UnknownTokenType::Keep;
    read_as(&dialect, status, content_type, body)
}

/// The same, from a provider with this dialect.
fn read_as(dialect: &Dialect, status: u16, content_type: &'static str, body: Vec<u8>) -> Result<TokenReply, String> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let sent = Secret::new(SENT);
    let reading = Reading {
        dialect,
        sent_at_unix_s: 1_700_000_000,
        requested_scopes: 2,
        secrets: vec![&sent],
        ..Reading::default()
    };
    let result = token_response::read(&HttpResponse::new(status, headers, body), &reading);
    let mut printed = format!("{result:?} {result:#?}");
    let result = result.map_err(|failure: EndpointFailure| {
        let error = Error::from(failure);
        printed += &format!("{error} {error:?} {:?} {:?}", error.detail(), error.oauth_error());
        error.kind().slug().to_owned()
    });
    for secret in [ACCESS, REFRESH, ID, SENT] {
        assert!(!printed.contains(secret), "printed: {printed}");
    }
    result
}

/// A plausible answer, before something happens to it.
fn answer() -> impl Strategy<Value = String> {
    let error = prop_oneof![Just(""), Just(r#","error":"invalid_grant""#), Just(r#","error":{"code":7}"#)];
    let words =
        prop_oneof![Just(String::new()), Just(format!(r#","error_description":"{ACCESS} {SENT} {REFRESH} {ID}""#)),];
    (error, words).prop_map(|(error, words)| {
        format!(r#"{{"access_token":"{ACCESS}","refresh_token":"{REFRESH}","id_token":"{ID}","token_type":"{ACCESS}","scope":"{ACCESS}","{ACCESS}":"{REFRESH}"{error}{words}}}"#)
    })
}

/// Any JSON value, as text.
fn json_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,25})?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a text")),
        Just(r#""\ud800""#.to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|list| format!("[{}]", list.join(","))),
            inner.prop_map(|value| format!(r#"{{"k":{value}}}"#)),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(
        status in 100u16..=599, kind in content_type(), format in format(), body in any::<Vec<u8>>(),
    ) {
        let _ = read(status, kind, format, body);
    }

    #[test]
    fn a_damaged_answer_prints_no_secret(
        status in 200u16..=599, kind in content_type(), format in format(), answer in answer(),
        at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut body = answer.into_bytes();
        // The damage stays behind the tokens: a name that nobody knows cannot be known to hold a secret.
        let tokens = body.windows(12).position(|piece| piece == b"\"token_type\"").expect("the answer has a type");
        let at = tokens + at.index(body.len() - tokens);
        if cut { body.truncate(at) } else { body[at] = byte }
        let _ = read(status, kind, format, body);
    }

    #[test]
    fn no_profile_panics_or_prints_a_secret(
        profile in any::<prop::sample::Index>(), status in 200u16..=599, kind in content_type(), answer in answer(),
        envelope in prop_oneof![Just(""), Just("body"), Just("authed_user"), Just("error"), Just("errors")],
        junk in any::<Vec<u8>>(), use_junk in any::<bool>(),
    ) {
        let names: Vec<&str> = Profiles::builtin().names().collect();
        let profile = Profiles::builtin().named(names[profile.index(names.len())]).expect("a profile");
        let body = match (use_junk, envelope) {
            (true, _) => junk,
            (_, "") => answer.into_bytes(),
            (_, name) => format!(r#"{{"status":0,"{name}":{answer}}}"#).into_bytes(),
        };
        let _ = read_as(&profile.dialect, status, kind, body);
    }

    #[test]
    fn what_is_sent_is_what_was_meant(username in any::<String>(), password in any::<String>(), json in any::<bool>()) {
        let client = RegisteredClient { id: "c".into(), auth: ClientAuth::None };
        let endpoint = Url::parse("https://as.example/token").expect("a URL");
        let secret = Secret::new(password.clone());
        let mut dialect = Dialect::default();
        dialect.request.body = if json { BodyFormat::Json } else { BodyFormat::Form };
        let grant = Grant::Password { username: &username, password: &secret };
        let request = TokenRequest { dialect: &dialect, ..TokenRequest::new(&endpoint, &client, grant) };
        let body = request.to_http().expect("a request").body;
        let sent: BTreeMap<String, String> = match json {
            true => serde_json::from_slice(&body).expect("JSON"),
            false => url::form_urlencoded::parse(&body).into_owned().collect(),
        };
        // What is empty is left out.
        prop_assert_eq!(sent.get("username").map_or("", String::as_str), username);
        prop_assert_eq!(sent.get("password").map_or("", String::as_str), password);
    }

    #[test]
    fn no_optional_member_costs_the_token(
        name in prop_oneof![
            Just("token_type"), Just("expires_in"), Just("refresh_token"), Just("scope"), Just("id_token"),
            Just("expires_at"), Just("expires_on"), Just("scopes"), Just("anything"), Just("error_description"),
        ],
        value in json_value(),
    ) {
        let body = format!(r#"{{"access_token":"{ACCESS}","{name}":{value}}}"#);
        let reply = read(200, "application/json", ResponseFormat::Json, body.into_bytes());
        prop_assert_eq!(reply.map(|reply| reply.access_token), Ok(Secret::new(ACCESS)));
    }

    #[test]
    fn a_lifetime_is_what_its_figures_say(seconds in 1u64..=315_360_000, fraction in 0u32..1000, power in 0usize..9) {
        let digits = format!("{seconds}{}", "0".repeat(power));
        let written = [
            format!("{seconds}.{fraction:03}"),
            format!("\" {seconds}.{fraction:03} \""),
            format!("{digits}e-{power}"),
            format!("0.{seconds:012}E12"),
        ];
        for expires_in in written {
            let body = format!(r#"{{"access_token":"{ACCESS}","expires_in":{expires_in}}}"#);
            let reply = read(200, "application/json", ResponseFormat::Json, body.into_bytes());
            prop_assert_eq!(reply.map(|reply| reply.lifetime), Ok(Lifetime::Known(seconds)), "{}", expires_in);
        }
    }

    #[test]
    fn any_query_is_read_without_panic_and_prints_no_code(query in "(code|state|iss|error|x)=[ -~]{0,40}&?(%[0-9A-Fa-f]{2}|.){0,60}") {
        let query = format!("{query}&code=code-canary-{}&state=state-canary", "1".repeat(8));
        let printed = format!("{:?}", Callback::parse(&query));
        prop_assert!(!printed.contains("code-canary") && !printed.contains("state-canary"), "{}", printed);
    }

    #[test]
    fn any_pause_is_between_a_second_and_an_hour(value in "[ -~]{0,40}") {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(&value).expect("printable"));
        let response = HttpResponse::new(503, headers, Vec::new());
        let failure = token_response::read(&response, &Reading::default()).expect_err("no token");
        prop_assert!(failure.retry_after_s.is_none_or(|seconds| (1..=3600).contains(&seconds)));
    }
}
