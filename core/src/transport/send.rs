//! The one HTTP client of tokcore: reqwest with rustls.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::CONTENT_ENCODING;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::announced::announced;
use super::proxy::is_loopback;
use super::{BoxFuture, Connection, HttpRequest, HttpResponse, HttpSend, tls};
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::store::failpoint;

/// Shorter than the time after which common servers close an idle connection, so that we seldom find one closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);
/// A process talks to a handful of servers; more would be a leak.
const MAX_CLIENTS: usize = 32;

/// Sends requests over kept connections. Opens nothing until the first request; makes new ones in a forked child.
pub struct Transport {
    /// Few enough to be looked through, which is faster than to hash a whole route.
    clients: PerProcess<Mutex<Vec<(Route, reqwest::Client)>>>,
}

/// What requests must have in common to share a client, and with it kept connections.
#[derive(PartialEq, Eq)]
struct Route {
    connection: Arc<Connection>,
    tls: bool,
    direct: bool,
}

impl Transport {
    /// A transport without connections.
    pub const fn new() -> Self {
        Self { clients: PerProcess::new() }
    }

    fn client(&self, request: &HttpRequest) -> Result<reqwest::Client, Error> {
        let route = Route {
            connection: request.connection.clone(),
            tls: request.url.scheme() == "https",
            direct: is_loopback(&request.url),
        };
        let clients = self.clients.get_or_init(Mutex::default);
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(own, _)| *own == route) {
            return Ok(client.clone());
        }
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        let client = route.client()?;
        clients.push((route, client.clone()));
        Ok(client)
    }

    /// Sends, and logs that it was sent: where to and what came of it, never what.
    async fn logged(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let (method, place, begun) = (request.method.clone(), Place::of(&request), Instant::now());
        let outcome = self.exchange(request, &place).await;
        let took_ms = begun.elapsed().as_millis();
        match &outcome {
            Ok(response) => tracing::debug!("{method} at {place}: status {} after {took_ms} ms", response.status),
            Err(error) => tracing::debug!("{method} at {place}: no answer after {took_ms} ms: {error}"),
        }
        outcome
    }

    async fn exchange(&self, request: HttpRequest, place: &Place) -> Result<HttpResponse, Error> {
        check_literal_address(&request)?;
        let client = self.client(&request)?;
        // Lets the event loop look at the sockets once, so that a connection the server closed meanwhile is dropped
        // here and not met halfway through a request.
        tokio::task::yield_now().await;
        let HttpRequest { method, url, headers, body, on_sending, timeout, max_response_bytes, .. } = request;
        let body = match on_sending {
            Some(hook) => announced(body, hook),
            None => body.into(),
        };
        let exchange = async {
            let sent = client.request(method, url).headers(headers).body(body).send();
            read(sent.await.map_err(|cause| place.failure(cause))?, place, max_response_bytes).await
        };
        tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_| Err(place.late(timeout)))
    }
}

impl Default for Transport {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpSend for Transport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(self.logged(request))
    }
}

impl Route {
    fn client(&self) -> Result<reqwest::Client, Error> {
        let Connection { proxies, connect_timeout, unix_socket, allow_private_addresses, .. } = &*self.connection;
        let tls = if self.tls { tls::client_config(&self.connection)? } else { tls::without_authorities()? };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(*connect_timeout)
            .pool_idle_timeout(IDLE_CONNECTION)
            .tcp_nodelay(true)
            .user_agent(concat!("tokcore/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        if !self.direct && proxies.any() && unix_socket.is_none() {
            let exceptions = proxies.exceptions.as_deref().and_then(reqwest::NoProxy::from_string);
            for proxy in
                [proxies.http.as_ref().map(reqwest::Proxy::http), proxies.https.as_ref().map(reqwest::Proxy::https)]
            {
                // The address may hold a password: the message names the variables and not their value.
                let proxy = proxy.transpose().map_err(|_| {
                    Error::new(Kind::ConfigInvalid, "the proxy that the environment names is not a usable address")
                        .with_hint("correct http_proxy, https_proxy or all_proxy")
                })?;
                if let Some(proxy) = proxy {
                    builder = builder.proxy(proxy.no_proxy(exceptions.clone()));
                }
            }
        }
        if let Some(path) = unix_socket {
            builder = builder.unix_socket(path.clone());
        }
        if !allow_private_addresses {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        builder.build().map_err(|cause| {
            Error::new(Kind::Internal, format!("the HTTP client did not start: {}", innermost(&cause)))
        })
    }
}

async fn read(mut response: reqwest::Response, place: &Place, limit: usize) -> Result<HttpResponse, Error> {
    place.passed("resp_headers")?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        // Nothing was said about accepting one, and a small body may unfold to a very large one.
        return Err(Error::new(Kind::Protocol, format!("{place}: the answer is compressed, which nobody asked for"))
            .with_reason(Reason::MalformedResponse)
            .with_http_status(status)
            .with_hint("look for a proxy between here and the server that compresses what it should not"));
    }
    // As long as it is said to be: one that grows is copied, and leaves tokens behind in memory that nobody erases.
    let promised = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut body = Vec::with_capacity(promised.min(limit));
    while let Some(chunk) = response.chunk().await.map_err(|cause| place.failure(cause))? {
        if body.len() + chunk.len() > limit {
            return Err(Error::new(Kind::Protocol, format!("{place}: the answer is larger than {limit} bytes"))
                .with_reason(Reason::ResponseTooLarge)
                .with_http_status(status));
        }
        body.extend_from_slice(&chunk);
        place.passed("resp_half")?;
    }
    place.passed("resp_full")?;
    Ok(HttpResponse::new(status, headers, body))
}

/// The server as messages name it: the socket, or scheme, host and port; never a path or query, where providers put
/// secrets. Put into words only where somebody reads them.
struct Place {
    connection: Arc<Connection>,
    url: Url,
}

impl Place {
    fn of(request: &HttpRequest) -> Self {
        Self { connection: request.connection.clone(), url: request.url.clone() }
    }

    fn late(&self, timeout: Duration) -> Error {
        Error::new(Kind::Timeout, format!("{self} did not answer within {} ms", timeout.as_millis()))
    }

    /// A failpoint on the way of the answer.
    fn passed(&self, point: &'static str) -> Result<(), Error> {
        failpoint(point).map_err(|cause| Error::new(Kind::Transport, format!("{self}: the exchange failed: {cause}")))
    }

    fn failure(&self, cause: reqwest::Error) -> Error {
        let reason = innermost(&cause);
        if cause.is_timeout() {
            return Error::new(Kind::Timeout, format!("{self}: no connection in time"))
                .with_reason(Reason::NoConnection);
        }
        if cause.is_connect() {
            let error = Error::new(Kind::Transport, format!("no connection to {self}: {reason}"))
                .with_reason(Reason::NoConnection);
            return match certificate_hint(&reason) {
                Some(hint) => error.with_hint(hint),
                None => error,
            };
        }
        if cause.is_body() || cause.is_decode() {
            return Error::new(Kind::Protocol, format!("{self}: the answer broke off: {reason}"));
        }
        Error::new(Kind::Transport, format!("{self}: the exchange failed: {reason}"))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.connection.unix_socket {
            Some(path) => path.display().fmt(f),
            None => f.write_str(&self.url.origin().ascii_serialization()),
        }
    }
}

/// What helps against the certificate failures that people meet behind company proxies and with certificates of their
/// own making. The reason is rustls's text: reqwest passes nothing else on.
fn certificate_hint(reason: &str) -> Option<&'static str> {
    if reason.contains("CaUsedAsEndEntity") {
        return Some(
            "the server presents an authority's certificate (CA:TRUE); give it one of its own, signed by that",
        );
    }
    let unknown = reason.contains("certificate");
    unknown.then_some("name the PEM file of the server's authority: option `ca`, REQUESTS_CA_BUNDLE or SSL_CERT_FILE")
}

/// The text of the deepest cause: "connection refused" says more than the layers around it, and names no URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut deepest = error.source();
    while let Some(next) = deepest.and_then(std::error::Error::source) {
        deepest = Some(next);
    }
    deepest.map_or_else(|| "the request could not be sent".to_owned(), ToString::to_string)
}

/// Resolves names, but refuses answers that point into a private network (server-side request forgery).
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            match addresses.iter().find(|address| !is_public(address.ip())) {
                Some(_) => Err(format!("{} resolves to a private address", name.as_str()).into()),
                None => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}

/// A literal address never meets the resolver, so it is checked here.
fn check_literal_address(request: &HttpRequest) -> Result<(), Error> {
    if request.connection.allow_private_addresses {
        return Ok(());
    }
    let address: IpAddr = match request.url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        _ => return Ok(()),
    };
    if is_public(address) {
        return Ok(());
    }
    Err(Error::new(Kind::ConfigInvalid, format!("{address} is a private address"))
        .with_hint("use the server's public name, or allow private networks for this integration"))
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || shared)
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_not_public() {
        for text in [
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "93.184.216.34", "2606:4700::1111"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
