//! What every part of a running broker shares.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use axum::http::HeaderValue;
use tokcore::{Error, Kind};
use url::Url;

use crate::Principal;
use crate::config::{self, Rejected};
use crate::current::{Current, Target};
use crate::journal::{Event, Journal};
use crate::ledger::Ledger;
use crate::limits::{Buckets, Limits};
use crate::refresh::Refresher;
use crate::refresh::sweeper::Sweeper;
use crate::settings::{Settings, is_loopback};
use crate::store::{Store, TokenKey};

/// The state of one broker.
pub struct App {
    /// As started.
    pub settings: Settings,
    /// How others reach this broker.
    pub addresses: Addresses,
    /// Sign-ins and sessions.
    pub ledger: Ledger,
    /// What is written down in passing.
    pub journal: Journal,
    /// Refreshes under way.
    pub refresher: Refresher,
    /// Refreshes to come.
    pub sweeper: Sweeper,
    /// Who asks too often.
    pub throttles: Throttles,
    /// When this broker started.
    pub started: Instant,
    current: RwLock<Arc<Current>>,
}

/// Rates that are kept by something other than the session.
pub struct Throttles {
    /// Rejected cookies and codes, by address.
    pub rejections: Buckets<IpAddr>,
    /// Sign-ins begun, by user.
    pub sign_ins: Buckets<Principal>,
    /// Forced refreshes, by sign-in.
    pub refreshes: Buckets<TokenKey>,
    /// Calls over the local socket, by user.
    pub local: Buckets<Principal>,
}

impl Throttles {
    fn new(limits: &Limits) -> Self {
        Self {
            rejections: Buckets::new(limits.rejections),
            sign_ins: Buckets::new(limits.sign_ins),
            refreshes: Buckets::new(limits.forced_refreshes),
            local: Buckets::new(limits.rpc),
        }
    }
}

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

impl App {
    /// Opens everything but the listeners.
    pub async fn open(settings: Settings, addresses: Addresses, store: Store) -> Result<Arc<Self>, crate::Error> {
        let configuration = config::load(&settings.config)?;
        let now = settings.context.clock.now_unix_ms().div_euclid(1000);
        let ledger = Ledger::open(store.clone(), &settings.limits, now).await?;
        let app = Arc::new(Self {
            throttles: Throttles::new(&settings.limits),
            journal: Journal::start(store),
            refresher: Refresher::default(),
            sweeper: Sweeper::default(),
            started: Instant::now(),
            current: RwLock::new(Arc::new(Current::new(configuration))),
            settings,
            addresses,
            ledger,
        });
        app.report_configuration();
        Ok(app)
    }

    /// Units: milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.settings.context.clock.now_unix_ms()
    }

    /// Units: seconds since the epoch.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// The configuration in use. Whoever holds it keeps it across a reload.
    pub fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the configuration again and swaps it in whole; on an error the old one stays. Effects: `[disk]`.
    pub fn reload(&self) -> Result<Arc<Current>, Rejected> {
        match config::load(&self.settings.config) {
            Ok(configuration) => {
                let current = Arc::new(Current::new(configuration));
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = current.clone();
                self.refresher.health.forget();
                self.sweeper.replan();
                self.report_configuration();
                Ok(current)
            }
            Err(rejected) => {
                tracing::error!("configuration rejected, the previous one stays: {rejected}");
                self.journal.audit(Event::of("config_rejected", self.now_s()));
                Err(rejected)
            }
        }
    }

    fn report_configuration(&self) {
        let current = self.current();
        for diagnostic in &current.configuration().diagnostics {
            tracing::warn!(target: "config", "{diagnostic}");
        }
        let (all, usable) = (current.integrations().len(), current.usable());
        let event = Event::of("config_loaded", self.now_s());
        self.journal.audit(event.result(&format!("{usable} of {all} integrations usable")));
    }

    /// Records an event about one sign-in.
    pub fn audit_token(&self, event: &str, target: &Target, key: &TokenKey, reason: &str) {
        let event = Event::of(event, self.now_s()).principal(&key.principal);
        self.journal.audit(event.integration(target.guid, &target.name).reason(reason));
    }
}
