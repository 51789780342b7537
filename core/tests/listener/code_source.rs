//! Hosted polling, with a scripted platform and a clock that waits for nobody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use tokcore::context::Env;
use tokcore::flow::Expectation;
use tokcore::flow::poll::{CodeSource, Polling, TOKEN_VARIABLE};
use tokcore::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};
use tokcore::{Context, Error, Kind, Secret};
use tokio::time::Instant;

#[derive(Deserialize)]
struct Case {
    #[serde(default = "workbench")]
    url: String,
    issuer: Option<String>,
    token: Option<String>,
    timeout_s: Option<u64>,
    script: Vec<Answer>,
    expect: Expect,
    looks: Option<usize>,
    #[serde(default)]
    urls: Vec<String>,
    #[serde(default)]
    pauses_s: Vec<f64>,
    longest_s: Option<f64>,
    authorization: Option<String>,
}

fn workbench() -> String {
    "https://w.example/oauth_code".into()
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<Value>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    pad: usize,
    error: Option<String>,
}

fn ok() -> u16 {
    200
}

#[derive(Deserialize)]
struct Expect {
    code: Option<String>,
    reason: Option<String>,
    kind: Option<String>,
    http_status: Option<u16>,
    hint_contains: Option<String>,
    message_lacks: Option<String>,
}

/// Plays a script, and keeps what it was asked and when.
struct Platform {
    script: Vec<Answer>,
    looks: Mutex<Vec<(Instant, HttpRequest)>>,
    /// How long each answer takes.
    delay: Duration,
}

impl Platform {
    fn new(script: Vec<Answer>, delay: Duration) -> Arc<Self> {
        Arc::new(Self { script, looks: Mutex::default(), delay })
    }
}

impl HttpSend for Platform {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        let mut looks = self.looks.lock().expect("one test");
        looks.push((Instant::now(), request));
        let answer = &self.script[(looks.len() - 1).min(self.script.len() - 1)];
        let outcome = answer.outcome();
        Box::pin(async move {
            tokio::time::sleep(self.delay).await;
            outcome
        })
    }
}

impl Answer {
    fn outcome(&self) -> Result<HttpResponse, Error> {
        match self.error.as_deref() {
            Some("timeout") => return Err(Error::new(Kind::Timeout, "no answer in time")),
            Some(_) => return Err(Error::new(Kind::Transport, "connection refused")),
            None => {}
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(name.parse::<HeaderName>().expect("a name"), value.parse::<HeaderValue>().expect("a value"));
        }
        let body = self.json.as_ref().map_or_else(|| self.body.clone(), Value::to_string) + &" ".repeat(self.pad);
        Ok(HttpResponse::new(self.status, headers, body.into_bytes()))
    }
}

struct Token(Option<String>);

impl Env for Token {
    fn var(&self, name: &str) -> Option<String> {
        self.0.clone().filter(|_| name == TOKEN_VARIABLE)
    }
}

fn world(platform: &Arc<Platform>, token: Option<String>) -> Context {
    Context { http: platform.clone(), env: Arc::new(Token(token)), ..Context::default() }
}

#[test]
fn code_source() {
    crate::table::each_of(&crate::table::read("code_source.json"), run);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

fn run(case: Case) -> Result<(), String> {
    let platform = Platform::new(case.script, Duration::ZERO);
    let context = world(&platform, case.token);
    let (outcome, begun, took) = runtime().block_on(async {
        let begun = Instant::now();
        let outcome = async {
            let mut source = CodeSource::new(&case.url, &context)?;
            if let Some(seconds) = case.timeout_s {
                source = source.with_timeout(Duration::from_secs(seconds));
            }
            let mut expectation = Expectation::of_state(Secret::new("S"));
            expectation.issuer = case.issuer;
            Polling::new(source, expectation, &context).answer().await?.outcome.into_code()
        };
        (outcome.await, begun, begun.elapsed())
    });
    case.expect.check(outcome)?;

    let looks = platform.looks.lock().expect("the test is over");
    let urls: Vec<&str> = looks.iter().map(|(_, request)| request.url.as_str()).collect();
    let mut before = begun;
    for (at, pause) in looks.iter().zip(&case.pauses_s) {
        // Ten percent less is the jitter.
        if at.0.duration_since(before).as_secs_f64() < pause * 0.9 {
            return Err(format!("looked after {:?}, expected {pause} s", at.0.duration_since(before)));
        }
        before = at.0;
    }
    if case.looks.is_some_and(|expected| expected != looks.len()) {
        return Err(format!("{} looks", looks.len()));
    }
    if !case.urls.is_empty() && urls != case.urls {
        return Err(format!("asked {urls:?}"));
    }
    if case.longest_s.is_some_and(|longest| took.as_secs_f64() > longest) {
        return Err(format!("took {took:?}"));
    }
    let sent = looks.first().and_then(|(_, request)| request.headers.get(AUTHORIZATION));
    if sent.and_then(|value| value.to_str().ok()) != case.authorization.as_deref() {
        return Err("another Authorization".into());
    }
    match sent.is_none_or(HeaderValue::is_sensitive) {
        true => Ok(()),
        false => Err("the token would be printed".into()),
    }
}

impl Expect {
    fn check(&self, outcome: Result<(Secret, Option<String>), Error>) -> Result<(), String> {
        let error = match (outcome, &self.code) {
            (Ok((code, _)), Some(expected)) if code.expose() == expected => return Ok(()),
            (Ok((code, _)), _) => return Err(format!("got the code {}", code.expose())),
            (Err(error), Some(_)) => return Err(format!("got {error:?}")),
            (Err(error), None) => error,
        };
        let is_expected = error.reason().map(|reason| reason.slug()) == self.reason.as_deref()
            && self.kind.as_deref().is_none_or(|kind| error.kind().slug() == kind)
            && self.http_status.is_none_or(|status| error.http_status() == Some(status))
            && self.hint_contains.as_deref().is_none_or(|text| error.hint().contains(text))
            && self.message_lacks.as_deref().is_none_or(|text| !error.message().contains(text));
        if is_expected { Ok(()) } else { Err(format!("got {error:?} ({:?})", error.reason())) }
    }
}

#[test]
fn a_question_under_way_survives_the_step_that_asked_it() {
    let answer = |json| Answer {
        status: 200,
        headers: BTreeMap::new(),
        json: Some(json),
        body: String::new(),
        pad: 0,
        error: None,
    };
    // The platform hands the code out once, and takes a second to do so.
    let script = vec![answer(serde_json::json!({ "code": "once" })), answer(serde_json::json!({}))];
    let platform = Platform::new(script, Duration::from_secs(1));
    let context = world(&platform, None);
    let code = runtime().block_on(async {
        let source = CodeSource::new("https://w.example/oauth_code", &context).expect("a code source");
        let mut polling = Polling::new(source, Expectation::of_state(Secret::new("S")), &context);
        loop {
            if let Ok(answer) = tokio::time::timeout(Duration::from_millis(100), polling.answer()).await {
                break answer.expect("an answer").outcome.into_code().expect("a code").0;
            }
        }
    });
    assert_eq!((code.expose(), platform.looks.lock().expect("the test is over").len()), ("once", 1));
}
