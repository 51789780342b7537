//! One Workbench call from Rust, beside the bare round trip that it contains.
//!
//! Usage: `client http://127.0.0.1:PORT [CALLS]`; the server is `static-server`, or a broker with `BENCH_COOKIE` set.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use tokcore::context::Env;
use tokcore::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};
use tokcore::{Client, ClientOptions, Context, CredentialsRequest, Error, NoInterrupt};
use tokcore_bench::{COOKIE, GUID, answer, batches_ns, each_ns, emit};

fn main() {
    let server = std::env::args().nth(1).expect("usage: client http://127.0.0.1:PORT [CALLS]");
    let calls = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(5000);
    emit("bare socket", "round trip", "ns", &each_ns(calls, bare_round_trip(&server)));

    let request = CredentialsRequest::for_audience(GUID);
    let get = |client: &Client| client.credentials(&request, &NoInterrupt).expect("the server answers");
    let asking = client(&server, Duration::ZERO);
    emit("tokcore rust", "round trip", "ns", &each_ns(calls, || drop(get(&asking))));

    let instant = Client::with_context(
        Context { http: Arc::new(Instant), ..session(&server) },
        ClientOptions { reuse: Duration::ZERO, ..ClientOptions::default() },
    );
    emit("tokcore rust", "all but HTTP", "ns", &each_ns(calls, || drop(get(&instant))));

    let reusing = client(&server, Duration::from_secs(5));
    emit("tokcore rust", "reuse", "ns", &batches_ns(20_000, || drop(std::hint::black_box(get(&reusing)))));
    let held = get(&reusing);
    emit(
        "tokcore rust",
        "is_current",
        "ns",
        &batches_ns(100_000, || {
            std::hint::black_box(reusing.is_current(&held));
        }),
    );
}

fn bare_round_trip(server: &str) -> impl FnMut() {
    let mut stream = TcpStream::connect(server.trim_start_matches("http://")).expect("the server listens");
    stream.set_nodelay(true).expect("a fresh socket takes options");
    let body = format!(r#"{{"kwparams":{{"uuid":"{GUID}"}},"method":"oauth_token"}}"#);
    let request = format!(
        "POST /oauth_token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         X-RS-Session-Server-RPC-Cookie: {COOKIE}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = vec![0; 65536];
    move || {
        stream.write_all(request.as_bytes()).expect("the connection is kept");
        assert!(stream.read(&mut answer).expect("the server answers") > 0);
    }
}

fn client(server: &str, reuse: Duration) -> Client {
    Client::with_context(session(server), ClientOptions { reuse, ..ClientOptions::default() })
}

fn session(server: &str) -> Context {
    Context { env: Arc::new(Session(server.to_owned())), ..Context::os() }
}

/// Answers without a network.
struct Instant;

impl HttpSend for Instant {
    fn send(&self, _request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async { Ok(HttpResponse::new(200, Default::default(), answer().into_bytes())) })
    }
}

/// The environment of a Workbench session.
struct Session(String);

impl Env for Session {
    fn var(&self, name: &str) -> Option<String> {
        match name {
            "POSIT_PRODUCT" => Some("WORKBENCH".into()),
            "RS_SERVER_ADDRESS" => Some(self.0.clone()),
            "RS_SESSION_RPC_COOKIE" => Some(COOKIE.into()),
            _ => None,
        }
    }
}
