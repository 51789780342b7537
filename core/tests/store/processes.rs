//! Real processes, real files and a real server: however many want the token, one asks for it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokcore::{ClientSettings, NoInterrupt, Nobody, OAuthClient, Store, TokenRequest};

use crate::world::{lock, request, settings_of};

/// The folder of the store and the port of the server, for a process that wants the token.
const ERRAND: &str = "TOKCORE_TEST_ERRAND";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const ERRAND_TEST: &str = "processes::errand";

fn client(folder: &Path, port: &str) -> OAuthClient {
    let settings = json!({
        "client_id": "c1", "token_endpoint": format!("http://127.0.0.1:{port}/token"),
        "authorization_endpoint": format!("http://127.0.0.1:{port}/authorize"), "store": folder, "store_key": KEY,
    });
    OAuthClient::new(ClientSettings::from_settings(settings_of(settings)).expect("settings")).expect("a client")
}

fn wanted() -> TokenRequest {
    request(json!({"scopes": "a"}))
}

/// What the processes do that the tests start; nothing when it is run with the other tests.
#[test]
fn errand() {
    let Some(errand) = std::env::var(ERRAND).ok() else { return };
    let (port, folder) = errand.split_once(' ').expect("a port and a folder");
    let source = client(Path::new(folder), port).source(wanted()).expect("a source");
    let token = source.token(&Nobody, &NoInterrupt).expect("a token");
    println!("token={}", token.access_token().expose());
}

/// A token endpoint whose refresh tokens work once.
struct Server {
    port: String,
    requests: Arc<AtomicUsize>,
    shown: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port().to_string();
        let (requests, shown) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counted, seen) = (requests.clone(), shown.clone());
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
                let seen = seen.clone();
                std::thread::spawn(move || answer(connection, number, delay, &seen));
            }
        });
        Self { port, requests, shown }
    }
}

fn answer(mut connection: TcpStream, number: usize, delay: Duration, seen: &Mutex<Vec<String>>) {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&text).contains("refresh_token=RT") {
        match connection.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(read) => text.extend_from_slice(&piece[..read]),
        }
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    let form = text.rsplit("\r\n\r\n").next().unwrap_or_default();
    let shown = url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "refresh_token");
    lock(seen).push(shown.map(|(_, value)| value.into_owned()).unwrap_or_default());
    std::thread::sleep(delay);
    let body = json!({"access_token": format!("AT{number}"), "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": format!("RT{number}")})
    .to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let _ = write!(connection, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
}

fn put_expired_grant(folder: &Path, server: &Server) {
    let store = Store::open(settings_of(json!({"path": folder, "key": KEY}))).expect("a store");
    let grant = json!({
        "client_id": "c1", "token_endpoint": format!("http://127.0.0.1:{}/token", server.port), "scopes": "a",
        "refresh_token": "RT0",
    });
    store.adopt(settings_of(grant)).expect("kept");
}

fn errand_of(folder: &Path, server: &Server) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test has a program"));
    command.args(["--exact", ERRAND_TEST, "--nocapture"]).env(ERRAND, format!("{} {}", server.port, folder.display()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn any_number_of_processes_makes_one_request() {
    for processes in [2, 16] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = folder.path().join("store");
        let server = Server::start(Duration::from_millis(200));
        put_expired_grant(&store, &server);
        let running: Vec<_> = (0..processes).map(|_| errand_of(&store, &server).spawn().expect("it starts")).collect();
        for process in running {
            let ended = process.wait_with_output().expect("it ends");
            let said = String::from_utf8_lossy(&ended.stdout).into_owned();
            assert!(said.contains("token=AT1"), "{said}{}", String::from_utf8_lossy(&ended.stderr));
        }
        assert_eq!(server.requests.load(Ordering::SeqCst), 1, "{processes} processes");
        assert_eq!(*lock(&server.shown), ["RT0"]);
    }
}

#[test]
fn a_process_that_dies_while_the_server_answers_costs_no_more_than_one_repetition() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    let server = Server::start(Duration::from_secs(3));
    put_expired_grant(&store, &server);
    let mut dying = errand_of(&store, &server).spawn().expect("it starts");
    while lock(&server.shown).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    dying.kill().expect("it can be killed");
    dying.wait().expect("it ends");
    // Its token is over, so that the next one presents the old refresh token once, knowing that it may be dead.
    let next = errand_of(&store, &server).output().expect("it ends");
    let said = String::from_utf8_lossy(&next.stdout).into_owned();
    assert!(said.contains("token=AT2"), "{said}{}", String::from_utf8_lossy(&next.stderr));
    assert_eq!(*lock(&server.shown), ["RT0", "RT0"]);
}

/// An interrupted exchange is finished, and what it brings is stored before the process that asked for it hears of it.
#[test]
fn an_interrupted_exchange_is_finished_and_stored() {
    struct Now;
    impl tokcore::Interrupt for Now {
        fn is_interrupted(&self) -> bool {
            // Not before the request has left.
            STARTED.load(Ordering::SeqCst) > 0
        }
    }
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    let server = Server::start(Duration::from_millis(600));
    put_expired_grant(&store, &server);
    let shown = server.shown.clone();
    let watcher = std::thread::spawn(move || {
        while lock(&shown).is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        STARTED.store(1, Ordering::SeqCst);
    });
    let source = client(&store, &server.port).source(wanted()).expect("a source");
    let error = source.token(&Nobody, &Now).expect_err("interrupted");
    assert_eq!(error.kind(), tokcore::Kind::Cancelled);
    watcher.join().expect("no panic");
    let next = errand_of(&store, &server).output().expect("it ends");
    let said = String::from_utf8_lossy(&next.stdout).into_owned();
    assert!(said.contains("token=AT1"), "{said}{}", String::from_utf8_lossy(&next.stderr));
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}
