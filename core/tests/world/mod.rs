//! A world for the engine: a network that plays from a script, a clock that is turned by hand, counted randomness.

#![allow(dead_code)]

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokcore::context::{BootTime, Browser, Clock, Env, Files, Rng};
use tokcore::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};
use tokcore::{ClientSettings, Context, Error, Kind, OAuthClient, Reason, Setting, Settings, TokenRequest};

/// Where the clock stands at the start. Units: seconds since 1970.
pub const START_UNIX_S: i64 = 1_700_000_000;

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What the network does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// No connection: nothing was sent.
    Refused,
    /// Sent, and no answer.
    Lost,
    /// No answer until the request's time is over.
    Silence,
    /// A bug.
    Panic,
}

impl Reply {
    pub fn json(status: u16, value: serde_json::Value) -> Self {
        let headers = vec![("content-type".into(), "application/json".into())];
        Reply::Answer { status, headers, body: value.to_string().into_bytes() }
    }

    pub fn html(status: u16) -> Self {
        let headers = vec![("content-type".into(), "text/html".into())];
        Reply::Answer { status, headers, body: b"<!doctype html><title>Sign in to Wi-Fi</title>".to_vec() }
    }

    pub fn token(access: &str) -> Self {
        Self::json(200, serde_json::json!({"access_token": access, "token_type": "Bearer", "expires_in": 3600}))
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Reply::Answer { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }
}

/// One request as the network saw it.
#[derive(Clone)]
pub struct Seen {
    pub method: String,
    pub url: url::Url,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub timeout: Duration,
    /// Since the start of the world. Units: seconds.
    pub at_s: i64,
}

impl Seen {
    /// The last part of the path, by which scripts name an endpoint.
    pub fn endpoint(&self) -> &str {
        self.url.path().rsplit('/').next().unwrap_or_default()
    }

    pub fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Play = Box<dyn FnMut(&Seen) -> (Duration, Reply) + Send>;

/// The network.
pub struct Network {
    play: Mutex<Play>,
    seen: Mutex<Vec<Seen>>,
    clock: Arc<ManualClock>,
    virtual_time: bool,
}

impl Network {
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    pub fn count(&self) -> usize {
        lock(&self.seen).len()
    }

    pub fn plays(&self, play: impl FnMut(&Seen) -> (Duration, Reply) + Send + 'static) {
        *lock(&self.play) = Box::new(play);
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        if self.virtual_time {
            self.clock.follow();
        }
        let seen = Seen {
            method: request.method.to_string(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            timeout: request.timeout,
            at_s: self.clock.truth_ms() / 1000,
        };
        let (delay, reply) = (lock(&self.play))(&seen);
        lock(&self.seen).push(seen);
        let late = |_| Err(Error::new(Kind::Timeout, "the scripted server did not answer in time"));
        if let (Some(hook), false) = (&request.on_sending, matches!(reply, Reply::Refused)) {
            hook.call();
        }
        tokio::time::timeout(request.timeout, happens(delay, reply)).await.unwrap_or_else(late)
    }
}

async fn happens(delay: Duration, reply: Reply) -> Result<HttpResponse, Error> {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match reply {
        Reply::Answer { status, headers, body } => {
            let pairs = headers.iter().map(|(name, value)| {
                let name: HeaderName = name.parse().expect("a header name");
                (name, HeaderValue::from_str(value).expect("a header value"))
            });
            Ok(HttpResponse::new(status, pairs.collect(), body))
        }
        Reply::Refused => {
            Err(Error::new(Kind::Transport, "no connection to the scripted server").with_reason(Reason::NoConnection))
        }
        Reply::Lost => Err(Error::new(Kind::Transport, "the scripted exchange broke off")),
        Reply::Silence => std::future::pending().await,
        Reply::Panic => panic!("a scripted bug"),
    }
}

struct Wire(Arc<Network>);

impl HttpSend for Wire {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(self.0.exchange(request))
    }
}

/// The clocks of a machine, turned by hand, and the true time that neither of them has to show. In virtual time they go
/// with the event loop's.
pub struct ManualClock {
    /// True time, as far as it was turned.
    turned_ms: AtomicI64,
    /// Virtual milliseconds that have passed in the event loop, as last seen there.
    passed_ms: AtomicI64,
    /// What the wall clock shows more than the true time.
    wall_ahead_ms: AtomicI64,
    /// Which start of the machine this is; 0 for a machine without the clock that nobody sets.
    boot: AtomicU64,
    /// What that clock shows more than the true time.
    boot_ahead_ms: AtomicI64,
    since: Mutex<Option<tokio::time::Instant>>,
    virtual_time: bool,
}

impl ManualClock {
    /// Time passes, whether the machine sleeps meanwhile or not.
    pub fn advance_ms(&self, ms: i64) {
        self.turned_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock.
    pub fn set_wall_by_ms(&self, ms: i64) {
        self.wall_ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock, to seconds since 1970.
    pub fn set_wall_to_s(&self, unix_s: i64) {
        self.set_wall_by_ms(unix_s * 1000 - self.now_unix_ms());
    }

    /// The machine starts anew.
    pub fn reboot(&self) {
        self.boot.fetch_add(1, Ordering::SeqCst);
        self.boot_ahead_ms.store(-self.truth_ms(), Ordering::SeqCst);
    }

    /// Time passes and the machine does not notice: it was put away and is restored as it was.
    pub fn stand_still_ms(&self, ms: i64) {
        self.advance_ms(ms);
        self.set_wall_by_ms(-ms);
        self.boot_ahead_ms.fetch_sub(ms, Ordering::SeqCst);
    }

    /// Takes away the clock that nobody sets, as on systems that have none.
    pub fn without_boot_time(&self) {
        self.boot.store(0, Ordering::SeqCst);
    }

    /// True time since the start of the world.
    pub fn truth_ms(&self) -> i64 {
        if self.virtual_time
            && tokio::runtime::Handle::try_current().is_ok()
            && let Some(since) = *lock(&self.since)
        {
            let passed = i64::try_from(since.elapsed().as_millis()).expect("a short test");
            self.passed_ms.store(passed, Ordering::SeqCst);
        }
        self.turned_ms.load(Ordering::SeqCst) + self.passed_ms.load(Ordering::SeqCst)
    }

    /// Stops the event loop's own time, once per process, and goes with it. Inside the event loop only.
    fn follow(&self) {
        static STOPPED: AtomicBool = AtomicBool::new(false);
        if !STOPPED.swap(true, Ordering::SeqCst) {
            tokio::time::pause();
        }
        lock(&self.since).get_or_insert_with(tokio::time::Instant::now);
    }
}

impl Clock for ManualClock {
    fn now_unix_ms(&self) -> i64 {
        self.truth_ms() + self.wall_ahead_ms.load(Ordering::SeqCst)
    }

    fn boot_time(&self) -> Option<BootTime> {
        let boot = self.boot.load(Ordering::SeqCst);
        let ms = self.truth_ms() + self.boot_ahead_ms.load(Ordering::SeqCst);
        (boot != 0).then_some(BootTime { boot, ms })
    }
}

/// Every draw is another number, and each the same in every run.
#[derive(Default)]
struct CountedRng(AtomicU64);

impl Rng for CountedRng {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        for piece in out.chunks_mut(8) {
            let mut x = self.0.fetch_add(1, Ordering::SeqCst).wrapping_add(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            piece.copy_from_slice(&x.to_le_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

/// Variables and files.
#[derive(Default)]
pub struct Machine {
    pub variables: Mutex<HashMap<String, String>>,
    pub files: Mutex<HashMap<PathBuf, Vec<u8>>>,
    pub opened: Mutex<Vec<String>>,
}

impl Env for Machine {
    fn var(&self, name: &str) -> Option<String> {
        lock(&self.variables).get(name).cloned()
    }

    fn user_id(&self) -> Option<u32> {
        Some(1000)
    }

    fn has_terminal(&self) -> bool {
        true
    }
}

impl Files for Machine {
    fn read(&self, path: &Path, _limit: usize) -> io::Result<Vec<u8>> {
        lock(&self.files).get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        lock(&self.files).contains_key(path)
    }

    fn is_socket(&self, _: &Path, _: Option<u32>) -> bool {
        false
    }
}

impl Browser for Machine {
    fn open(&self, url: &str) -> io::Result<()> {
        lock(&self.opened).push(url.into());
        Ok(())
    }

    fn run(&self, _: &str, arguments: &[String]) -> io::Result<()> {
        lock(&self.opened).extend(arguments.last().cloned());
        Ok(())
    }
}

/// Everything together.
pub struct World {
    pub context: Context,
    pub network: Arc<Network>,
    pub clock: Arc<ManualClock>,
    pub machine: Arc<Machine>,
}

impl World {
    /// A world whose event loop runs in real time.
    pub fn real() -> Self {
        Self::new(false)
    }

    /// A world in which waiting takes no time. All tests of a process share its event loop, so it must be all of them.
    pub fn virtual_time() -> Self {
        Self::new(true)
    }

    fn new(virtual_time: bool) -> Self {
        let clock = Arc::new(ManualClock {
            turned_ms: AtomicI64::new(0),
            passed_ms: AtomicI64::new(0),
            wall_ahead_ms: AtomicI64::new(START_UNIX_S * 1000),
            boot: AtomicU64::new(1),
            boot_ahead_ms: AtomicI64::new(5_000_000),
            since: Mutex::default(),
            virtual_time,
        });
        let unscripted = |seen: &Seen| -> (Duration, Reply) { panic!("nobody expected a request to {}", seen.url) };
        let network = Arc::new(Network {
            play: Mutex::new(Box::new(unscripted)),
            seen: Mutex::default(),
            clock: clock.clone(),
            virtual_time,
        });
        let machine = Arc::new(Machine::default());
        lock(&machine.variables).insert("DISPLAY".into(), ":0".into());
        let context = Context {
            env: machine.clone(),
            files: machine.clone(),
            http: Arc::new(Wire(network.clone())),
            clock: clock.clone(),
            rng: Arc::new(CountedRng::default()),
            browser: machine.clone(),
            programs: Context::default().programs,
        };
        Self { context, network, clock, machine }
    }

    /// A client with endpoints at https://as.example; `changes` are merged over its settings.
    pub fn client(&self, changes: serde_json::Value) -> Result<OAuthClient, Error> {
        let mut settings = serde_json::json!({
            "client_id": "c1",
            "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token",
            "device_authorization_endpoint": "https://as.example/device",
            "revocation_endpoint": "https://as.example/revoke",
        });
        let all = settings.as_object_mut().expect("an object");
        all.extend(changes.as_object().cloned().unwrap_or_default());
        all.retain(|_, value| !value.is_null());
        OAuthClient::with_context(self.context.clone(), ClientSettings::from_settings(settings_of(settings))?)
    }
}

pub fn settings_of(value: serde_json::Value) -> Settings {
    match Setting::from(value) {
        Setting::Table(table) => table,
        Setting::Absent => Settings::new(),
        _ => panic!("settings are a table"),
    }
}

pub fn request(value: serde_json::Value) -> TokenRequest {
    TokenRequest::from_settings(settings_of(value)).expect("a request")
}
