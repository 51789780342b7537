//! Reads scenarios and plays them.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::{Error, NoInterrupt, Nobody, OAuthClient, Recovery, Refusal, Secret, SharedToken, Token, TokenSource};

use crate::world::{Reply, START_UNIX_S, World, request, settings_of};

#[derive(Deserialize)]
struct Case {
    id: String,
    why: String,
    #[serde(default)]
    client: Value,
    #[serde(default)]
    request: Value,
    #[serde(default)]
    files: HashMap<String, String>,
    /// Answers in order, by the last part of the endpoint's path; the last one repeats.
    #[serde(default)]
    answers: HashMap<String, VecDeque<Answer>>,
    steps: Vec<Map<String, Value>>,
    /// What the network must have seen, request by request.
    requests: Option<Vec<Map<String, Value>>>,
    count: Option<usize>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: HashMap<String, String>,
    json: Option<Value>,
    body: Option<String>,
    /// `refused`, `lost`, `silence`.
    fails: Option<String>,
    #[serde(default)]
    delay_s: u64,
}

fn ok() -> u16 {
    200
}

impl Answer {
    fn reply(&self) -> Reply {
        match self.fails.as_deref() {
            Some("refused") => return Reply::Refused,
            Some("lost") => return Reply::Lost,
            Some("silence") => return Reply::Silence,
            Some(other) => panic!("no network fails by {other}"),
            None => {}
        }
        let mut headers: Vec<_> = self.headers.clone().into_iter().collect();
        if self.json.is_some() {
            headers.push(("content-type".into(), "application/json".into()));
        }
        let body = self.json.as_ref().map(Value::to_string).or_else(|| self.body.clone()).unwrap_or_default();
        Reply::Answer { status: self.status, headers, body: body.into_bytes() }
    }
}

/// Plays a table, and tells which cases failed.
pub fn every_case_of(table: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(table);
    let table: Value = serde_json::from_str(&fs::read_to_string(&path).expect("a readable table")).expect("JSON");
    let cases: Vec<Case> = serde_json::from_value(table["cases"].clone()).expect("cases");
    assert!(!cases.is_empty(), "no case, no test");
    cases.iter().filter_map(|case| Some(format!("{} ({}): {}", case.id, case.why, run(case).err()?))).collect()
}

fn run(case: &Case) -> Result<(), String> {
    let world = World::virtual_time();
    for (path, text) in &case.files {
        crate::world::lock(&world.machine.files).insert(path.into(), text.clone().into_bytes());
    }
    let mut answers = case.answers.clone();
    let (ends, clock) = (Arc::new(Ends::default()), world.clock.clone());
    let given = ends.clone();
    world.network.plays(move |seen| {
        let endpoint = seen.endpoint().to_owned();
        let script = answers.get_mut(&endpoint).unwrap_or_else(|| panic!("nobody expected a request to {endpoint}"));
        let answer = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
        let answer = answer.expect("a script has an answer");
        answer.json.iter().for_each(|token| given.note(token, clock.truth_ms() / 1000 + answer.delay_s as i64));
        (Duration::from_secs(answer.delay_s), answer.reply())
    });
    let mut stage = Stage { world, case, ends, client: None, source: None, last: None };
    for (number, step) in case.steps.iter().enumerate() {
        stage.play(step).map_err(|why| format!("step {}: {why}", number + 1))?;
    }
    stage.check_requests()
}

/// When each access token really ends, whatever the machine's clocks show. Units: seconds of true time.
#[derive(Default)]
struct Ends(Mutex<HashMap<String, i64>>);

impl Ends {
    fn note(&self, token: &Value, now_s: i64) {
        if let (Some(name), Some(lifetime_s)) = (token["access_token"].as_str(), token["expires_in"].as_i64()) {
            crate::world::lock(&self.0).insert(name.to_owned(), now_s + lifetime_s);
        }
    }

    fn check(&self, token: SharedToken, now_s: i64) -> SharedToken {
        let name = token.access_token().expose();
        let end = crate::world::lock(&self.0).get(name).copied().unwrap_or(i64::MAX);
        assert!(now_s < end, "{name} was handed out {} s after its end", now_s - end);
        token
    }
}

struct Stage<'a> {
    world: World,
    case: &'a Case,
    ends: Arc<Ends>,
    client: Option<OAuthClient>,
    source: Option<TokenSource>,
    last: Option<SharedToken>,
}

impl Stage<'_> {
    fn client(&mut self) -> Result<OAuthClient, Error> {
        let made = match &self.client {
            Some(client) => client.clone(),
            None => self.world.client(self.case.client.clone())?,
        };
        Ok(self.client.insert(made).clone())
    }

    fn source(&mut self) -> Result<TokenSource, Error> {
        let made = match &self.source {
            Some(source) => source.clone(),
            None => self.client()?.source(request(self.case.request.clone()))?,
        };
        Ok(self.source.insert(made).clone())
    }

    fn now_unix_s(&self) -> i64 {
        self.world.context.clock.now_unix_ms() / 1000
    }

    fn play(&mut self, step: &Map<String, Value>) -> Result<(), String> {
        let (nobody, never) = (Nobody, NoInterrupt);
        let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let outcome = match step["do"].as_str().ok_or("a step without a verb")? {
            "advance" => {
                self.world.clock.advance_ms((step["s"].as_f64().ok_or("how long")? * 1000.0) as i64);
                Ok(Value::Null)
            }
            "set_clock" => {
                match (step.get("by_s").and_then(Value::as_f64), step.get("to_s").and_then(Value::as_i64)) {
                    (Some(by_s), None) => self.world.clock.set_wall_by_ms((by_s * 1000.0) as i64),
                    (None, Some(to_s)) => self.world.clock.set_wall_to_s(to_s),
                    _ => return Err("by how much, or to what".into()),
                }
                Ok(Value::Null)
            }
            "reboot" => {
                self.world.clock.reboot();
                Ok(Value::Null)
            }
            "stand_still" => {
                self.world.clock.stand_still_ms(step["s"].as_i64().ok_or("how long")? * 1000);
                Ok(Value::Null)
            }
            "without_boot_time" => {
                self.world.clock.without_boot_time();
                Ok(Value::Null)
            }
            "variable" => {
                crate::world::lock(&self.world.machine.variables).insert(text("name"), text("value"));
                Ok(Value::Null)
            }
            "adopt" => {
                self.ends.note(&step["token"], self.world.clock.truth_ms() / 1000);
                let token = Token::from_settings(settings_of(step["token"].clone()), self.now_unix_s());
                let adopted = token.and_then(|token| Ok(self.source()?.adopt(token)));
                adopted.map(|token| self.last.insert(token).clone()).map(shown)
            }
            "token" => {
                let token = self.source().and_then(|source| source.token(&nobody, &never));
                let now_s = self.world.clock.truth_ms() / 1000;
                token.map(|token| self.last.insert(self.ends.check(token, now_s)).clone()).map(shown)
            }
            "fetch" => {
                let fetched =
                    self.client().and_then(|client| client.fetch(request(self.case.request.clone()), &nobody, &never));
                fetched.map(|token| self.last.insert(token).clone()).map(shown)
            }
            "sign_in" => {
                let client = self.client();
                client
                    .and_then(|client| client.sign_in(request(self.case.request.clone()), &Someone, &never))
                    .map(shown)
            }
            "refresh" => {
                let token = self.last.clone().ok_or("no token yet")?;
                self.client().and_then(|client| client.refresh(&token, &never)).map(shown)
            }
            "recover" => {
                let fields: Vec<String> =
                    serde_json::from_value(json!(step.get("www_authenticate"))).unwrap_or_default();
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                let refusal = Refusal {
                    status: step.get("status").and_then(Value::as_u64).unwrap_or(401) as u16,
                    www_authenticate: &fields,
                    ..Refusal::default()
                };
                let token = self.last.clone().ok_or("no token yet")?;
                let recovery = self.source().and_then(|source| source.recover(&token, &refusal, &nobody, &never));
                recovery.map(|recovery| match recovery {
                    Recovery::Retry(token) => shown(self.last.insert(token).clone()),
                    Recovery::GiveBack => json!("give_back"),
                })
            }
            "is_expired" => {
                let token = self.last.clone().ok_or("no token yet")?;
                Ok(json!(token.is_expired(self.now_unix_s(), step["margin_s"].as_u64().unwrap_or_default())))
            }
            "is_current" => {
                let token = self.last.clone().ok_or("no token yet")?;
                let now_s = self.world.clock.truth_ms() / 1000;
                let current = self.source().map(|source| source.is_current(&token));
                current.inspect(|current| drop(current.then(|| self.ends.check(token, now_s)))).map(|is| json!(is))
            }
            "forget" => self.source().map(|source| source.forget()).map(|()| Value::Null),
            "metadata" => {
                let metadata = self.client().and_then(|client| client.metadata(&never));
                metadata.map(|metadata| json!({"issuer": metadata.issuer}))
            }
            "revoke" => {
                let refresh = Secret::new(text("refresh_token"));
                let revoked = self.client().and_then(|client| client.revoke(Some(&refresh), None, &never));
                revoked.map(|revocation| json!(revocation.slug()))
            }
            "headers" => {
                let token = self.last.clone().ok_or("no token yet")?;
                let headers =
                    self.source().and_then(|source| source.request_headers(&token, &text("method"), &text("url")));
                headers.map(|headers| {
                    let named = headers.into_iter().map(|(name, value)| (name, json!(payload(value.expose()))));
                    Value::Object(named.collect())
                })
            }
            "learn" => self.source().map(|source| source.learn(&text("url"), &text("nonce"))).map(|()| Value::Null),
            other => return Err(format!("nobody can {other}")),
        };
        match (outcome, step.get("expect"), step.get("error")) {
            (Ok(value), Some(expected), None) => same_members("", &value, expected),
            (Ok(_), None, None) => Ok(()),
            (Err(error), None, Some(expected)) => same_members("", &described(&error), expected),
            (Ok(value), _, Some(expected)) => Err(format!("got {value}, expected the error {expected}")),
            (Err(error), ..) => Err(format!("got the error {}", described(&error))),
        }
    }

    fn check_requests(&self) -> Result<(), String> {
        let seen = self.world.network.seen();
        let times: Vec<i64> = seen.iter().map(|seen| seen.at_s).collect();
        let expected = self.case.count.or(self.case.requests.as_ref().map(Vec::len));
        if let Some(count) = expected.filter(|count| *count != seen.len()) {
            return Err(format!("{} requests at {times:?}, expected {count}", seen.len()));
        }
        let mut ids = Vec::new();
        for (number, (seen, expected)) in seen.iter().zip(self.case.requests.iter().flatten()).enumerate() {
            let form = seen.form();
            let statement = form.get("client_assertion").or(form.get("assertion")).map(String::as_str);
            let proof = seen.header("dpop").map(payload);
            let statement = statement.map(payload);
            ids.extend(
                [&proof, &statement]
                    .into_iter()
                    .flatten()
                    .filter_map(|claims| claims["jti"].as_str().map(str::to_owned)),
            );
            let got = json!({
                "to": seen.endpoint(),
                "at_s": seen.at_s,
                "form": form,
                "basic": seen.header("authorization"),
                "proof": proof,
                "statement": statement,
                "timeout_s": seen.timeout.as_secs(),
            });
            same_members(&format!("request {}: ", number + 1), &got, &Value::Object(expected.clone()))?;
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        if ids.len() == all { Ok(()) } else { Err("a statement was used twice".into()) }
    }
}

/// Somebody who follows every instruction and never types.
struct Someone;

impl tokcore::Person for Someone {
    fn interactivity(&self) -> tokcore::Interactivity {
        tokcore::Interactivity::Yes
    }

    fn tell(&self, _: &tokcore::Notice<'_>) {}
}

fn shown(token: Arc<Token>) -> Value {
    json!({
        "access_token": token.access_token().expose(),
        "refresh_token": token.refresh_token().map(Secret::expose),
        "expires_at_s": token.expires_at_unix_s().map(|at| at - START_UNIX_S),
        "scopes": token.scopes(),
        "generation": token.generation(),
        "type": token.token_type().name(),
        "subject": token.account(),
        "extra": token.extra(),
        "warnings": token.warnings().iter().map(|warning| warning.slug()).collect::<Vec<_>>(),
    })
}

fn described(error: &Error) -> Value {
    json!({
        "kind": error.kind().slug(),
        "reason": error.reason().map(|reason| reason.slug()),
        "oauth_error": error.oauth_error(),
        "message": error.message(),
        "hint": error.hint(),
        "http_status": error.http_status(),
        "retryable": error.kind().retryable(),
        "retry_after_ms": error.retry_after_ms(),
    })
}

/// What a signed statement says; other texts as they are.
fn payload(text: &str) -> Value {
    let claims = text.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_else(|| json!(text))
}

/// Every member of `expected` is in `got`; `null` means that it is absent or null, `*_contains` looks for a part.
fn same_members(at: &str, got: &Value, expected: &Value) -> Result<(), String> {
    let Value::Object(members) = expected else {
        return if got == expected { Ok(()) } else { Err(format!("{at}got {got}, expected {expected}")) };
    };
    for (name, expected) in members {
        if let Some(name) = name.strip_suffix("_contains") {
            let part = expected.as_str().unwrap_or_default();
            match got[name].as_str().is_some_and(|text| text.contains(part)) {
                true => continue,
                false => return Err(format!("{at}{name}: got {}, expected it to contain {part:?}", got[name])),
            }
        }
        same_members(&format!("{at}{name}: "), &got[name], expected)?;
    }
    Ok(())
}
