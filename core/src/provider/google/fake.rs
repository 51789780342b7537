//! A world for tests beside the code: variables, files, a clock that stands still, and a network that plays a script.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::context::{Clock, Context, Env, Files, Rng};
use crate::error::Error;
use crate::lock::lock;
use crate::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};
use crate::world::World;

/// Where the clock stands at the start. Units: seconds since 1970.
pub(crate) const NOW_UNIX_S: i64 = 1_700_000_010;

/// What the network answers. Shape: `None` for a server that never does.
type Play = Box<dyn FnMut(&HttpRequest) -> Option<Result<HttpResponse, Error>> + Send>;

/// Everything that core may touch, and what it asked for.
pub(crate) struct Fake {
    vars: HashMap<String, String>,
    files: HashMap<PathBuf, Vec<u8>>,
    now_unix_s: AtomicI64,
    drawn: AtomicU64,
    play: Mutex<Play>,
    seen: Mutex<Vec<HttpRequest>>,
}

impl Fake {
    /// A world with nothing in it, and a network in which every request is a failure of the test.
    pub(crate) fn new() -> Self {
        Self {
            vars: HashMap::new(),
            files: HashMap::new(),
            now_unix_s: AtomicI64::new(NOW_UNIX_S),
            drawn: AtomicU64::new(0),
            play: Mutex::new(Box::new(|request| panic!("nobody expected {request:?}"))),
            seen: Mutex::default(),
        }
    }

    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.into(), value.into());
        self
    }

    pub(crate) fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), content.into());
        self
    }

    /// The network answers so from now on.
    pub(crate) fn playing(
        self,
        mut play: impl FnMut(&HttpRequest) -> Result<HttpResponse, Error> + Send + 'static,
    ) -> Self {
        self.playing_or_silent(move |request| Some(play(request)))
    }

    /// The same, where some requests are never answered.
    pub(crate) fn playing_or_silent(
        self,
        play: impl FnMut(&HttpRequest) -> Option<Result<HttpResponse, Error>> + Send + 'static,
    ) -> Self {
        *lock(&self.play) = Box::new(play);
        self
    }

    pub(crate) fn world(self) -> (World, Arc<Self>) {
        let fake = Arc::new(self);
        let context = Context {
            env: fake.clone(),
            files: fake.clone(),
            http: fake.clone(),
            clock: fake.clone(),
            rng: fake.clone(),
            ..Context::default()
        };
        (World::apart(context), fake)
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<HttpRequest> {
        lock(&self.seen).clone()
    }

    pub(crate) fn sleep_s(&self, seconds: i64) {
        self.now_unix_s.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Env for Fake {
    fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).cloned()
    }
}

impl Files for Fake {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let content = self.files.get(path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        if content.len() > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(content.clone()) }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn is_socket(&self, _path: &Path, _owner: Option<u32>) -> bool {
        false
    }
}

impl Clock for Fake {
    fn now_unix_ms(&self) -> i64 {
        self.now_unix_s.load(Ordering::Relaxed) * 1000
    }
}

impl Rng for Fake {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        out.iter_mut().zip(drawn.iter().cycle()).for_each(|(byte, drawn)| *byte = *drawn);
        Ok(())
    }
}

impl HttpSend for Fake {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        let answer = (lock(&self.play))(&request);
        lock(&self.seen).push(request);
        Box::pin(async {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }
}

/// An answer in JSON.
pub(crate) fn answer(status: u16, body: &Value) -> HttpResponse {
    answer_with(status, &[], body)
}

/// The same with header fields.
pub(crate) fn answer_with(status: u16, headers: &[(&str, &str)], body: &Value) -> HttpResponse {
    let fields = headers.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    });
    HttpResponse::new(status, HeaderMap::from_iter(fields), body.to_string().into_bytes())
}

/// The parameters of a form.
pub(crate) fn form(request: &HttpRequest) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

/// Runs `work` to its end; nobody sleeps.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}
