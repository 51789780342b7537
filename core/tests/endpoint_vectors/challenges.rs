//! `challenges.json`.

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::oauth::challenge::{ApiAnswer, Challenges, Next, Verdict};
use tokcore::oauth::dialect::TokenUse;

use crate::table::{each, same, same_error};

#[derive(Deserialize)]
struct Case {
    status: Option<u16>,
    challenges: Vec<String>,
    #[serde(default)]
    bare_401: bool,
    #[serde(default)]
    own_codes: Vec<i64>,
    error_code: Option<i64>,
    dpop_nonce: Option<String>,
    #[serde(default)]
    granted: Vec<String>,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    schemes: Vec<String>,
    next: Value,
    description: Option<String>,
    resource_metadata: Option<String>,
    error: Option<Value>,
}

#[test]
fn challenges() {
    each("challenges.json", |case: &Case| {
        let lines: Vec<&str> = case.challenges.iter().map(String::as_str).collect();
        let challenges = Challenges::parse(&lines);
        let schemes: Vec<_> = challenges.iter().map(|challenge| &challenge.scheme).collect();
        same("schemes", &json!(schemes), &json!(case.expect.schemes))?;
        let status = case.status.unwrap_or(401);
        let usage = TokenUse {
            bare_401_is_invalid_token: case.bare_401,
            invalid_token_codes: case.own_codes.clone(),
            ..TokenUse::default()
        };
        let verdict = Verdict::of(&ApiAnswer {
            status,
            challenges: &challenges,
            dpop_nonce: case.dpop_nonce.as_deref(),
            error_code: case.error_code,
            usage: &usage,
            granted: &case.granted,
        });
        let next = match &verdict.next {
            Next::Return => json!("return"),
            Next::Recover => json!("recover"),
            Next::UseDpopNonce(nonce) => json!({ "dpop_nonce": nonce }),
            Next::InsufficientScope { missing } => json!({ "missing": missing }),
            Next::StepUp { acr_values, max_age_s } => json!({ "acr_values": acr_values, "max_age_s": max_age_s }),
        };
        same("next", &next, &case.expect.next)?;
        same("description", &json!(verdict.description), &json!(case.expect.description))?;
        let metadata = verdict.resource_metadata.as_ref().map(|url| url.as_str());
        same("resource_metadata", &json!(metadata), &json!(case.expect.resource_metadata))?;
        match (verdict.to_error(status), &case.expect.error) {
            (None, None) => Ok(()),
            (Some(error), Some(expected)) => same_error(&error, expected),
            (got, expected) => Err(format!("error: got {got:?}, expected {expected:?}")),
        }
    });
}
