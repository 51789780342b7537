//! A body that says when it is about to leave: after the connection stands and TLS is agreed, before the first byte.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};

use crate::store::failpoint;

/// What is done just before the first byte of a request's body leaves.
#[derive(Clone)]
pub struct OnSending(Arc<dyn Fn() + Send + Sync>);

impl OnSending {
    /// `hook` is called at most once per request, on the thread that sends. It must not block for long.
    pub fn new(hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    /// For whoever sends: the moment has come.
    pub fn call(&self) {
        (self.0)();
    }
}

impl fmt::Debug for OnSending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnSending")
    }
}

/// `content` as a body whose first look calls `hook`. It has a length, so that nothing else changes on the wire.
///
/// Nobody looks at a body without content; it counts as sent from the start.
pub(super) fn announced(content: Vec<u8>, hook: OnSending) -> reqwest::Body {
    if content.is_empty() {
        hook.call();
        return content.into();
    }
    reqwest::Body::wrap(Announced { content: Full::new(content.into()), hook: Some(hook) })
}

struct Announced {
    content: Full<Bytes>,
    hook: Option<OnSending>,
}

impl Body for Announced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if let Some(hook) = self.hook.take() {
            hook.call();
            failpoint("req_first_byte")?;
        }
        let polled = Pin::new(&mut self.content).poll_frame(cx).map_err(|never| match never {});
        if self.content.is_end_stream() {
            failpoint("req_last_byte")?;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
