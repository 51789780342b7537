//! One HTTP connection: its time-outs, and closing it politely at shutdown. Source: specs/workbench.md §4.17.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

use crate::limits::Limits;

/// Largest head of a request. Units: bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Serves requests of one connection until either side ends it.
pub async fn serve<S, A>(
    stream: S,
    limits: &Limits,
    mut closing: watch::Receiver<bool>,
    answer: impl Fn(Request<Incoming>) -> A,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Future<Output = Response<Body>>,
{
    let phase = Phase::default();
    let guarded = Guarded { stream, phase: phase.clone(), limit: limits.header_timeout, deadline: None };
    let service = service_fn(|request| {
        phase.set(Phase::BUSY);
        let (phase, answer) = (phase.clone(), answer(request));
        async move {
            let response = answer.await;
            phase.set(Phase::IDLE);
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = http1::Builder::new();
    // hyper starts this clock when it begins to wait for a head, so for it this is the idle time; how long a head may
    // take once it has begun is measured below.
    builder.timer(TokioTimer::new()).header_read_timeout(limits.idle_timeout).max_buf_size(MAX_HEAD_BYTES);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(guarded), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = async { drop(closing.wait_for(|closing| *closing).await) } => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients vanish; that is no event.
        tracing::debug!(%error, "a connection broke off");
    }
}

/// What the connection is doing, shared between its stream and its service.
#[derive(Clone, Default)]
struct Phase(Arc<AtomicU8>);

impl Phase {
    const IDLE: u8 = 0;
    const HEAD: u8 = 1;
    const BUSY: u8 = 2;

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, phase: u8) {
        self.0.store(phase, Ordering::Relaxed);
    }
}

/// A stream on which a head must be complete within a time of its first byte: a client that sends one byte a minute
/// would otherwise hold a connection for ever.
struct Guarded<S> {
    stream: S,
    phase: Phase,
    limit: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        if let Poll::Ready(outcome) = Pin::new(&mut this.stream).poll_read(cx, buf) {
            if this.phase.get() == Phase::IDLE && buf.filled().len() > before {
                this.phase.set(Phase::HEAD);
                this.deadline = None;
            }
            return Poll::Ready(outcome);
        }
        if this.phase.get() != Phase::HEAD {
            this.deadline = None;
            return Poll::Pending;
        }
        let deadline = this.deadline.get_or_insert_with(|| Box::pin(sleep(this.limit)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the head of a request took too long")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
