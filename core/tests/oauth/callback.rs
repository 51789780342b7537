//! `callback.json`: what the browser brings back.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::Secret;
use tokcore::oauth::callback::Limits;
use tokcore::oauth::{Callback, CallbackProblem, ClientAuth, Grant, Outcome, RegisteredClient, TokenRequest};
use url::Url;

use crate::table::{Fill, each, same};

#[derive(Deserialize)]
struct Case {
    query: String,
    query_fill: Option<Fill>,
    issuer: Option<String>,
    #[serde(default)]
    issuer_promised: bool,
    #[serde(default)]
    narrow: bool,
    #[serde(default)]
    stateless: bool,
    expect: Map<String, Value>,
}

impl Case {
    fn run(&self) -> Result<Outcome, CallbackProblem> {
        let query = self.query_fill.as_ref().map_or(self.query.clone(), Fill::text);
        let limits = match self.narrow {
            true => Limits { query_bytes: 8 * 1024, value_bytes: 4 * 1024 },
            false => Limits::default(),
        };
        let callback = match Callback::parse_within(&query, limits) {
            Err(CallbackProblem::MissingState) if self.stateless => {
                return Callback::refusal_without_state(&query).ok_or(CallbackProblem::MissingState);
            }
            read => read?,
        };
        callback.check_state(&Secret::new("S"))?;
        callback.check_issuer(self.issuer.as_deref(), self.issuer_promised)?;
        Ok(callback.outcome)
    }
}

#[test]
fn callback() {
    each("callback.json", |case: &Case| {
        let mut got = Map::new();
        match case.run() {
            Err(problem) => {
                got.insert("problem".into(), problem.slug().into());
            }
            Ok(Outcome::Refused { error, description }) => {
                got.insert("refused".into(), json!({ "error": error, "description": description }));
            }
            Ok(Outcome::Code { code, .. }) if case.expect.contains_key("code_bytes") => {
                got.insert("code_bytes".into(), code.expose().len().into());
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
    let request = TokenRequest::new(&endpoint, &client, grant).to_http().expect("a request");
    let body = String::from_utf8(request.body).expect("a form is ASCII");
    let code = body.split('&').find_map(|piece| piece.strip_prefix("code="));
    code.expect("the body has a code").to_owned()
}
