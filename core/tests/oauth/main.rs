//! Runs `tests/vectors/oauth/*.json` against the wire logic of `tokcore::oauth`.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

use std::fs;
use std::path::Path;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokcore::oauth::{
    AuthorizationRequest, BasicEncoding, Callback, CallbackProblem, ClientAuth, EndpointFailure, Grant, Lifetime,
    Outcome, Reading, RegisteredClient, ResponseFormat, ScopeSeparator, TokenReply, TokenRequest, Verifier,
    token_response,
};
use tokcore::transport::HttpResponse;
use tokcore::{Error, Secret};
use url::Url;

/// Reads a table and runs `run` on each of its cases; a case fails by giving back what differs.
fn each<Case: DeserializeOwned>(table: &str, run: impl Fn(&Case) -> Result<(), String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/oauth").join(table);
    let text = fs::read_to_string(&path).expect("the table is readable");
    let table: Value = serde_json::from_str(&text).expect("the table is JSON");
    let cases = table["cases"].as_array().expect("the table has cases");
    assert!(!cases.is_empty(), "no case, no test");
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let typed = Case::deserialize(case).map_err(|error| error.to_string());
            let problem = typed.and_then(|typed| run(&typed)).err()?;
            Some(format!("{} ({}): {problem}", case["id"], case["why"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

fn same(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}: got {got}, expected {expected}")) }
}

/// An error as the tables write it.
fn refused(error: &Error) -> Value {
    json!({ "error": error.kind().slug() })
}

fn secret(text: &Option<String>) -> Secret {
    Secret::new(text.clone().unwrap_or_default())
}

#[derive(Deserialize)]
struct Fill {
    prefix: String,
    fill: String,
    count: usize,
    #[serde(default)]
    suffix: String,
}

impl Fill {
    fn text(&self) -> String {
        format!("{}{}{}", self.prefix, self.fill.repeat(self.count), self.suffix)
    }
}

#[derive(Deserialize)]
struct ClientCase {
    method: String,
    encoding: Option<String>,
    client_id: String,
    secret: Option<String>,
    expect: Value,
}

#[test]
fn client_auth() {
    each("client_auth.json", |case: &ClientCase| {
        let encoding = match case.encoding.as_deref() {
            Some("raw") => BasicEncoding::Raw,
            _ => BasicEncoding::Rfc6749,
        };
        let auth = match case.method.as_str() {
            "none" => ClientAuth::None,
            "post" => ClientAuth::Post(secret(&case.secret)),
            _ => ClientAuth::Basic(secret(&case.secret), encoding),
        };
        let endpoint = Url::parse("https://as.example/token").expect("a URL");
        let client = RegisteredClient { id: case.client_id.clone(), auth };
        let refresh_token = Secret::new("r");
        let grant = Grant::Refresh { refresh_token: &refresh_token };
        let got = match (TokenRequest { endpoint: &endpoint, client: &client, grant, extra: &[] }).to_http() {
            Err(error) => refused(&error),
            Ok(request) => {
                let body = String::from_utf8(request.body.clone()).map_err(|error| error.to_string())?;
                let added = body.strip_prefix("grant_type=refresh_token&refresh_token=r").ok_or("another body")?;
                let mut got = json!({ "body": added.trim_start_matches('&') });
                if let Some(value) = request.headers.get(AUTHORIZATION) {
                    got["authorization"] = value.to_str().map_err(|error| error.to_string())?.into();
                    if !value.is_sensitive() || format!("{request:?}").contains("Basic ") {
                        return Err("the header would be printed".into());
                    }
                }
                got
            }
        };
        same("request", &got, &case.expect)
    });
}

#[derive(Deserialize)]
struct PkceCase {
    bytes: Option<String>,
    verifier: Option<String>,
    expect: Value,
}

#[test]
fn pkce() {
    each("pkce.json", |case: &PkceCase| {
        let verifier = match &case.bytes {
            Some(hex) => Ok(Verifier::from_bytes(&unhex(hex).try_into().map_err(|_| "not 32 bytes")?)),
            None => Verifier::parse(secret(&case.verifier)),
        };
        let all = match verifier {
            Err(error) => refused(&error),
            Ok(verifier) => {
                json!({ "verifier": verifier.secret().expose(), "challenge": verifier.challenge().as_str() })
            }
        };
        // A case names what it is about.
        for (name, expected) in case.expect.as_object().ok_or("expect is no object")? {
            same(name, &all[name], expected)?;
        }
        Ok(())
    });
}

fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hexadecimal"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

#[derive(Deserialize)]
struct AuthorizationCase {
    endpoint: Url,
    client_id: String,
    redirect_uri: String,
    scopes: Vec<String>,
    separator: Option<String>,
    state: String,
    verifier: Option<String>,
    nonce: Option<String>,
    #[serde(default)]
    extra: Vec<(String, String)>,
    expect: Value,
}

#[test]
fn authorization() {
    each("authorization.json", |case: &AuthorizationCase| {
        let parse = |text: &String| Verifier::parse(Secret::new(text)).expect("a verifier");
        let challenge = case.verifier.as_ref().map(|text| parse(text).challenge());
        let nonce = case.nonce.as_ref().map(Secret::new);
        let request = AuthorizationRequest {
            endpoint: &case.endpoint,
            client_id: &case.client_id,
            redirect_uri: &case.redirect_uri,
            scopes: &case.scopes,
            separator: if case.separator.is_some() { ScopeSeparator::Comma } else { ScopeSeparator::Space },
            state: &Secret::new(&case.state),
            challenge: challenge.as_ref(),
            nonce: nonce.as_ref(),
            extra: &case.extra,
        };
        let got = request.url().map_or_else(|error| refused(&error), |url| json!({ "url": url.as_str() }));
        same("request", &got, &case.expect)
    });
}

#[derive(Deserialize)]
struct TokenRequestCase {
    endpoint: Option<Url>,
    code: Option<String>,
    redirect_uri: Option<String>,
    verifier: Option<String>,
    refresh_token: Option<String>,
    #[serde(default)]
    extra: Vec<(String, String)>,
    expect: Value,
}

#[test]
fn token_request() {
    each("token_request.json", |case: &TokenRequestCase| {
        let (code, refresh_token) = (secret(&case.code), secret(&case.refresh_token));
        let verifier = case.verifier.as_ref().map(|text| Verifier::parse(Secret::new(text)).expect("a verifier"));
        let grant = match &case.redirect_uri {
            Some(redirect_uri) => Grant::AuthorizationCode { code: &code, redirect_uri, verifier: verifier.as_ref() },
            None => Grant::Refresh { refresh_token: &refresh_token },
        };
        let endpoint = case.endpoint.clone().unwrap_or(Url::parse("https://as.example/token").expect("a URL"));
        let client = RegisteredClient { id: "c".into(), auth: ClientAuth::None };
        let got = match (TokenRequest { endpoint: &endpoint, client: &client, grant, extra: &case.extra }).to_http() {
            Err(error) => refused(&error),
            Ok(request) => {
                same(
                    "content type",
                    &header(&request.headers, "content-type"),
                    &"application/x-www-form-urlencoded".into(),
                )?;
                same("accept", &header(&request.headers, "accept"), &"application/json".into())?;
                let mut got = json!({ "body": String::from_utf8_lossy(&request.body) });
                if case.endpoint.is_some() {
                    got["url"] = request.url.as_str().into();
                }
                got
            }
        };
        same("request", &got, &case.expect)
    });
}

fn header(headers: &HeaderMap, name: &str) -> Value {
    headers.get(name).and_then(|value| value.to_str().ok()).into()
}

#[derive(Deserialize)]
struct CallbackCase {
    query: String,
    query_fill: Option<Fill>,
    issuer: Option<String>,
    #[serde(default)]
    issuer_promised: bool,
    expect: Map<String, Value>,
}

impl CallbackCase {
    fn run(&self) -> Result<Outcome, CallbackProblem> {
        let query = self.query_fill.as_ref().map_or(self.query.clone(), Fill::text);
        let callback = Callback::parse(&query)?;
        callback.check_state(&Secret::new("S"))?;
        callback.check_issuer(self.issuer.as_deref(), self.issuer_promised)?;
        Ok(callback.outcome)
    }
}

#[test]
fn callback() {
    each("callback.json", |case: &CallbackCase| {
        let mut got = Map::new();
        match case.run() {
            Err(problem) => {
                got.insert("problem".into(), problem.slug().into());
            }
            Ok(Outcome::Refused { error, description }) => {
                got.insert("refused".into(), json!({ "error": error, "description": description }));
            }
            Ok(Outcome::Code { code, scope }) => {
                got.insert("code".into(), code.expose().into());
                got.extend(scope.map(|scope| ("scope".into(), scope.into())));
                if case.expect.contains_key("sent") {
                    got.insert("sent".into(), as_sent(&code).into());
                }
            }
        }
        same("callback", &got.into(), &case.expect.clone().into())
    });
}

/// The code as the body of the token request carries it.
fn as_sent(code: &Secret) -> String {
    let client = RegisteredClient { id: "c".into(), auth: ClientAuth::None };
    let endpoint = Url::parse("https://as.example/token").expect("a URL");
    let grant = Grant::AuthorizationCode { code, redirect_uri: "https://p.example/cb", verifier: None };
    let request =
        TokenRequest { endpoint: &endpoint, client: &client, grant, extra: &[] }.to_http().expect("a request");
    let body = String::from_utf8(request.body).expect("a form is ASCII");
    let code = body.split('&').find_map(|piece| piece.strip_prefix("code="));
    code.expect("the body has a code").to_owned()
}

#[derive(Deserialize)]
struct ResponseCase {
    #[serde(default)]
    body: String,
    body_hex: Option<String>,
    body_fill: Option<Fill>,
    status: Option<u16>,
    content_type: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    format: Option<String>,
    requested_scopes: Option<usize>,
    sent_secret: Option<String>,
    expect: Map<String, Value>,
}

impl ResponseCase {
    fn response(&self) -> HttpResponse {
        let mut headers = HeaderMap::new();
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).expect("a header value"));
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().expect("a header name");
            headers.insert(name, value.as_str().and_then(|text| text.parse().ok()).expect("a header value"));
        }
        let body = match (&self.body_hex, &self.body_fill) {
            (Some(hex), _) => unhex(hex),
            (_, Some(fill)) => fill.text().into_bytes(),
            _ => self.body.clone().into_bytes(),
        };
        HttpResponse::new(self.status.unwrap_or(200), headers, body)
    }

    fn read(&self) -> Result<TokenReply, EndpointFailure> {
        let sent = secret(&self.sent_secret);
        let reading = Reading {
            format: match self.format.as_deref() {
                Some("auto") => ResponseFormat::Auto,
                Some("form") => ResponseFormat::Form,
                _ => ResponseFormat::Json,
            },
            sent_at_unix_s: SENT_AT_UNIX_S,
            requested_scopes: self.requested_scopes.unwrap_or(1),
            secrets: vec![&sent],
        };
        token_response::read(&self.response(), &reading)
    }
}

const SENT_AT_UNIX_S: i64 = 1_700_000_000;

#[test]
fn token_response_vectors() {
    each("token_response.json", |case: &ResponseCase| {
        let result = case.read();
        let mut printed = format!("{result:?} {result:#?}");
        let got = match &result {
            Ok(reply) => json!({ "token": described(reply, case.expect["token"].get("access_token_bytes").is_some()) }),
            Err(failure) => {
                let error = failure.clone().into_error("the provider of `demo`");
                printed += &format!("{error} {error:?} {} {:?}", error.hint(), error.detail());
                json!({ "failure": classified(failure, &error)? })
            }
        };
        if printed.contains("canary") {
            return Err(format!("a secret was printed: {printed}"));
        }
        let expected = Value::Object(case.expect.clone());
        same("answer", &got, &with_defaults(expected, case.status.unwrap_or(200)))
    });
}

fn described(reply: &TokenReply, only_size: bool) -> Value {
    let lifetime_s = match reply.lifetime {
        Lifetime::Known(seconds) => Some(seconds),
        Lifetime::Unknown => None,
    };
    let mut got = json!({
        "token_type": reply.token_type,
        "refresh_token": reply.refresh_token.as_ref().map(Secret::expose),
        "id_token": reply.id_token.as_ref().map(Secret::expose),
        "scope": reply.scope,
        "lifetime_s": lifetime_s,
        "expires_at": reply.lifetime.expires_at_unix_s(SENT_AT_UNIX_S),
        "warnings": reply.warnings.iter().map(|warning| warning.slug()).collect::<Vec<_>>(),
        "extra": reply.extra,
    });
    match only_size {
        true => got["access_token_bytes"] = reply.access_token.expose().len().into(),
        false => got["access_token"] = reply.access_token.expose().into(),
    }
    got
}

fn classified(failure: &EndpointFailure, error: &Error) -> Result<Value, String> {
    same("oauth_error", &error.oauth_error().into(), &failure.oauth_error.as_deref().into())?;
    same("retry_after_ms", &error.retry_after_ms().into(), &failure.retry_after_s.map(|s| s * 1000).into())?;
    same("http_status", &error.http_status().into(), &failure.http_status.into())?;
    Ok(json!({
        "class": failure.class.slug(),
        "kind": error.kind().slug(),
        "oauth_error": failure.oauth_error,
        "description": failure.description,
        "http_status": failure.http_status,
        "retry_after_s": failure.retry_after_s,
    }))
}

/// Fills in what the table leaves out, so that everything in an answer is compared.
fn with_defaults(mut expected: Value, status: u16) -> Value {
    let defaults = match expected.get("token") {
        Some(_) => json!({ "token_type": "Bearer", "refresh_token": null, "id_token": null, "scope": null,
            "lifetime_s": null, "expires_at": null, "warnings": [], "extra": {} }),
        None => json!({ "oauth_error": null, "description": null, "http_status": status, "retry_after_s": null }),
    };
    for (name, value) in defaults.as_object().into_iter().flatten() {
        let inner = expected.as_object_mut().and_then(|outer| outer.values_mut().next()?.as_object_mut());
        inner.expect("a case expects an object").entry(name).or_insert(value.clone());
    }
    expected
}
