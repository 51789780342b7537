//! HTTP as tokcore needs it: one request, one bounded answer, no redirects.
//!
//! Wire logic builds an [`HttpRequest`] and reads an [`HttpResponse`]; only a [`HttpSend`] does the I/O.

mod announced;
mod proxy;
mod request;
mod send;
mod tls;

use std::future::Future;
use std::pin::Pin;

pub use announced::OnSending;
pub use proxy::Proxies;
pub(crate) use proxy::is_loopback;
pub use request::{ClientIdentity, Connection, HttpRequest, HttpResponse, Method};
pub use send::Transport;

use crate::error::Error;

/// A future that can be stored without naming its type.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that can send one request and give back its whole answer.
///
/// Effects: `[net]`. Errors: `Transport`, `Timeout`, `Protocol` (an answer larger than allowed), `ConfigInvalid` (a CA
/// bundle or proxy that cannot be used). An answer of any status is a success here: statuses are for wire logic to read.
pub trait HttpSend: Send + Sync {
    /// Sends `request` and reads the answer to its end, within the request's deadline and size.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>>;
}
