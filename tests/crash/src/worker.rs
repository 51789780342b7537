//! What the processes do that are killed: programs that use tokcore through its public interface, and say what they got.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tokcore::context::{BootTime, Clock};
use tokcore::{
    ClientSettings, Context, Error, NoInterrupt, Nobody, OAuthClient, Reason, Selection, Settings, Store, TokenRequest,
};

use crate::provider::{self, LIFETIME_S, Policy};

/// Of every store here; 32 bytes as base64url.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const CLIENT_ID: &str = "crash";
/// The library's own threads end within it.
const THREADS_END: Duration = Duration::from_secs(20);

/// What a process is told on its command line.
#[derive(Clone, Serialize, Deserialize)]
pub struct Orders {
    pub folder: PathBuf,
    pub token_endpoint: String,
    pub policy: String,
    /// How far its clocks are ahead. Units: seconds.
    pub ahead_s: i64,
    /// Whether the machine was started anew since the grant was given.
    pub rebooted: bool,
    /// Keeps this grant instead of asking for a token.
    pub adopt: Option<Grant>,
}

/// The first tokens of a grant.
#[derive(Clone, Serialize, Deserialize)]
pub struct Grant {
    pub refresh_token: String,
    pub access_token: String,
}

/// What it says in the end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// Number of the access token that it was given.
    pub token: Option<usize>,
    pub failure: Option<Failure>,
    /// How long its caller waited.
    pub took_ms: u64,
}

/// An error, as a program sees it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Failure {
    pub kind: String,
    pub reason: Option<String>,
    /// With those of its causes.
    pub words: String,
}

/// Does as it is told, prints [`Told`], and ends once nothing of the library runs any more.
pub fn work(orders: &str) -> Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .init();
    let orders: Orders = serde_json::from_str(orders).context("orders as JSON")?;
    let mut told = Told::default();
    let begun = Instant::now();
    match carry_out(&orders) {
        Ok(token) => told.token = token,
        Err(error) => told.failure = Some(Failure::of(&error)),
    }
    told.took_ms = begun.elapsed().as_millis() as u64;
    wait_for_threads();
    println!("{}", serde_json::to_string(&told)?);
    Ok(())
}

/// Rewrites the record until it is killed; says so after the first time.
pub fn rewrite(orders: &str) -> Result<()> {
    let orders: Orders = serde_json::from_str(orders).context("orders as JSON")?;
    let world = orders.world();
    let grant = orders.adopt.as_ref().context("a grant to write")?;
    adopt(&world, &orders, grant)?;
    println!("wrote");
    loop {
        adopt(&world, &orders, grant)?;
    }
}

fn carry_out(orders: &Orders) -> Result<Option<usize>, Error> {
    let world = orders.world();
    if let Some(grant) = &orders.adopt {
        return adopt(&world, orders, grant).map(|()| None);
    }
    let client = OAuthClient::with_context(world.clone(), orders.client())?.with_store(&orders.store(&world)?);
    let token = client.source(TokenRequest::default())?.token(&Nobody, &NoInterrupt)?;
    Ok(provider::parse(token.access_token().expose()).map(|(_, number)| number))
}

/// Puts a grant into the store, as if a person had signed in just now.
pub fn adopt(world: &Context, orders: &Orders, grant: &Grant) -> Result<(), Error> {
    let mut settings = Settings::new();
    settings.set("client_id", CLIENT_ID)?;
    settings.set("token_endpoint", orders.token_endpoint.as_str())?;
    settings.set("refresh_token", grant.refresh_token.as_str())?;
    settings.set("access_token", grant.access_token.as_str())?;
    settings.set("expires_at", world.clock.now_unix_ms() / 1000 + LIFETIME_S)?;
    orders.store(world)?.adopt(settings).map(drop)
}

/// What is in the store: generation, state, and why it is in that. Errors: the store cannot be read.
pub fn kept(orders: &Orders) -> Result<Vec<(u64, String, String)>> {
    let entries = orders.store(&orders.world())?.list(&Selection::default())?;
    let line = |entry: tokcore::Entry| (entry.generation, entry.state.slug().to_owned(), entry.why.unwrap_or_default());
    Ok(entries.into_iter().map(line).collect())
}

impl Orders {
    pub fn world(&self) -> Context {
        let system = Context::os();
        let clock = Ahead { system: system.clock.clone(), ms: self.ahead_s * 1000, rebooted: self.rebooted };
        Context { clock: Arc::new(clock), ..system }
    }

    fn store(&self, world: &Context) -> Result<Store, Error> {
        let mut settings = Settings::new();
        settings.set("path", self.folder.to_string_lossy().as_ref())?;
        settings.set("key", KEY)?;
        Store::with_context(world.clone(), settings)
    }

    /// Of a program that is given grants from elsewhere: it knows no page to sign in at.
    fn client(&self) -> ClientSettings {
        let rotation = Policy::from_name(&self.policy).map(Policy::dialect).unwrap_or_default();
        ClientSettings {
            client_id: CLIENT_ID.to_owned(),
            token_endpoint: self.token_endpoint.parse().ok(),
            dialect: [("rotation".to_owned(), rotation)].into_iter().collect(),
            ..ClientSettings::default()
        }
    }
}

impl Failure {
    fn of(error: &Error) -> Self {
        let mut reason = error.reason();
        let mut words = format!("{error}; {}", error.hint());
        let mut cause = std::error::Error::source(error);
        while let Some(deeper) = cause {
            words = format!("{words}; {deeper}");
            let lost = deeper.downcast_ref::<Error>().and_then(Error::reason).filter(|it| *it == Reason::RotationLost);
            reason = lost.or(reason);
            cause = deeper.source();
        }
        Self { kind: error.kind().slug().to_owned(), reason: reason.map(|reason| reason.slug().to_owned()), words }
    }
}

/// Both clocks of the system, further on.
struct Ahead {
    system: Arc<dyn Clock>,
    ms: i64,
    rebooted: bool,
}

impl Clock for Ahead {
    fn now_unix_ms(&self) -> i64 {
        self.system.now_unix_ms() + self.ms
    }

    fn boot_time(&self) -> Option<BootTime> {
        self.system
            .boot_time()
            .map(|boot| BootTime { boot: boot.boot ^ u64::from(self.rebooted), ms: boot.ms + self.ms })
    }
}

/// An exchange that its caller did not wait for is finished by a thread; whoever exits before has killed it.
fn wait_for_threads() {
    let begun = Instant::now();
    let others = || Path::new("/proc/self/task").read_dir().map_or(0, |tasks| tasks.count()) > 1;
    while others() && begun.elapsed() < THREADS_END {
        std::thread::sleep(Duration::from_millis(2));
    }
}
