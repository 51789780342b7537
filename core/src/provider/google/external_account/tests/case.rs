//! A row of the table, and the world that it plays in.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::context::{Context, Ended, Program, Programs, Running};
use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::provider::google::fake::{Fake, answer};
use crate::provider::google::{Trust, Wish};
use crate::transport::{HttpRequest, HttpResponse};
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    #[serde(default)]
    pub(super) config: Map<String, Value>,
    #[serde(default)]
    pub(super) wish: Wanted,
    #[serde(default)]
    vars: HashMap<String, String>,
    #[serde(default)]
    files: HashMap<String, String>,
    program: Option<Script>,
    /// Whether a person is there.
    #[serde(default)]
    pub(super) person: bool,
    #[serde(default)]
    http: Vec<Exchange>,
    pub(super) expect: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    scopes: Option<Vec<String>>,
    add_email: Option<bool>,
    trust: Option<String>,
    id_token_audience: Option<String>,
    subject: Option<String>,
    universe_domain: Option<String>,
    allow_interactive: bool,
}

impl Wanted {
    pub(super) fn wish(&self) -> Wish {
        Wish {
            scopes: self.scopes.clone(),
            add_email: self.add_email.unwrap_or(true),
            trust: if self.trust.as_deref() == Some("custom") { Trust::Custom } else { Trust::Google },
            id_token_audience: self.id_token_audience.clone(),
            subject: self.subject.clone(),
            universe_domain: self.universe_domain.clone(),
            allow_interactive: self.allow_interactive,
            ..Wish::default()
        }
    }
}

/// One request and its answer.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, Option<String>>,
    #[serde(default)]
    form: HashMap<String, Option<String>>,
    #[serde(default)]
    whole_form: bool,
    json: Option<Value>,
    direct: Option<bool>,
    identity: Option<String>,
    #[serde(default = "success")]
    status: u16,
    text: Option<String>,
    #[serde(default)]
    answer: Value,
}

fn success() -> u16 {
    200
}

impl Exchange {
    /// What is wrong with `request`.
    fn problem(&self, request: &HttpRequest) -> Option<String> {
        let form: HashMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        let wrong_header = self.headers.iter().find(|(name, value)| header(name) != value.as_deref());
        let wrong_member = self.form.iter().find(|(name, value)| form.get(*name) != value.as_ref());
        let proxies = &request.connection.proxies;
        let identity = request.connection.identity.as_ref().map(|identity| identity.certificate.display().to_string());
        let checks = [
            (request.method.as_str() != self.method || request.url.as_str() != self.url)
                .then(|| format!("{} {} instead of {} {}", request.method, request.url, self.method, self.url)),
            wrong_header.map(|(name, _)| format!("the header {name} is {:?}", header(name))),
            wrong_member.map(|(name, _)| format!("the parameter {name} is {:?}", form.get(name))),
            (self.whole_form && form.len() != self.form.len()).then(|| format!("the form is {form:?}")),
            self.json.as_ref().and_then(|json| {
                let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                (body != *json).then(|| format!("the body is {body}"))
            }),
            self.direct.filter(|direct| *direct != (*proxies == Default::default())).map(|_| format!("{proxies:?}")),
            self.identity.as_ref().filter(|path| identity.as_ref() != Some(path)).map(|_| format!("{identity:?}")),
        ];
        checks.into_iter().flatten().next()
    }

    fn response(&self) -> HttpResponse {
        match &self.text {
            Some(text) => HttpResponse::new(self.status, http::HeaderMap::new(), text.clone().into_bytes()),
            None => answer(self.status, &self.answer),
        }
    }
}

/// What a program does, and how it has to be called.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Script {
    output: String,
    code: Option<i32>,
    hangs: bool,
    program: Option<String>,
    arguments: Option<Vec<String>>,
    env: Option<HashMap<String, String>>,
    /// Whether it is to talk to the person at the terminal.
    with_terminal: bool,
}

/// The world of a case.
pub(super) struct Play {
    pub(super) world: World,
    fake: Arc<Fake>,
    unasked: Arc<Mutex<Vec<Exchange>>>,
    stage: Arc<Stage>,
}

impl Play {
    pub(super) fn of(case: &Case) -> Self {
        let unasked = Arc::new(Mutex::new(case.http.iter().rev().cloned().collect::<Vec<_>>()));
        let script = unasked.clone();
        let fake = Fake::new().file("/run/token", "HEADER.PAYLOAD.SIG").playing(move |request| {
            let expected = lock(&script).pop();
            let stray = || Error::new(Kind::Internal, format!("nobody expected {} {}", request.method, request.url));
            let expected = expected.ok_or_else(stray)?;
            match expected.problem(request) {
                Some(problem) => Err(Error::new(Kind::Internal, problem)),
                None => Ok(expected.response()),
            }
        });
        let fake = case.vars.iter().fold(fake, |fake, (name, value)| fake.var(name, value));
        let fake = case.files.iter().fold(fake, |fake, (path, content)| fake.file(path, content.as_str()));
        let (world, fake) = fake.world();
        let stage = Arc::new(Stage { script: Mutex::new(case.program.clone()), problem: Mutex::default() });
        let world = World::apart(Context { programs: stage.clone(), ..world.context });
        Self { world, fake, unasked, stage }
    }

    /// Whether everything was asked that had to be, and every program called as it has to be.
    pub(super) fn check_finished(&self) -> Result<(), String> {
        if let Some(problem) = lock(&self.stage.problem).take() {
            return Err(problem);
        }
        match (lock(&self.unasked).last(), lock(&self.stage.script).is_some()) {
            (Some(next), _) => Err(format!("nobody asked for {}", next.url)),
            (None, true) => Err("the program was not run".into()),
            (None, false) => Ok(()),
        }
    }

    /// Those members of the request to AWS in the last exchange that `wanted` has too.
    pub(super) fn signed(&self, wanted: &Value) -> Result<Value, String> {
        let last = self.fake.seen().pop().ok_or("nothing was asked")?;
        let form: HashMap<String, String> = url::form_urlencoded::parse(&last.body).into_owned().collect();
        let written = form.get("subject_token").ok_or("no proof")?;
        let text = percent_encoding::percent_decode_str(written).decode_utf8().map_err(|error| error.to_string())?;
        let request: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let headers = request["headers"].as_array().ok_or("no headers")?;
        let header = |name: &str| headers.iter().find(|header| header["key"] == name).map(|header| &header["value"]);
        let names = wanted.as_object().ok_or("no object")?.keys();
        Ok(names.map(|name| (name.clone(), header(name).unwrap_or(&request[name.as_str()]).clone())).collect())
    }
}

/// Where the case's program runs, once.
struct Stage {
    script: Mutex<Option<Script>>,
    problem: Mutex<Option<String>>,
}

impl Programs for Stage {
    fn start(&self, program: &Program) -> io::Result<Box<dyn Running>> {
        let script = lock(&self.script).take();
        let script = script.ok_or_else(|| io::Error::other("no program may be run here"))?;
        let env: HashMap<String, String> = program.env.iter().cloned().collect();
        let is_wrong = script.with_terminal != program.with_terminal
            || script.program.as_ref().is_some_and(|name| *name != program.program)
            || script.arguments.as_ref().is_some_and(|arguments| *arguments != program.arguments)
            || script.env.as_ref().is_some_and(|expected| *expected != env);
        *lock(&self.problem) = is_wrong.then(|| format!("{program:?}"));
        Ok(Box::new(script))
    }
}

impl Running for Script {
    fn poll(&mut self) -> io::Result<Option<Ended>> {
        let output = Zeroizing::new(self.output.clone().into_bytes());
        Ok((!self.hangs).then_some(Ended { code: self.code, output }))
    }
}
