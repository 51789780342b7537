//! Everything that `tokcore serve` can be told: the command line fills it from flags, the demo and the tests from code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tokcore::{Context, Error, Kind};
use url::{Host, Url};

use crate::config;
use crate::limits::Limits;

/// Where the RPC endpoints and the page listen unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8790);

/// The settings of one broker. Start from [`Settings::new`] and change fields.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Listener of the RPC endpoints. Port 0 takes a free one. Default `127.0.0.1:8790`.
    pub rpc_listen: SocketAddr,
    /// Listener of the page; `None` means the same as the RPC endpoints.
    pub web_listen: Option<SocketAddr>,
    /// Path before every route: empty, or `/base` without a slash at its end.
    pub base_path: String,
    /// What browsers call this broker, without a slash at its end; the redirect URI is built from it and from nothing
    /// else. `None` means the page's listener, which must then be on loopback.
    pub public_url: Option<Url>,
    /// What sessions call the RPC endpoints; `None` means their listener.
    pub rpc_url: Option<Url>,
    /// SQLite file. Default `/var/lib/tokcore/broker.sqlite`.
    pub database: PathBuf,
    /// Key file; made at first start. Default `/etc/tokcore/master.key`.
    pub master_key: PathBuf,
    /// The integrations: files and how strictly they are read. Default `/etc/rstudio/oauth-clients.conf`, strict.
    pub config: config::Settings,
    /// Unix socket of the admin interface and of local sessions. Default `/run/tokcore/admin.sock`.
    pub admin_socket: PathBuf,
    /// Permission bits of that socket; who is asking is read from the socket itself. Default `0o660`.
    pub admin_socket_mode: u32,
    /// How long an RPC cookie is good for. Default 24 h.
    pub cookie_ttl: Duration,
    /// How long a session may renew its cookie. Default 30 days.
    pub session_ttl: Duration,
    /// Rates, sizes and time-outs.
    pub limits: Limits,
    /// Whether tokens are refreshed before anybody asks. Default true.
    pub background_refresh: bool,
    /// The outside world: network and clock.
    pub context: Context,
}

impl Settings {
    /// The defaults of a system service.
    pub fn new() -> Self {
        let mut config = config::Settings::new("/etc/rstudio/oauth-clients.conf");
        config.sidecar = Some("/etc/tokcore/integrations.toml".into());
        Self {
            rpc_listen: DEFAULT_LISTEN,
            web_listen: None,
            base_path: String::new(),
            public_url: None,
            rpc_url: None,
            database: "/var/lib/tokcore/broker.sqlite".into(),
            master_key: "/etc/tokcore/master.key".into(),
            config,
            admin_socket: "/run/tokcore/admin.sock".into(),
            admin_socket_mode: 0o660,
            cookie_ttl: Duration::from_secs(24 * 3600),
            session_ttl: Duration::from_secs(30 * 24 * 3600),
            limits: Limits::default(),
            background_refresh: true,
            context: Context::os(),
        }
    }

    /// Settings with every file in `directory` and free ports on loopback: for the demo and for tests.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        let mut settings = Self::new();
        settings.rpc_listen = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        settings.database = directory.join("broker.sqlite");
        settings.master_key = directory.join("master.key");
        settings.config.path = directory.join("oauth-clients.conf");
        settings.config.sidecar = Some(directory.join("integrations.toml"));
        settings.admin_socket = directory.join("admin.sock");
        settings
    }

    /// Checks what can be checked before anything is opened.
    ///
    /// Errors: `ConfigInvalid`, naming the setting.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |message: &str, hint: &str| Err(Error::new(Kind::ConfigInvalid, message).with_hint(hint));
        let base = &self.base_path;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        if !base.is_empty()
            && (!base.starts_with('/') || base.ends_with('/') || base.contains("//") || !base.chars().all(plain))
        {
            return refuse("the base path must look like /base", "begin it with one slash and end it without");
        }
        for (name, url) in [("public-url", &self.public_url), ("rpc-url", &self.rpc_url)] {
            let Some(url) = url else { continue };
            let extra = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || extra {
                return refuse(&format!("{name} must be an http or https address without query or user"), "correct it");
            }
        }
        match &self.public_url {
            Some(url) if url.scheme() == "http" && !is_loopback(url) => refuse(
                "public-url is http, but not on this machine: browsers refuse sign-in cookies there",
                "put a TLS proxy in front and set public-url to its https address",
            ),
            None if !self.web_listen.unwrap_or(self.rpc_listen).ip().is_loopback() => refuse(
                "the page listens beyond this machine, but public-url is not set",
                "set public-url to the https address that users see",
            ),
            _ => Ok(()),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether this address means this machine by its spelling alone, without asking a name server.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut Settings)) -> Result<(), Error> {
        let mut settings = Settings::in_directory("/nowhere");
        change(&mut settings);
        settings.check()
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(with(|_| ()).is_ok());
        assert!(with(|s| s.public_url = Some("http://localhost:1/base".parse().unwrap())).is_ok());
        assert!(with(|s| s.public_url = Some("https://tokens.example".parse().unwrap())).is_ok());
        let refused = with(|s| s.public_url = Some("http://tokens.example".parse().unwrap())).unwrap_err();
        assert!(refused.message().contains("public-url") && refused.hint().contains("https"), "{refused:?}");
    }

    #[test]
    fn listening_beyond_this_machine_needs_a_public_url() {
        assert!(with(|s| s.rpc_listen = "0.0.0.0:0".parse().unwrap()).is_err());
        assert!(with(|s| s.web_listen = Some("[::]:0".parse().unwrap())).is_err());
        let both = |s: &mut Settings| {
            s.rpc_listen = "0.0.0.0:0".parse().unwrap();
            s.public_url = Some("https://tokens.example".parse().unwrap());
        };
        assert!(with(both).is_ok());
    }

    #[test]
    fn base_path_has_one_spelling() {
        for good in ["", "/base", "/a/b-c"] {
            assert!(with(|s| s.base_path = good.into()).is_ok(), "{good}");
        }
        for bad in ["/", "base", "/base/", "//base", "/a//b", "/a?b", "/a b"] {
            assert!(with(|s| s.base_path = bad.into()).is_err(), "{bad}");
        }
    }
}
