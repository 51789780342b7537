//! How others reach a broker, and which names are its own.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderValue;
use tokcore::{Error, Kind};
use url::Url;

use crate::settings::{Settings, is_loopback};

/// How others reach this broker. No address ends in a slash.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// What sessions call.
    pub rpc_url: String,
    /// What browsers call.
    pub public_url: String,
    /// The same as a header value.
    pub public_url_header: HeaderValue,
    /// Scheme, host and port of [`Addresses::public_url`].
    pub public_origin: String,
    /// Path of [`Addresses::public_url`]; empty without one.
    pub public_path: String,
    /// `host:port` of [`Addresses::public_url`] when that is on loopback, where no proxy stands before us.
    pub public_loopback_host: Option<String>,
    /// `https` towards browsers, so that cookies may be of the strictest kind.
    pub secure: bool,
    /// Values of `Host` that mean this broker, in lower case.
    pub hosts: Vec<String>,
}

impl Addresses {
    /// Works out the addresses once the listeners have their ports.
    pub fn new(settings: &Settings, rpc: SocketAddr, web: SocketAddr) -> Result<Self, Error> {
        let local = |at: SocketAddr| {
            let host = match at.ip() {
                ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            };
            format!("http://{host}:{}{}", at.port(), settings.base_path)
        };
        let given = |url: &Option<Url>| url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
        let rpc_url = given(&settings.rpc_url).unwrap_or_else(|| local(rpc));
        let public_url = given(&settings.public_url).unwrap_or_else(|| local(web));
        let internal = |_| Error::new(Kind::Internal, "an address of the broker cannot be written as a URL");
        let public = Url::parse(&public_url).map_err(internal)?;
        let public_url_header = HeaderValue::from_str(&public_url)
            .map_err(|_| Error::new(Kind::ConfigInvalid, "public-url holds a character that headers cannot hold"))?;
        let mut hosts = Vec::new();
        for at in [rpc, web] {
            let names = ["127.0.0.1".to_owned(), "localhost".to_owned(), "[::1]".to_owned()];
            hosts.extend(names.iter().map(|name| format!("{name}:{}", at.port())));
            if !at.ip().is_unspecified() {
                hosts.push(at.to_string());
            }
        }
        for url in [&public_url, &rpc_url] {
            let url = Url::parse(url).map_err(internal)?;
            let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { continue };
            hosts.push(format!("{host}:{port}").to_ascii_lowercase());
            if url.port().is_none() {
                hosts.push(host.to_ascii_lowercase());
            }
        }
        hosts.sort();
        hosts.dedup();
        Ok(Self {
            public_origin: public.origin().ascii_serialization(),
            public_path: public.path().trim_end_matches('/').to_owned(),
            public_loopback_host: (public.scheme() == "http" && is_loopback(&public))
                .then(|| public.authority().to_ascii_lowercase()),
            secure: public.scheme() == "https",
            rpc_url,
            public_url,
            public_url_header,
            hosts,
        })
    }

    /// Whether this `Host` means us. Any other is a name that somebody made point here (DNS rebinding).
    pub fn is_ours(&self, host: &str) -> bool {
        self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host))
    }
}
