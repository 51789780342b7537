//! Renewing what several processes share, as a table. A process is a client with a memory of its own; they have the store
//! in common.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::{CustomStore, Error, Kind, NoInterrupt, Nobody, Secret, SharedToken, Store, Token, TokenSource};

use crate::table::{each_of, read_from, same, same_error};
use crate::world::{Reply, World, lock, request, settings_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[allow(dead_code, reason = "the reader of tables names it")]
    id: String,
    #[allow(dead_code, reason = "the reader of tables names it")]
    why: String,
    #[serde(default)]
    client: Value,
    /// Settings of one process's client alone.
    #[serde(default)]
    clients: BTreeMap<String, Value>,
    /// Whether the store is one of files, with its journal.
    #[serde(default)]
    files: bool,
    #[serde(default)]
    request: Value,
    /// The token endpoint's answers, in order; the last one repeats.
    #[serde(default)]
    answers: VecDeque<Answer>,
    steps: Vec<Map<String, Value>>,
    /// The refresh tokens that the server was shown, in order.
    sent: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default = "ok")]
    status: u16,
    json: Option<Value>,
    /// JSON that does not say that it is.
    unnamed: Option<Value>,
    /// `lost`, `refused`, `html`.
    fails: Option<String>,
}

fn ok() -> u16 {
    200
}

impl Answer {
    fn reply(&self) -> Reply {
        if let Some(json) = &self.unnamed {
            return Reply::Answer { status: self.status, headers: Vec::new(), body: json.to_string().into_bytes() };
        }
        match (self.fails.as_deref(), &self.json) {
            (Some("lost"), _) => Reply::Lost,
            (Some("refused"), _) => Reply::Refused,
            (Some("html"), _) => Reply::html(200),
            (None, Some(json)) => Reply::json(self.status, json.clone()),
            other => panic!("no server answers {other:?}"),
        }
    }
}

/// A host's store that can be made to fail.
#[derive(Default)]
struct Host {
    kept: Mutex<BTreeMap<String, Secret>>,
    is_read_only: AtomicBool,
}

impl CustomStore for Host {
    fn load(&self, key: &str) -> Result<Option<Secret>, Error> {
        Ok(lock(&self.kept).get(key).cloned())
    }

    fn store(&self, key: &str, content: &Secret) -> Result<(), Error> {
        if self.is_read_only.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Store, "the disk is full"));
        }
        lock(&self.kept).insert(key.to_owned(), content.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        lock(&self.kept).remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Option<Vec<String>>, Error> {
        Ok(Some(lock(&self.kept).keys().cloned().collect()))
    }
}

struct Stage<'a> {
    case: &'a Case,
    world: World,
    host: Arc<Host>,
    store: Store,
    processes: BTreeMap<String, TokenSource>,
    last: BTreeMap<String, SharedToken>,
}

#[test]
fn renewals_are_as_the_table_says() {
    each_of(&read_from("store", "renewal.json"), |case: Case| run(&case));
}

fn run(case: &Case) -> Result<(), String> {
    let world = World::real();
    let mut answers = case.answers.clone();
    world.network.plays(move |_| {
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        (Duration::ZERO, answer.expect("nobody expected a request").reply())
    });
    let host = Arc::new(Host::default());
    let folder = tempfile::tempdir().map_err(|cause| cause.to_string())?;
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let settings = settings_of(json!({"path": folder.path().join("store"), "key": key}));
    let store = match case.files {
        true => Store::with_context(world.context.clone(), settings).map_err(|error| error.to_string())?,
        false => Store::custom(host.clone()),
    };
    let mut stage = Stage { case, world, host, store, processes: BTreeMap::new(), last: BTreeMap::new() };
    for (number, step) in case.steps.iter().enumerate() {
        stage.play(step).map_err(|why| format!("step {}: {why}", number + 1))?;
    }
    let forms = stage.world.network.seen().into_iter().map(|seen| seen.form());
    let sent: Vec<_> = forms.map(|mut form| form.remove("refresh_token").unwrap_or_default()).collect();
    same("sent", &json!(sent), &json!(case.sent))
}

impl Stage<'_> {
    fn process(&mut self, name: &str) -> TokenSource {
        let (case, world, store) = (self.case, &self.world, &self.store);
        let begin = || {
            let settings = case.clients.get(name).unwrap_or(&case.client);
            let client = world.client(settings.clone()).expect("a client").with_store(store);
            client.source(request(case.request.clone())).expect("a source")
        };
        self.processes.entry(name.to_owned()).or_insert_with(begin).clone()
    }

    fn play(&mut self, step: &Map<String, Value>) -> Result<(), String> {
        let name = step.get("process").and_then(Value::as_str).unwrap_or("a").to_owned();
        let outcome = match step["do"].as_str().ok_or("a step without a verb")? {
            "adopt" => {
                let now = self.world.context.clock.now_unix_ms() / 1000;
                let token = Token::from_settings(settings_of(step["token"].clone()), now).expect("a token");
                Ok(self.process(&name).adopt(token))
            }
            "token" => self.process(&name).token(&Nobody, &NoInterrupt),
            "invalidate" => {
                self.process(&name).invalidate(&self.last[&name]);
                return Ok(());
            }
            "advance" => {
                self.world.clock.advance_ms((step["s"].as_f64().ok_or("how long")? * 1000.0) as i64);
                return Ok(());
            }
            "ends" => {
                self.processes.remove(&name);
                return Ok(());
            }
            "disk_is_full" => {
                self.host.is_read_only.store(step["is"] == json!(true), Ordering::SeqCst);
                return Ok(());
            }
            other => return Err(format!("nobody can {other}")),
        };
        match (outcome, step.get("expect"), step.get("error")) {
            (Ok(token), expected, None) => {
                self.last.insert(name, token.clone());
                let shown = shown(&token);
                let mut members = expected.and_then(Value::as_object).into_iter().flatten();
                members.try_for_each(|(member, expected)| same(member, &shown[member], expected))
            }
            (Err(error), None, Some(expected)) => same_error(&error, expected),
            (Ok(token), _, Some(expected)) => Err(format!("got {token:?}, expected {expected}")),
            (Err(error), ..) => Err(format!("got {error:?}")),
        }
    }
}

fn shown(token: &Token) -> Value {
    json!({
        "access_token": token.access_token().expose(),
        "refresh_token": token.refresh_token().map(Secret::expose),
        "generation": token.generation(),
        "scopes": token.scopes(),
        "warnings": token.warnings().iter().map(|warning| warning.slug()).collect::<Vec<_>>(),
    })
}
