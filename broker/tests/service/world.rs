//! A broker, its directory, its clock and its provider.

use std::future::Future;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokcore::Secret;
use tokcore::context::Clock;
use tokcore_broker::cookie::{self, Sid};
use tokcore_broker::guid::integration_guid;
use tokcore_broker::limits::Rate;
use tokcore_broker::store::{NewTokens, RpcSession, TokenKey, TokenRow};
use tokcore_broker::{Broker, Principal, Running, Settings};
use uuid::Uuid;

use super::http::{Answer, Request};
use super::provider::Provider;

/// 2026-01-01T00:00:00Z.
pub const NOW: i64 = 1_767_225_600;

/// The session of cookie C03, and the user it belongs to.
pub const SID: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
pub const USER: u32 = 1000;
/// Somebody else's session, and one that was revoked.
pub const OTHER_SID: [u8; 16] = [16; 16];
pub const OTHER_USER: u32 = 1001;
pub const REVOKED_SID: [u8; 16] = [255; 16];

pub const BOX: &str = "box-integration";

/// A clock that stands still until told otherwise.
#[derive(Debug)]
pub struct Hands(AtomicI64);

impl Clock for Hands {
    fn now_unix_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub struct World {
    pub running: Running,
    pub provider: Provider,
    pub directory: tempfile::TempDir,
    clock: Arc<Hands>,
    settings: Settings,
}

/// Runs a test on the one thread that the broker shares with it.
pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

impl World {
    /// A broker with one working integration and one that is misconfigured.
    pub async fn new() -> Self {
        Self::with(|_| (), "").await
    }

    /// The same with other settings, and with these lines of `integrations.toml` for the working integration.
    pub async fn with(change: impl FnOnce(&mut Settings), sidecar: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let provider = Provider::start().await;
        let master: Vec<u8> = (0..32).collect();
        let clock = Arc::new(Hands(AtomicI64::new(NOW * 1000)));
        let mut settings = Settings::in_directory(directory.path());
        settings.context.clock = clock.clone();
        settings.background_refresh = false;
        settings.limits.rpc = Rate::per_second(1e6, 1e6);
        settings.limits.concurrent_rpc = 100_000;
        settings.limits.rejections = Rate::per_second(1e6, 1e6);
        change(&mut settings);
        write_private(directory.path().join("master.key"), &format!("k1:{}\n", STANDARD.encode(master)));
        let sidecar = sidecar.replace("{provider}", &provider.url(""));
        write_conf(&directory, &conf(&provider, BOX), &format!("[{BOX}]\n{sidecar}\n"));
        let running = Broker::start(settings.clone()).await.expect("start");
        let world = Self { running, provider, directory, clock, settings };
        world.session(SID, USER, false).await;
        world.session(OTHER_SID, OTHER_USER, false).await;
        world.session(REVOKED_SID, USER, true).await;
        world
    }

    /// Replaces the configuration and makes the broker read it.
    pub fn configure(&self, conf: &str, sidecar: &str) {
        write_conf(&self.directory, conf, sidecar);
        self.running.reload().expect("reload");
    }

    /// Stops the broker and starts another one on the same files and ports.
    pub async fn restart(mut self) -> Self {
        self.settings.rpc_listen = self.running.rpc_address();
        self.running.shutdown().await;
        self.running = Broker::start(self.settings.clone()).await.expect("restart");
        self
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub fn now(&self) -> i64 {
        self.clock.now_unix_ms() / 1000
    }

    async fn session(&self, sid: [u8; 16], uid: u32, revoked: bool) {
        let principal = Principal::os(uid);
        let session = RpcSession {
            sid_hash: Sid::from_bytes(sid).hash(),
            principal: principal.clone(),
            label: Some("test".into()),
            pid: None,
            created_at: NOW,
            absolute_expires_at: i64::MAX,
            last_seen_at: NOW,
            revoked_at: None,
        };
        let (ledger, id) = (&self.running.app().ledger, session.sid_hash.clone());
        ledger.insert_session(session, &self.settings.limits).await.unwrap();
        if revoked {
            assert!(ledger.revoke_session(&principal, &id, NOW).await.unwrap());
        }
    }

    /// The cookie of a session that expires so many seconds from now.
    pub fn cookie(&self, sid: [u8; 16], expires_in: i64) -> String {
        let keys = self.running.store().keys();
        cookie::mint(keys, &Sid::from_bytes(sid), self.now() + expires_in).unwrap().expose().to_owned()
    }

    /// Stores a sign-in of [`USER`].
    pub async fn sign_in(&self, name: &str, access: &str, refresh: Option<&str>, lifetime: Option<i64>, left: i64) {
        let expires_at = lifetime.map(|_| self.now() + left);
        let tokens = NewTokens {
            access_token: Secret::new(access),
            refresh_token: refresh.map(Secret::new),
            id_token: None,
            token_type: Some("Bearer".into()),
            scopes_granted: None,
            expires_at,
            obtained_at: expires_at.zip(lifetime).map_or(self.now(), |(at, lifetime)| at - lifetime),
        };
        let current = self.running.app().current();
        let fingerprint = &current.target(integration_guid(name)).expect("target").provider.fingerprint;
        let (key, now) = (key(name, USER), self.now());
        self.running.app().ledger.sign_in(&key, &[], fingerprint, &tokens, now).await.unwrap();
    }

    /// The row of [`USER`], from the disk.
    pub async fn row(&self, name: &str) -> Option<TokenRow> {
        self.running.store().token(&key(name, USER), self.now()).await.unwrap()
    }

    /// Asks for a token as the SDK does.
    pub async fn token(&self, guid: Uuid) -> Answer {
        self.rpc("/oauth_token", &format!(r#"{{"kwparams":{{"uuid":"{guid}"}},"method":"oauth_token"}}"#)).await
    }

    pub async fn rpc(&self, path: &str, body: &str) -> Answer {
        let cookie = self.cookie(SID, 3600);
        let request = Request::new("POST", path).header("X-RS-Session-Server-RPC-Cookie", &cookie).body(body);
        request.tcp(self.running.rpc_address()).await
    }

    /// Sends a request to the page.
    pub async fn send(&self, request: Request) -> Answer {
        request.tcp(self.running.rpc_address()).await
    }

    /// A logged-in browser of this user.
    pub async fn browser(&self, uid: u32) -> Browser {
        let store = self.running.store();
        let id = store.create_web_session(&Principal::os(uid), self.now()).await.unwrap();
        let session = format!("tokcore_session_{}={}", store.instance(), id.expose());
        Browser { cookies: vec![session] }
    }

    /// A text that the master key's owner put somewhere with mode 0600.
    pub fn write(&self, name: &str, content: &str) {
        write_private(self.directory.path().join(name), content);
    }
}

/// What a browser remembers.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub cookies: Vec<String>,
}

impl Browser {
    pub async fn get(&mut self, world: &World, path: &str) -> Answer {
        self.send(world, Request::new("GET", path).header("Accept", "text/html")).await
    }

    /// Sends a form of ours, with the token that the page holds.
    pub async fn post(&mut self, world: &World, path: &str) -> Answer {
        let csrf = self.csrf(world).await;
        self.submit(world, path, &format!("csrf={csrf}")).await
    }

    pub async fn submit(&mut self, world: &World, path: &str, form: &str) -> Answer {
        let request = Request::new("POST", path)
            .header("Origin", world.running.public_url())
            .header("Sec-Fetch-Site", "same-origin")
            .header("Content-Type", "application/x-www-form-urlencoded");
        self.send(world, request.body(form)).await
    }

    pub async fn csrf(&mut self, world: &World) -> String {
        let page = self.get(world, "/credentials").await;
        let (_, rest) = page.body.split_once(r#"name="csrf" value=""#).unwrap_or_else(|| panic!("no form: {page:?}"));
        rest.split('"').next().unwrap().to_owned()
    }

    pub async fn send(&mut self, world: &World, request: Request) -> Answer {
        let answer = world.send(request.header("Cookie", &self.cookies.join("; "))).await;
        for cookie in answer.cookies() {
            let name = cookie.split('=').next().unwrap().to_owned();
            self.cookies.retain(|kept| !kept.starts_with(&format!("{name}=")));
            self.cookies.push(cookie);
        }
        answer
    }
}

pub fn key(name: &str, uid: u32) -> TokenKey {
    TokenKey { principal: Principal::os(uid), guid: integration_guid(name) }
}

/// An `oauth-clients.conf` with one integration at this provider and one that lacks its secret.
pub fn conf(provider: &Provider, name: &str) -> String {
    let (authorize, token) = (provider.url("/authorize?audience=x"), provider.url("/token"));
    format!(
        "[{name}]\nname=Box\nclient-id=client\nclient-secret=secret-of-the-client\nauthorization-url={authorize}\n\
         token-url={token}\nscopes=read,write\n\n[broken]\nclient-id=c\n"
    )
}

fn write_conf(directory: &tempfile::TempDir, conf: &str, sidecar: &str) {
    let path = |name: &str| directory.path().join(name);
    let sidecar = sidecar.replace("{dir}", &directory.path().display().to_string());
    write_private(path("oauth-clients.conf"), conf);
    write_private(path("integrations.toml"), &sidecar);
}

fn write_private(path: PathBuf, content: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(content.as_bytes()).unwrap();
}
