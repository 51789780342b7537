//! How many hand-outs per second a server gives to connections that each ask again as soon as they were answered.
//!
//! Usage: `load NAME CONNECTIONS SECONDS [SOCKET]`, in the environment of a session. Asks the session's server, or
//! whoever listens on the Unix socket. Any answer but 200 ends the program.

use std::time::{Duration, Instant};

use tokcore_bench::{Session, emit, sorted};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;

/// Asking goes on this long before anything counts.
const WARM_UP: Duration = Duration::from_millis(300);

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next();
    let usage = "usage: load NAME CONNECTIONS SECONDS [SOCKET]";
    let name = word().expect(usage);
    let connections: usize = word().and_then(|text| text.parse().ok()).expect(usage);
    let seconds: f64 = word().and_then(|text| text.parse().ok()).expect(usage);
    let socket = word();

    let session = Session::from_env();
    let from = Instant::now() + WARM_UP;
    let until = from + Duration::from_secs_f64(seconds);
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        let stream = connect(&session, socket.as_deref()).await;
        asking.spawn(ask(stream, session.request(), from, until));
    }
    let answer_times = sorted(asking.join_all().await.concat());
    emit(&name, "answers per second", "1/s", &[answer_times.len() as f64 / seconds]);
    emit(&name, "median time to answer", "ns", &answer_times);
}

async fn connect(session: &Session, socket: Option<&str>) -> Box<dyn Stream> {
    if let Some(path) = socket {
        return Box::new(UnixStream::connect(path).await.expect("somebody listens on the socket"));
    }
    let stream = TcpStream::connect(session.host()).await.expect("the server listens");
    stream.set_nodelay(true).expect("a fresh socket takes options");
    Box::new(stream)
}

/// How long each answer took. Units: nanoseconds.
async fn ask(mut stream: Box<dyn Stream>, request: Vec<u8>, from: Instant, until: Instant) -> Vec<f64> {
    let mut times = Vec::new();
    let mut answer = Vec::with_capacity(4096);
    loop {
        let begun = Instant::now();
        stream.write_all(&request).await.expect("the connection is kept");
        answer.clear();
        while !is_complete(&answer) {
            let read = stream.read_buf(&mut answer).await.expect("the server answers");
            assert!(read > 0, "the server closed the connection");
        }
        let now = Instant::now();
        if now >= until {
            return times;
        }
        if begun >= from {
            times.push((now - begun).as_nanos() as f64);
        }
    }
}

fn is_complete(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else { return false };
    let text = std::str::from_utf8(&answer[..head]).expect("a head is text");
    assert!(text.starts_with("HTTP/1.1 200 "), "{}", text.lines().next().unwrap_or_default());
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("the length is stated");
    answer.len() >= head + 4 + length.parse::<usize>().expect("a length is a number")
}
