//! HTTP on the connections, without a task or thread: whoever waits polls them. Source: specs/oauth.md L-4, L-5.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::desk::{Desk, Turn};
use super::page::{Reply, plain};
use super::route::BODY_BYTES;

/// Line and headers together. Browsers send 1 or 2 KiB.
const HEAD_BYTES: usize = 16 * 1024;
/// For the rest of a conversation after the reply is known: writing it, and waiting for the browser to hang up.
const FAREWELL: Duration = Duration::from_millis(400);
/// A silent connection keeps its place no longer than this when others wait for one.
const UNDER_PRESSURE: Duration = Duration::from_secs(1);
/// What a browser still sends after its reply is thrown away up to here, so that closing does not destroy the reply.
const LEFTOVER_BYTES: usize = 256 * 1024;

/// A desk that connections share. Never locked across an await.
#[derive(Clone)]
pub(super) struct SharedDesk(Arc<Mutex<Desk>>);

impl SharedDesk {
    pub(super) fn new(desk: Desk) -> Self {
        Self(Arc::new(Mutex::new(desk)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// The request is not complete.
    Reading = 0,
    /// The reply waits for the program.
    Holding = 1,
    /// The reply is on its way.
    Leaving = 2,
}

#[derive(Clone)]
struct SharedStage(Arc<AtomicU8>);

impl SharedStage {
    fn set(&self, stage: Stage) {
        self.0.store(stage as u8, Ordering::Relaxed);
    }

    fn get(&self) -> Stage {
        match self.0.load(Ordering::Relaxed) {
            0 => Stage::Reading,
            1 => Stage::Holding,
            _ => Stage::Leaving,
        }
    }
}

/// One connection. Dropping it closes the socket.
pub(super) struct Connection {
    conversation: Pin<Box<dyn Future<Output = ()> + Send>>,
    stage: SharedStage,
    seen: Stage,
    since: Instant,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, desk: SharedDesk) -> Self {
        let stage = SharedStage(Arc::new(AtomicU8::new(Stage::Reading as u8)));
        let conversation = Box::pin(converse(stream, desk, stage.clone()));
        Self { conversation, stage, seen: Stage::Reading, since: Instant::now() }
    }

    /// Gets on with the conversation. Ready when it is over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let over = self.conversation.as_mut().poll(cx);
        let stage = self.stage.get();
        if stage != self.seen {
            self.seen = stage;
            self.since = Instant::now();
        }
        over
    }

    /// When its patience ends. `patience`: for a request to be complete.
    pub(super) fn deadline(&self, patience: Duration, is_crowded: bool) -> Option<Instant> {
        match self.seen {
            Stage::Reading if is_crowded => Some(self.since + patience.min(UNDER_PRESSURE)),
            Stage::Reading => Some(self.since + patience),
            Stage::Holding => None,
            Stage::Leaving => Some(self.since + FAREWELL),
        }
    }

    /// Time in which nobody looked at the connection is not held against it.
    pub(super) fn forgive(&mut self, pause: Duration) {
        self.since += pause;
    }

    /// Whether a browser is owed a reply.
    pub(super) fn is_owed_a_reply(&self) -> bool {
        self.seen != Stage::Reading
    }
}

async fn converse(stream: TcpStream, desk: SharedDesk, stage: SharedStage) {
    // Nagle's algorithm would hold back the end of a page; a failure to switch it off only costs time.
    let _ = stream.set_nodelay(true);
    let line =
        Line { stream, desk: desk.clone(), stage: stage.clone(), is_greeted: false, has_left: false, leftover: 0 };
    let service = service_fn(move |request| respond(request, desk.clone(), stage.clone()));
    let conversation = http1::Builder::new()
        .keep_alive(false)
        .half_close(true)
        .auto_date_header(false)
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(line), service);
    // A connection that breaks off was no browser's; hyper has answered what was malformed.
    let _ = conversation.await;
}

async fn respond(request: Request<Incoming>, desk: SharedDesk, stage: SharedStage) -> Result<Reply, Infallible> {
    let (head, body) = request.into_parts();
    let mut turn = desk.lock().receive(&head.method, &head.uri, &head.headers);
    if let Turn::ReadBody = turn {
        turn = match Limited::new(body, BODY_BYTES).collect().await {
            Ok(body) => desk.lock().receive_form(&body.to_bytes(), &head.headers),
            Err(_) => Turn::Reply(plain(StatusCode::BAD_REQUEST, "The form broke off.\n")),
        };
    }
    let reply = match turn {
        Turn::Reply(reply) => reply,
        Turn::Hold(page) => {
            stage.set(Stage::Holding);
            page.await.unwrap_or_else(|_| plain(StatusCode::GONE, "This sign-in is over.\n"))
        }
        Turn::ReadBody => plain(StatusCode::BAD_REQUEST, "The form broke off.\n"),
    };
    stage.set(Stage::Leaving);
    Ok(reply)
}

/// A stream that notices a TLS greeting, and that hangs up without destroying what it said last.
struct Line {
    stream: TcpStream,
    desk: SharedDesk,
    stage: SharedStage,
    is_greeted: bool,
    has_left: bool,
    leftover: usize,
}

/// First bytes of every TLS connection: a handshake record of version 3.
const TLS_GREETING: [u8; 2] = [0x16, 0x03];

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = &buf.filled()[before..];
        if !self.is_greeted && !read.is_empty() {
            self.is_greeted = true;
            if TLS_GREETING.starts_with(&read[..read.len().min(2)]) {
                self.desk.lock().count_tls_hello();
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Says goodbye and waits until the other side does: a socket closed with unread bytes in it is reset, and the reset
    /// can overtake the reply. Whoever does not hang up is dropped after a while.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.has_left {
            self.stage.set(Stage::Leaving);
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.has_left = true;
        }
        let mut scratch = [0; 4096];
        while self.leftover < LEFTOVER_BYTES {
            let mut buf = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                break;
            }
            self.leftover += buf.filled().len();
        }
        Poll::Ready(Ok(()))
    }
}
