//! What holds for every answer of these endpoints: no panic, and nothing that is shown can move a terminal's cursor.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use tokcore::oauth::challenge::{ApiAnswer, Challenges, Verdict};
use tokcore::oauth::device::{Moment, PollAnswer, Polling, Step};
use tokcore::oauth::dialect::TokenUse;
use tokcore::oauth::discovery::{Expectation, IssuerMatch};
use tokcore::oauth::introspection::Introspection;
use tokcore::oauth::resource_metadata::ResourceMatch;
use tokcore::oauth::revocation::Revocation;
use tokcore::oauth::{Reading, device, discovery, document, introspection, pushed_authorization, resource_metadata};
use tokcore::transport::HttpResponse;
use tokcore::{Error, Secret};

const SENT: &str = "sent-canary-55aa";
const CODE: &str = "device-canary-90d7";

fn is_plain(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|c| c.is_control() || turns(c))
}

fn shown(error: &Error) -> String {
    format!("{error} {} {} {}", error.hint(), error.detail().unwrap_or(""), error.oauth_error().unwrap_or(""))
}

/// An error about an exchange without secrets shows nothing but plain text.
fn is_shown_plainly(error: &Error) -> bool {
    is_plain(&shown(error))
}

/// Everything that an error shows is plain, and is no secret of the exchange.
fn is_fit_to_show(error: &Error) -> bool {
    let all = format!("{} {error:?}", shown(error));
    is_shown_plainly(error) && ![SENT, CODE].iter().any(|secret| all.contains(secret))
}

fn reading(sent: &Secret) -> Reading<'_> {
    Reading { secrets: vec![sent], ..Reading::default() }
}

/// Texts as an attacker would write them.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just(format!("\u{1b}[2J{SENT}\u{202e}\r\n")),
        Just("https://as.example/\u{1b}]0;x\u{7}".to_owned()),
        "(https?|javascript)://[a-z@:/?#\\[\\]\u{1b}.-]{0,20}",
    ]
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        words().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<bool>().prop_map(Into::into),
        Just(serde_json::Value::Null),
        prop::collection::vec(words(), 0..3).prop_map(Into::into),
        words().prop_map(|text| serde_json::json!({ "token_endpoint": text, "code": 1 })),
    ]
}

/// Objects whose members have the right names and any value, and plain rubbish.
fn body(names: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let members = prop::collection::btree_map(prop::sample::select(names), value(), 0..8);
    prop_oneof![
        8 => members.prop_map(|members| serde_json::to_vec(&members).expect("JSON")),
        1 => any::<Vec<u8>>(),
    ]
}

fn response(status: u16, body: Vec<u8>) -> HttpResponse {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    HttpResponse::new(status, headers, body)
}

const METADATA: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "mtls_endpoint_aliases",
    "scopes_supported",
    "grant_types_supported",
    "code_challenge_methods_supported",
    "require_pushed_authorization_requests",
    "resource",
    "authorization_servers",
    "error",
];
const DEVICE: &[&str] = &[
    "device_code",
    "user_code",
    "verification_uri",
    "verification_url",
    "verification_uri_complete",
    "expires_in",
    "interval",
    "message",
    "error",
    "error_description",
];
const ABOUT_TOKENS: &[&str] =
    &["active", "scope", "exp", "iat", "aud", "iss", "request_uri", "expires_in", "error", "error_description"];

proptest! {
    #[test]
    fn any_challenge(values in prop::collection::vec(any::<String>(), 0..3), status in 400u16..405, bare_401: bool) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let challenges = Challenges::parse(&values);
        let usage = TokenUse { bare_401_is_invalid_token: bare_401, ..TokenUse::default() };
        let answer = ApiAnswer {
            status, challenges: &challenges, dpop_nonce: None, error_code: None, usage: &usage, granted: &[],
        };
        let verdict = Verdict::of(&answer);
        prop_assert!(verdict.description.as_deref().is_none_or(is_plain));
        prop_assert!(verdict.to_error(status).is_none_or(|error| is_fit_to_show(&error)), "{:?}", verdict);
        prop_assert!(challenges.iter().all(|challenge| challenge.error().is_none_or(|code| is_plain(&code))));
    }

    #[test]
    fn a_challenge_is_found_behind_anything_that_ends(
        noise in r#"([A-Za-z]{1,6}( [a-z]{1,4}=("([^"\\]|\\.){0,8}"|[a-z0-9./:]{0,6}))?(, ?)?){0,3}"#,
    ) {
        let value = format!("{noise}, Bearer error=\"invalid_token\"");
        let challenges = Challenges::parse(&[&value]);
        prop_assert!(challenges.about_tokens().any(|challenge| challenge.error().as_deref() == Some("invalid_token")), "{}", value);
    }

    #[test]
    fn any_metadata(status in prop_oneof![Just(200u16), 100u16..600], body in body(METADATA), location in "[ -~]{0,30}") {
        let mut response = response(status, body);
        let expected = Expectation {
            issuer: Some("https://as.example"), issuer_match: IssuerMatch::None, allow_insecure_http: false,
        };
        if let Err(error) = discovery::read(&response, &expected) {
            prop_assert!(is_shown_plainly(&error), "{:?}", error);
        }
        let exact = Expectation { issuer_match: IssuerMatch::Exact, ..expected };
        prop_assert!(discovery::read(&response, &exact).err().is_none_or(|error| is_shown_plainly(&error)));
        let resource = resource_metadata::read(&response, "https://api.example/v1", ResourceMatch::PathPrefix);
        prop_assert!(resource.err().is_none_or(|error| is_shown_plainly(&error)));
        let asked = "https://as.example/.well-known/x".parse().expect("a URL");
        response.headers.insert(LOCATION, HeaderValue::from_str(&location).expect("printable"));
        match document::redirect(&asked, &response, 0) {
            Ok(target) => prop_assert!(target.is_none_or(|target| target.origin() == asked.origin())),
            Err(error) => prop_assert!(is_shown_plainly(&error), "{:?}", error),
        }
    }

    #[test]
    fn any_device_answer(status in prop_oneof![Just(200u16), 100u16..600], body in body(DEVICE)) {
        let sent = Secret::new(SENT);
        match device::read(&response(status, body.clone()), &reading(&sent)) {
            Err(error) => prop_assert!(is_fit_to_show(&error), "{:?}", error),
            Ok(authorization) => {
                let shown = [Some(&authorization.user_code), Some(&authorization.verification_uri),
                    authorization.verification_uri_complete.as_ref(), authorization.message.as_ref()];
                prop_assert!(shown.iter().flatten().all(|text| is_plain(text) && !text.is_empty()), "{:?}", shown);
                prop_assert!(authorization.page().is_none_or(|url| matches!(url.scheme(), "https" | "http")));
                prop_assert!((1..=60).contains(&authorization.interval_s) && authorization.expires_in_s > 0);
            }
        }
        let answer = PollAnswer::read(&Ok(response(status, body)), &reading(&sent));
        let mut polling = a_polling(900);
        if let Step::Failed(error) = polling.after(answer, Moment { steady_ms: 5500, unix_ms: 5500 }) {
            prop_assert!(is_fit_to_show(&error), "{:?}", error);
        }
    }

    #[test]
    fn any_polling_ends_within_an_interval_of_the_end(
        statuses in prop::collection::vec(prop_oneof![Just((400, "authorization_pending")), Just((400, "slow_down")), Just((502, ""))], 1..200),
        expires_in_s in 1u64..2000,
    ) {
        let mut polling = a_polling(expires_in_s);
        let (mut now, mut interval_ms) = (0, 5000);
        let mut wait = polling.first_wait();
        for (status, code) in statuses {
            prop_assert!(wait.as_millis() >= interval_ms);
            now += u64::try_from(wait.as_millis()).expect("a short wait");
            prop_assert!(now <= expires_in_s * 1000 + interval_ms as u64 + 500, "asked at {}", now);
            interval_ms += if code == "slow_down" { 5000 } else { 0 };
            let body = format!(r#"{{"error":"{code}"}}"#);
            let answer = PollAnswer::read(&Ok(response(status, body.into_bytes())), &Reading::default());
            match polling.after(answer, Moment { steady_ms: now, unix_ms: now as i64 }) {
                Step::Continue { wait: next, .. } => wait = next,
                _ => {
                    prop_assert!(now >= expires_in_s * 1000);
                    break;
                }
            }
        }
    }

    #[test]
    fn any_answer_about_tokens(status in prop_oneof![Just(200u16), Just(201u16), 100u16..600], body in body(ABOUT_TOKENS)) {
        let sent = Secret::new(SENT);
        let response = response(status, body.clone());
        match introspection::read(&response, &reading(&sent), &introspection::Expectation::default()) {
            Err(error) => prop_assert!(is_fit_to_show(&error), "{:?}", error),
            Ok(Introspection::Active(_)) => {
                let said: serde_json::Value = serde_json::from_slice(&body).expect("an active token was JSON");
                prop_assert_eq!(&said["active"], &serde_json::Value::Bool(true));
            }
            Ok(Introspection::Inactive) => {}
        }
        let pushed = pushed_authorization::read(&response, &reading(&sent));
        prop_assert!(pushed.err().is_none_or(|error| is_fit_to_show(&error)));
        let revocation = Revocation::read(&response, &reading(&sent));
        prop_assert!(revocation.error().is_none_or(is_fit_to_show), "{:?}", revocation);
    }
}

fn a_polling(expires_in_s: u64) -> Polling {
    let authorization = device::DeviceAuthorization {
        device_code: Secret::new(CODE),
        user_code: "A".into(),
        verification_uri: "https://as.example".into(),
        verification_uri_complete: None,
        message: None,
        expires_in_s,
        interval_s: 5,
        warnings: Vec::new(),
    };
    Polling::new(&authorization, Moment { steady_ms: 0, unix_ms: 0 })
}
