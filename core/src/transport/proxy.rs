//! Which proxy a request goes through.

use url::{Host, Url};

use crate::context::Context;

/// Proxy settings, as the environment spells them.
///
/// Source: the convention shared by curl, requests and the product's documentation; `no_proxy` entries are a host, a
/// `.domain`, an address, a CIDR range or `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proxies {
    /// For http URLs.
    pub http: Option<String>,
    /// For https URLs.
    pub https: Option<String>,
    /// Hosts that are reached directly.
    pub exceptions: Option<String>,
}

impl Proxies {
    /// The proxies that the environment names, lower-case names first.
    pub fn from_env(context: &Context) -> Self {
        let either = |lower: &str, upper: &str| context.set_var(lower).or_else(|| context.set_var(upper));
        let all = either("all_proxy", "ALL_PROXY");
        // Under CGI, HTTP_PROXY is the caller's `Proxy:` header (httpoxy).
        let upper_http = if context.set_var("REQUEST_METHOD").is_some() { "" } else { "HTTP_PROXY" };
        Self {
            http: either("http_proxy", upper_http).or_else(|| all.clone()),
            https: either("https_proxy", "HTTPS_PROXY").or(all),
            exceptions: either("no_proxy", "NO_PROXY"),
        }
    }

    /// Whether any proxy is set at all.
    pub(super) fn any(&self) -> bool {
        self.http.is_some() || self.https.is_some()
    }
}

/// Whether `url` names this machine. Such a request never leaves through a proxy.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_recognised_in_every_spelling() {
        for yes in ["http://127.0.0.1:8/", "http://127.9.9.9/", "https://[::1]:1/", "http://localhost/x"] {
            assert!(is_loopback(&Url::parse(yes).unwrap()), "{yes}");
        }
        for no in ["http://10.0.0.1/", "http://localhost.example/", "https://[::2]/"] {
            assert!(!is_loopback(&Url::parse(no).unwrap()), "{no}");
        }
    }
}
