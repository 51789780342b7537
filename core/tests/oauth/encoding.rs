//! `encoding.json`: forms, queries, PKCE and Basic credentials.

use http::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::Secret;
use tokcore::oauth::{
    AuthorizationRequest, BasicEncoding, ClientAuth, Grant, RegisteredClient, TokenRequest, Verifier,
};
use url::Url;

use crate::table::{complete, each, refused, same, same_members, secret, unhex};

#[derive(Deserialize)]
struct Case {
    /// A text for a form body.
    form: Option<String>,
    /// A text for a query.
    query: Option<String>,
    /// Random bytes for a verifier.
    bytes: Option<String>,
    verifier: Option<String>,
    /// Client authentication.
    method: Option<String>,
    #[serde(default)]
    encoding: BasicEncoding,
    #[serde(default)]
    client_id: String,
    secret: Option<String>,
    expect: Value,
}

#[test]
fn encoding() {
    each("encoding.json", |case: &Case| match (&case.form, &case.query, &case.method) {
        (Some(text), _, _) => same("form", &form(text)?.into(), &case.expect["encoded"]),
        (_, Some(text), _) => same("query", &query(text)?.into(), &case.expect["encoded"]),
        (_, _, Some(method)) => same("request", &case.authenticated(method)?, &case.expect),
        _ => same_members(&case.pkce()?, &case.expect),
    });
    complete("encoding.json", "E-", 1..=6);
    complete("encoding.json", "B-", 1..=13);
}

fn endpoint() -> Url {
    Url::parse("https://as.example/token").expect("a URL")
}

/// What a parameter's value looks like in a token request.
fn form(text: &str) -> Result<String, String> {
    let client = RegisteredClient { id: "c".into(), auth: ClientAuth::None };
    let endpoint = endpoint();
    let extra = [("x".to_owned(), text.to_owned())];
    let request = TokenRequest { extra: &extra, ..TokenRequest::new(&endpoint, &client, Grant::ClientCredentials) };
    let body = request.to_http().map_err(|error| error.to_string())?.body;
    value(&String::from_utf8_lossy(&body))
}

/// What a parameter's value looks like in the URL for the browser.
fn query(text: &str) -> Result<String, String> {
    let (endpoint, state) = (endpoint(), Secret::new("S"));
    let extra = [("x".to_owned(), text.to_owned())];
    let request =
        AuthorizationRequest { extra: &extra, ..AuthorizationRequest::new(&endpoint, "c", "https://p/cb", &state) };
    value(request.url().map_err(|error| error.to_string())?.query().unwrap_or_default())
}

fn value(parameters: &str) -> Result<String, String> {
    let value = parameters.split('&').find_map(|piece| piece.strip_prefix("x="));
    value.map(str::to_owned).ok_or_else(|| format!("no x in {parameters}"))
}

impl Case {
    fn pkce(&self) -> Result<Value, String> {
        let verifier = match &self.bytes {
            Some(hex) => Ok(Verifier::from_bytes(&unhex(hex).try_into().map_err(|_| "not 32 bytes")?)),
            None => Verifier::parse(secret(&self.verifier)),
        };
        Ok(match verifier {
            Err(error) => refused(&error),
            Ok(verifier) => {
                json!({ "verifier": verifier.secret().expose(), "challenge": verifier.challenge().as_str() })
            }
        })
    }

    /// What the client adds to a refresh request.
    fn authenticated(&self, method: &str) -> Result<Value, String> {
        let auth = match method {
            "none" => ClientAuth::None,
            "post" => ClientAuth::Post(secret(&self.secret)),
            _ => ClientAuth::Basic(secret(&self.secret), self.encoding),
        };
        let client = RegisteredClient { id: self.client_id.clone(), auth };
        let (endpoint, refresh_token) = (endpoint(), Secret::new("r"));
        let grant = Grant::Refresh { refresh_token: &refresh_token };
        let request = match TokenRequest::new(&endpoint, &client, grant).to_http() {
            Err(error) => return Ok(refused(&error)),
            Ok(request) => request,
        };
        let body = String::from_utf8(request.body.clone()).map_err(|error| error.to_string())?;
        let added = body.strip_prefix("grant_type=refresh_token&refresh_token=r").ok_or("another body")?;
        let mut got = json!({ "body": added.trim_start_matches('&') });
        if let Some(value) = request.headers.get(AUTHORIZATION) {
            got["authorization"] = value.to_str().map_err(|error| error.to_string())?.into();
            if !value.is_sensitive() || format!("{request:?}").contains("Basic ") {
                return Err("the header would be printed".into());
            }
        }
        Ok(got)
    }
}
