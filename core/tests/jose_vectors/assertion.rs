//! `client_assertion.json`: statements of the client about itself, and as a grant.

use serde::Deserialize;
use serde_json::Value;
use tokcore::jose::{Jws, SigningKey};
use tokcore::oauth::client_assertion::{self, Audience, ClientAssertion, fresh_id};
use tokcore::oauth::jwt_bearer::{self, Assertion, BearerAssertion};
use tokcore::{Context, Error, Secret};

use crate::{Check, NOW, claims_of, each, refused, same, table, text_of, to_value};

#[derive(Deserialize)]
struct AssertionCase {
    #[serde(default)]
    grant: bool,
    #[serde(default = "crate::some_issuer")]
    issuer: Option<String>,
    audience: Option<String>,
    #[serde(default = "some_grant_issuer")]
    iss: Option<String>,
    sub: Option<String>,
    #[serde(default = "some_token_endpoint")]
    aud: Option<String>,
    ready: Option<String>,
    secret: Option<String>,
    jti: Option<String>,
    #[serde(default)]
    not_before: bool,
    lifetime_s: Option<u64>,
    claims: Option<Value>,
    header: Option<Value>,
    expect: Value,
}

fn some_grant_issuer() -> Option<String> {
    Some("robot".into())
}

fn some_token_endpoint() -> Option<String> {
    Some("https://as.example/token".into())
}

impl AssertionCase {
    fn sign(&self, key: &SigningKey, id: &str) -> Result<Secret, Error> {
        let claims = self.claims.as_ref().map(claims_of).unwrap_or_default();
        let header = self.header.as_ref().map(claims_of).unwrap_or_default();
        if let Some(ready) = &self.ready {
            return Assertion::Ready(&Secret::new(ready)).text();
        }
        if self.grant {
            let assertion = BearerAssertion {
                issuer: self.iss.as_deref(),
                subject: self.sub.as_deref(),
                audience: self.aud.as_deref(),
                now_unix_s: NOW,
                id,
                lifetime_s: self.lifetime_s.unwrap_or(jwt_bearer::DEFAULT_LIFETIME_S),
                not_before: self.not_before,
                claims: &claims,
                header: &header,
                order: &[],
            };
            return Assertion::Signed(assertion, key, None).text();
        }
        let audience = match self.audience.as_deref() {
            None => Audience::default(),
            Some("called") => Audience::CalledEndpoint,
            Some("token_endpoint") => Audience::TokenEndpoint,
            Some(text) => Audience::Explicit(text.into()),
        };
        let assertion = ClientAssertion {
            client_id: "client-1",
            audience: audience.resolve(self.issuer.as_deref(), "https://as.example/token", "https://as.example/par"),
            now_unix_s: NOW,
            id,
            lifetime_s: self.lifetime_s.unwrap_or(client_assertion::DEFAULT_LIFETIME_S),
            not_before: self.not_before,
            claims: &claims,
            header: &header,
        };
        assertion.sign(key, None)
    }

    fn run(&self, key: &SigningKey) -> Check {
        let shared = self.secret.as_ref().map(|secret| SigningKey::from_client_secret(Secret::new(secret), false));
        let key = shared.as_ref().unwrap_or(key);
        if self.expect.get("fresh").is_some() {
            return self.run_fresh(key);
        }
        let token = match self.sign(key, self.jti.as_deref().unwrap_or("id-1")) {
            Err(error) => return refused(&error, &self.expect),
            Ok(token) => token,
        };
        if let Some(expected) = self.expect.get("token") {
            return same("token", &token.expose().into(), expected);
        }
        let parsed = Jws::parse(&token).map_err(|error| format!("{error:?}"))?;
        let claims = parsed.claims().ok_or("no claims")?;
        for (name, got) in [("claims", to_value(&claims)), ("header", to_value(parsed.header()))] {
            if let Some(expected) = self.expect.get(name) {
                same(name, &got, expected)?;
            }
        }
        match self.expect.get("order") {
            Some(order) => same("order", &claims.iter().map(|(name, _)| name).collect(), order),
            None => Ok(()),
        }
    }

    fn run_fresh(&self, key: &SigningKey) -> Check {
        let context = Context::os();
        let id = || {
            let token = self.sign(key, &fresh_id(&*context.rng)?)?;
            let claims = Jws::parse(&token)?.claims().unwrap_or_default();
            Ok(claims.text("jti").unwrap_or_default().to_owned())
        };
        let ids = [id(), id()].into_iter().collect::<Result<Vec<_>, Error>>().map_err(|error| format!("{error:?}"))?;
        same("distinct", &(ids[0] != ids[1] && ids.iter().all(|id| id.len() == 43)).into(), &true.into())
    }
}

#[test]
fn assertions() {
    let table = table("client_assertion.json");
    let key = SigningKey::parse(&text_of(&table["key"]), None, None).expect("a key");
    each(&table, |case: &AssertionCase| case.run(&key));
}
