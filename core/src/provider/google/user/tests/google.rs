//! The world of the table.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{Answer, Case, NOW_UNIX_S};
use crate::context::{Clock, Context, Env, Files, Rng};
use crate::error::Error;
use crate::lock::lock;
use crate::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};

/// Google, and the machine from which it is asked.
pub(super) struct Google {
    env: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    tokens: Mutex<Vec<Answer>>,
    userinfo: Answer,
    tokeninfo: Option<Answer>,
    pub(super) seen: Mutex<Vec<HttpRequest>>,
    /// How far the clock has moved.
    pub(super) later_s: AtomicI64,
}

impl Google {
    pub(super) fn of(case: &Case) -> Self {
        let mut tokens = Vec::new();
        if let Some(mut answer) = case.answer.clone() {
            if let (Some(claims), Some(parts)) = (&case.claims, &case.client) {
                answer["id_token"] = json!(id_token(&parts.id, claims));
            }
            tokens.push(Answer { status: 200, json: answer });
        }
        tokens.extend(case.answers.clone());
        let refused = Answer { status: 401, json: json!({"error": "invalid_request"}) };
        Self {
            env: case.env.clone(),
            files: case.files.clone(),
            tokens: tokens.into(),
            userinfo: case.userinfo.clone().map_or(refused, |json| Answer { status: 200, json }),
            tokeninfo: case.tokeninfo.clone(),
            seen: Mutex::default(),
            later_s: AtomicI64::new(0),
        }
    }

    pub(super) fn context(self: &Arc<Self>) -> Context {
        let http: Arc<dyn HttpSend> = Arc::new(Wire(self.clone()));
        Context {
            env: self.clone(),
            files: self.clone(),
            clock: self.clone(),
            rng: self.clone(),
            http,
            ..Context::default()
        }
    }

    fn answer(&self, request: HttpRequest) -> HttpResponse {
        let place = format!("{}{}", request.url.host_str().unwrap_or_default(), request.url.path());
        let answer = match place.as_str() {
            "oauth2.googleapis.com/token" => lock(&self.tokens).remove(0),
            "openidconnect.googleapis.com/v1/userinfo" => self.userinfo.clone(),
            "www.googleapis.com/oauth2/v3/tokeninfo" => self.tokeninfo.clone().expect("an answer"),
            other => panic!("nobody is at {other}"),
        };
        lock(&self.seen).push(request);
        let json = ("content-type".parse().expect("a name"), "application/json".parse().expect("a value"));
        HttpResponse::new(answer.status, [json].into_iter().collect(), answer.json.to_string().into_bytes())
    }
}

/// Signed by nobody: the connection vouches for it.
fn id_token(client_id: &str, claims: &Map<String, Value>) -> String {
    let mut all = json!({
        "iss": "https://accounts.google.com", "aud": client_id, "iat": NOW_UNIX_S, "exp": NOW_UNIX_S + 3600,
    });
    for (name, value) in claims {
        all[name] = value.clone();
    }
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.c2ln", part(json!({"alg": "RS256"})), part(all))
}

struct Wire(Arc<Google>);

impl HttpSend for Wire {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        let response = self.0.answer(request);
        Box::pin(async { Ok(response) })
    }
}

impl Env for Google {
    fn var(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }
}

impl Files for Google {
    fn read(&self, path: &Path, _limit: usize) -> io::Result<Vec<u8>> {
        let content = self.files.get(path.to_str().expect("a path of a table"));
        content.map(|content| content.clone().into_bytes()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path.to_str().expect("a path of a table"))
    }

    fn is_socket(&self, _path: &Path, _owner: Option<u32>) -> bool {
        false
    }
}

impl Clock for Google {
    fn now_unix_ms(&self) -> i64 {
        (NOW_UNIX_S + self.later_s.load(Ordering::Relaxed)) * 1000
    }
}

impl Rng for Google {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        out.fill(7);
        Ok(())
    }
}
