//! `revocation.json` and `introspection.json`.

use http::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::Secret;
use tokcore::oauth::dialect::{Dialect, RevocationShape};
use tokcore::oauth::introspection::{self, Expectation, Introspection};
use tokcore::oauth::revocation::{self, Revocation, RevocationRequest, Revoking};
use tokcore::oauth::{ClientAuth, Endpoint, Endpoints, Reading, RegisteredClient};
use tokcore::transport::HttpRequest;

use crate::answer::Answer;
use crate::table::{each, same, same_error};

#[derive(Deserialize)]
struct Case {
    endpoint: Option<String>,
    secret: Option<String>,
    refresh_token: Option<String>,
    access_token: Option<String>,
    dialect: Option<Value>,
    #[serde(default)]
    answers: Vec<Answer>,
    expect: Map<String, Value>,
}

impl Case {
    fn run(&self) -> Result<(Vec<HttpRequest>, Revocation), String> {
        let shape = self.dialect.clone().map(RevocationShape::deserialize).transpose();
        let shape = shape.map_err(|error| error.to_string())?.unwrap_or_default();
        let dialect = Dialect { revocation: shape, ..Dialect::default() };
        let auth = self.secret.as_ref().map_or(ClientAuth::None, |secret| ClientAuth::Post(Secret::new(secret)));
        let client = RegisteredClient { id: "c".into(), auth };
        let mut known = Endpoints::default();
        if let Some(endpoint) = &self.endpoint {
            known.set(Endpoint::Revocation, endpoint.parse().expect("a URL"));
        }
        let endpoint = match revocation::endpoint(&known, &dialect, &client.id) {
            Ok(endpoint) => endpoint,
            Err(error) => return Ok((Vec::new(), Revocation::Unsupported(error))),
        };
        let (refresh_token, access_token) =
            (self.refresh_token.as_ref().map(Secret::new), self.access_token.as_ref().map(Secret::new));
        let mut revoking = Revoking::new(refresh_token.as_ref(), access_token.as_ref());
        let (mut sent, mut answers) = (Vec::new(), self.answers.iter());
        while let Some((hint, token)) = revoking.next_token() {
            let request = RevocationRequest { endpoint: &endpoint, client: &client, token, hint, dialect: &dialect };
            sent.push(request.to_http().map_err(|error| error.to_string())?);
            let reading = Reading { dialect: &dialect, secrets: request.secrets(), ..Reading::default() };
            let answer = answers.next().ok_or("asked more often than answered")?;
            revoking.after(Revocation::read(&answer.response(), &reading));
        }
        if answers.next().is_some() {
            return Err("asked less often than answered".into());
        }
        Ok((sent, revoking.finish()))
    }
}

#[test]
fn revocation_vectors() {
    each("revocation.json", |case: &Case| {
        let (sent, outcome) = case.run()?;
        if format!("{sent:?} {outcome:?} {:?}", outcome.error()).contains("canary") {
            return Err("a token was printed".into());
        }
        same("result", &outcome.slug().into(), &case.expect["result"])?;
        if let Some(expected) = case.expect.get("asked") {
            let bodies: Vec<_> = sent.iter().map(|request| String::from_utf8_lossy(&request.body)).collect();
            same("asked", &json!(bodies), expected)?;
        }
        if let Some(expected) = case.expect.get("request") {
            let last = sent.last().ok_or("nothing was asked")?;
            let authorization = last.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            let got = json!({
                "method": last.method.as_str(),
                "url": last.url.as_str(),
                "authorization": authorization,
            });
            same("request", &got, expected)?;
        }
        match (outcome.error(), case.expect.get("error")) {
            (Some(error), Some(expected)) => same_error(error, expected),
            (None, None) => Ok(()),
            (got, expected) => Err(format!("error: got {got:?}, expected {expected:?}")),
        }
    });
}

#[derive(Deserialize)]
struct IntrospectionCase {
    answer: Answer,
    issuer: Option<String>,
    audience: Option<String>,
    expect: Map<String, Value>,
}

#[test]
fn introspection_vectors() {
    each("introspection.json", |case: &IntrospectionCase| {
        let expected = Expectation { issuer: case.issuer.as_deref(), audience: case.audience.as_deref() };
        match introspection::read(&case.answer.response(), &Reading::default(), &expected) {
            Err(error) => same_error(&error, case.expect.get("error").unwrap_or(&Value::Null)),
            Ok(Introspection::Inactive) => same("active", &json!(false), &case.expect["active"]),
            Ok(Introspection::Active(token)) => {
                let got = json!({
                    "scopes": token.scopes,
                    "client_id": token.client_id,
                    "username": token.username,
                    "token_type": token.token_type,
                    "exp": token.expires_at_unix_s,
                    "iat": token.issued_at_unix_s,
                    "nbf": token.not_before_unix_s,
                    "sub": token.subject,
                    "aud": token.audience,
                    "iss": token.issuer,
                    "jti": token.jwt_id,
                    "extra": token.extra,
                });
                same("active", &got, case.expect.get("active").unwrap_or(&Value::Null))
            }
        }
    });
}
