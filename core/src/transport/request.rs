//! The request and the answer, as plain values.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;
use zeroize::Zeroizing;

use super::{OnSending, Proxies};
use crate::context::Context;
use crate::crypto;

pub use http::Method;

/// How to reach a server: which certificates count, which proxy, how long a connection may take.
///
/// Requests with an equal `Connection` share kept connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Connection {
    /// PEM file, or directory of PEM files, that replaces the system's certificate authorities.
    pub ca: Option<PathBuf>,
    /// Whether the server's certificate is checked. `false` is for experiments only.
    pub verify_tls: bool,
    /// Proxies; loopback hosts never go through one.
    pub proxies: Proxies,
    /// Units: as typed. Default 5 s.
    pub connect_timeout: Duration,
    /// Speak HTTP over this Unix socket instead of TCP.
    pub unix_socket: Option<PathBuf>,
    /// Whether a host *name* may resolve to a loopback, private or link-local address.
    pub allow_private_addresses: bool,
    /// What this side proves itself with, to a server that asks for a certificate.
    pub identity: Option<ClientIdentity>,
}

/// A certificate of our own, for mutual TLS. Source: RFC 8705 §2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientIdentity {
    /// PEM file with the certificate, and what vouches for it.
    pub certificate: PathBuf,
    /// PEM file with its key.
    pub key: PathBuf,
    /// Which content of the file is meant: a renewed certificate gets a connection of its own.
    version: [u8; 32],
}

impl ClientIdentity {
    /// The certificate in a file that has this `content` now.
    pub fn of(certificate: PathBuf, key: PathBuf, content: &[u8]) -> Self {
        Self { certificate, key, version: crypto::sha256(content) }
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            ca: None,
            verify_tls: true,
            proxies: Proxies::default(),
            connect_timeout: Duration::from_secs(5),
            unix_socket: None,
            allow_private_addresses: true,
            identity: None,
        }
    }
}

impl Connection {
    /// The way that the environment prescribes: its proxies, and its certificate authorities where it names some.
    pub(crate) fn from_env(context: &Context) -> Self {
        let bundle = context.set_var("REQUESTS_CA_BUNDLE").or_else(|| context.set_var("CURL_CA_BUNDLE"));
        Self { ca: bundle.map(Into::into), proxies: Proxies::from_env(context), ..Self::default() }
    }
}

/// One HTTP request, complete.
#[derive(Clone)]
pub struct HttpRequest {
    /// Verb.
    pub method: Method,
    /// Absolute http or https URL, without a secret.
    pub url: Url,
    /// Header fields; secret values are marked sensitive.
    pub headers: HeaderMap,
    /// Body; may hold secrets.
    pub body: Vec<u8>,
    /// Called when the body is about to leave, where somebody has to know.
    pub on_sending: Option<OnSending>,
    /// How to reach the server.
    pub connection: Arc<Connection>,
    /// For connecting, sending and reading together. Default 30 s.
    pub timeout: Duration,
    /// Largest accepted answer. Units: bytes. Default 1 MiB.
    pub max_response_bytes: usize,
}

impl HttpRequest {
    /// A request with the default limits and no header.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            on_sending: None,
            connection: Arc::default(),
            timeout: Duration::from_secs(30),
            max_response_bytes: 1024 * 1024,
        }
    }

    /// Adds a header field that anybody may see.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a header field whose value is kept out of every print.
    pub fn secret_header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// Shows what was asked of whom; never a body, and never the query, where providers put secrets.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The whole answer to one request.
#[derive(Clone)]
pub struct HttpResponse {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
    /// Body; may hold secrets, so it is zeroed when dropped.
    pub body: Zeroizing<Vec<u8>>,
}

impl HttpResponse {
    /// An answer.
    pub fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self { status, headers, body: Zeroizing::new(body) }
    }

    /// The value of a header field, when it is visible ASCII.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Shows the status and the size; never the body.
impl std::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
