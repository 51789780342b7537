//! One Workbench call from Rust, beside the bare round trip that it contains.
//!
//! Usage: `client [CALLS]`, in the environment of a session.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use tokcore::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};
use tokcore::{Client, ClientOptions, Context, CredentialsRequest, Error, NoInterrupt};
use tokcore_bench::{Session, answer, batches_ns, each_ns, emit};

fn main() {
    let calls = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5000);
    let session = Session::from_env();
    emit("bare socket", "call", "ns", &each_ns(calls, bare_round_trip(&session)));

    let request = CredentialsRequest::for_audience(session.guid);
    let get = |client: &Client| client.credentials(&request, &NoInterrupt).expect("the server answers");
    let asking = client(Context::os(), Duration::ZERO);
    emit("tokcore Rust", "call", "ns", &each_ns(calls, || drop(get(&asking))));

    let instant = client(Context { http: Arc::new(Instant), ..Context::os() }, Duration::ZERO);
    emit("tokcore Rust", "call without HTTP", "ns", &each_ns(calls, || drop(get(&instant))));

    let reusing = client(Context::os(), Duration::from_secs(5));
    emit("tokcore Rust", "reuse", "ns", &batches_ns(20_000, || drop(std::hint::black_box(get(&reusing)))));
    let held = get(&reusing);
    let is_current = || {
        std::hint::black_box(reusing.is_current(&held));
    };
    emit("tokcore Rust", "is_current", "ns", &batches_ns(100_000, is_current));
}

fn bare_round_trip(session: &Session) -> impl FnMut() + use<> {
    let mut stream = TcpStream::connect(session.host()).expect("the server listens");
    stream.set_nodelay(true).expect("a fresh socket takes options");
    let request = session.request();
    let mut answer = vec![0; 65536];
    move || {
        stream.write_all(&request).expect("the connection is kept");
        assert!(stream.read(&mut answer).expect("the server answers") > 0);
    }
}

fn client(context: Context, reuse: Duration) -> Client {
    Client::with_context(context, ClientOptions { reuse, ..ClientOptions::default() })
}

/// Answers without a network.
struct Instant;

impl HttpSend for Instant {
    fn send(&self, _request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async { Ok(HttpResponse::new(200, Default::default(), answer().into_bytes())) })
    }
}
