//! `par.json`.

use http::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::oauth::discovery::ServerMetadata;
use tokcore::oauth::pushed_authorization::{self, PushedAuthorizationRequest};
use tokcore::oauth::{
    AuthorizationRequest, BasicEncoding, ClientAuth, Dialect, Endpoint, Endpoints, Reading, RegisteredClient,
};
use tokcore::{Error, Secret};
use url::Url;

use crate::answer::Answer;
use crate::table::{each, same, same_error};

#[derive(Deserialize)]
struct Case {
    /// Absent: known. `null`: not known.
    #[serde(default = "known")]
    endpoint: Option<String>,
    authorization_endpoint: Option<Url>,
    secret: Option<String>,
    method: Option<String>,
    required: Option<bool>,
    wanted: Option<bool>,
    #[serde(default)]
    extra: Vec<(String, String)>,
    answer: Option<Answer>,
    expect: Map<String, Value>,
}

fn known() -> Option<String> {
    Some("https://as.example/par".into())
}

impl Case {
    fn run(&self) -> Result<Value, Error> {
        let mut endpoints = Endpoints::default();
        if let Some(endpoint) = &self.endpoint {
            endpoints.set(Endpoint::PushedAuthorization, endpoint.parse().expect("a URL"));
        }
        let required = self.required.unwrap_or(self.wanted.is_none());
        let metadata = ServerMetadata { requires_pushed_authorization: required, ..ServerMetadata::default() };
        let wanted = self.wanted.unwrap_or(false);
        let Some(endpoint) = pushed_authorization::endpoint(&endpoints, Some(&metadata), wanted)? else {
            return Ok(json!({ "pushed": false }));
        };
        let auth = match (&self.secret, self.method.as_deref()) {
            (None, _) => ClientAuth::None,
            (Some(secret), Some("basic")) => ClientAuth::Basic(Secret::new(secret), BasicEncoding::default()),
            (Some(secret), _) => ClientAuth::Post(Secret::new(secret)),
        };
        let client = RegisteredClient { id: "c".into(), auth };
        let authorization_endpoint =
            self.authorization_endpoint.clone().unwrap_or("https://as.example/authorize".parse().expect("a URL"));
        let (state, scopes) = (Secret::new("S"), ["openid".to_owned()]);
        let authorization = AuthorizationRequest {
            scopes: &scopes,
            extra: &self.extra,
            ..AuthorizationRequest::new(&authorization_endpoint, "c", "http://127.0.0.1:54321/", &state)
        };
        let pushed = PushedAuthorizationRequest { endpoint, client: &client, authorization: &authorization };
        let request = pushed.to_http()?;
        let reading = Reading { secrets: pushed.secrets(), ..Reading::default() };
        let answer = self.answer.as_ref().expect("an answer").response();
        let reference = pushed_authorization::read(&answer, &reading)?;
        assert!(!format!("{reference:?} {request:?}").contains("urn:x"), "the reference was printed");
        Ok(json!({
            "body": String::from_utf8_lossy(&request.body),
            "authorization": request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()),
            "url": reference.url(&authorization_endpoint, "c", Dialect::rfc()).as_str(),
            "expires_in_s": reference.expires_in_s,
        }))
    }
}

#[test]
fn pushed_authorization_vectors() {
    each("par.json", |case: &Case| match (case.run(), case.expect.get("error")) {
        (Err(error), Some(expected)) => same_error(&error, expected),
        (Ok(got), None) => case.expect.iter().try_for_each(|(name, expected)| same(name, &got[name], expected)),
        (got, expected) => Err(format!("got {got:?}, expected {expected:?}")),
    });
}
