//! Where the provider sends the browser back to. Source: specs/oauth.md §3.1–§3.3; RFC 8252 §7.3.
//!
//! A redirect URI is a text: the authorization request and the token request must repeat it byte for byte, and providers
//! compare it with the registered one. What the user wrote is therefore never normalised; only a port that was left open
//! is filled in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::loopback::{self, ListenOptions};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;

/// Names the redirect URI where the caller does not.
pub const REDIRECT_VARIABLE: &str = "HTTR2_OAUTH_REDIRECT_URL";
/// The redirect URI of providers that show the code instead of redirecting. Google has blocked it since 2022.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// Used for a pasted answer when nothing listens: the browser only has to show it in its address bar. httr's clients
/// have this port registered.
const UNBOUND_PORT: u16 = 1410;

/// Which name of this machine the redirect URI carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoopbackHost {
    /// `localhost`, heard on both address families.
    #[default]
    Localhost,
    /// One address.
    Address(IpAddr),
}

impl LoopbackHost {
    /// `127.0.0.1`.
    pub const V4: Self = Self::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
    /// `[::1]`.
    pub const V6: Self = Self::Address(IpAddr::V6(Ipv6Addr::LOCALHOST));

    fn uri(self) -> String {
        match self {
            LoopbackHost::Localhost => "http://localhost".into(),
            LoopbackHost::Address(IpAddr::V4(address)) => format!("http://{address}"),
            LoopbackHost::Address(IpAddr::V6(address)) => format!("http://[{address}]"),
        }
    }
}

/// What the user and the provider's profile say about the redirect URI.
#[derive(Clone, Debug, Default)]
pub struct RedirectSettings<'a> {
    /// The URI, as registered. Default: the variable [`REDIRECT_VARIABLE`], then this machine on a free port.
    pub uri: Option<&'a str>,
    /// Further ports that are registered, tried in this order after the one in the URI; 0 is any free one.
    pub port_candidates: &'a [u16],
    /// Whether a URI without a path, whose port is filled in, ends in a slash. Default: yes.
    pub trailing_slash: Option<bool>,
    /// The name of this machine in the default URI.
    pub loopback_host: LoopbackHost,
    /// Accepts plain http to another machine. For experiments only.
    pub allow_insecure_http: bool,
}

/// A redirect URI that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    text: String,
    origin: Origin,
    target: Target,
}

/// Who chose the redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The caller.
    Given,
    /// The variable [`REDIRECT_VARIABLE`].
    Variable,
    /// Nobody.
    Default,
}

/// What is behind a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This machine.
    Loopback(LoopbackUri),
    /// A page on the web, which shows the code or passes it on.
    Page,
    /// The provider shows the code itself.
    OutOfBand,
    /// A scheme of its own, which the host program has registered with the system.
    OtherScheme,
}

/// A redirect URI to this machine, whose port may still be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopbackUri {
    /// The name or address to listen on.
    pub host: LoopbackHost,
    /// The ports that will do, in order of preference; none, or 0 among them, means any free one.
    pub ports: Vec<u16>,
    /// The path to listen on, percent-encoded as written; at least a slash.
    pub path: String,
    /// Whether the browser will speak TLS.
    pub tls: bool,
    before_port: String,
    written_port: Option<u16>,
    after_port: String,
    slash: bool,
}

impl Redirect {
    /// The redirect URI that follows from the settings and the environment.
    ///
    /// Errors: `ConfigInvalid` for a URI that cannot be used, naming where it comes from.
    pub fn resolve(context: &Context, settings: &RedirectSettings<'_>) -> Result<Self, Error> {
        let variable = context.set_var(REDIRECT_VARIABLE);
        let (text, origin) = match (settings.uri, variable) {
            (Some(uri), _) => (uri.to_owned(), Origin::Given),
            (None, Some(uri)) => (uri, Origin::Variable),
            (None, None) => (settings.loopback_host.uri(), Origin::Default),
        };
        let target = Target::read(&text, settings).map_err(|why| why.into_error(&text, origin))?;
        Ok(Self { text, origin, target })
    }

    /// The out-of-band URI, for a provider that shows the code.
    pub(super) fn out_of_band() -> Self {
        Self { text: OUT_OF_BAND.into(), origin: Origin::Given, target: Target::OutOfBand }
    }

    /// The text as it was given; where a port is open, not yet what is sent.
    pub fn as_given(&self) -> &str {
        &self.text
    }

    /// Who chose it.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What is behind it.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The part for the listener, if it is this machine.
    pub fn loopback(&self) -> Option<&LoopbackUri> {
        match &self.target {
            Target::Loopback(loopback) => Some(loopback),
            _ => None,
        }
    }

    /// The URI to send, once the listener has `port`. Without a listener: [`Redirect::unbound_uri`].
    pub fn uri(&self, port: u16) -> String {
        match &self.target {
            Target::Loopback(loopback) => loopback.uri(port, &self.text),
            _ => self.text.clone(),
        }
    }

    /// The URI to send when nothing listens: the browser ends on a page that cannot be reached, with the answer in its
    /// address bar.
    pub fn unbound_uri(&self) -> String {
        let port = self.loopback().and_then(|loopback| loopback.ports.first().copied()).filter(|port| *port != 0);
        self.uri(port.unwrap_or(UNBOUND_PORT))
    }

    /// The URI for people: `<port>` stands for a port that is still open.
    pub fn template(&self) -> String {
        match &self.target {
            Target::Loopback(loopback) => match loopback.ports.first() {
                Some(port) if *port != 0 => self.uri(*port),
                _ => loopback.with_port("<port>"),
            },
            _ => self.text.clone(),
        }
    }
}

impl LoopbackUri {
    /// How to listen for it; what the URI does not say is the default.
    pub fn listen_options(&self) -> ListenOptions {
        let host = match self.host {
            LoopbackHost::Localhost => loopback::Host::Localhost,
            LoopbackHost::Address(address) => loopback::Host::Address(address),
        };
        let port = match self.ports.is_empty() {
            true => loopback::Port::Free,
            false => loopback::Port::OneOf(self.ports.clone()),
        };
        ListenOptions { host, port, path: self.path.clone(), ..ListenOptions::default() }
    }

    fn uri(&self, port: u16, as_given: &str) -> String {
        if self.written_port == Some(port) { as_given.to_owned() } else { self.with_port(port) }
    }

    fn with_port(&self, port: impl std::fmt::Display) -> String {
        let slash = if self.slash { "/" } else { "" };
        format!("{}:{port}{slash}{}", self.before_port, self.after_port)
    }
}

/// Why a redirect URI cannot be used, and what to do instead.
struct Refusal(String, &'static str);

impl Refusal {
    fn into_error(self, text: &str, origin: Origin) -> Error {
        let source = match origin {
            Origin::Variable => REDIRECT_VARIABLE,
            Origin::Given | Origin::Default => "redirect URI",
        };
        // What stands before @ may be a password.
        let shown = if authority(text).contains('@') { "with a user name".into() } else { format!("{text:?}") };
        Error::new(Kind::ConfigInvalid, format!("{source} {shown} {}", self.0)).with_hint(self.1)
    }
}

fn refuse<T>(why: &str, hint: &'static str) -> Result<T, Refusal> {
    Err(Refusal(why.to_owned(), hint))
}

/// They run or read something instead of showing where the browser went.
const LOCAL_SCHEMES: [&str; 7] = ["javascript", "vbscript", "data", "file", "blob", "about", "view-source"];

impl Target {
    fn read(text: &str, settings: &RedirectSettings<'_>) -> Result<Self, Refusal> {
        // The parser would drop them silently, and the provider would then compare another text.
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return refuse("contains white space or a backslash", "give the URI exactly as it is registered");
        }
        if matches!(text, "oob" | "urn:ietf:wg:oauth:2.0:oob:auto") || text == OUT_OF_BAND {
            return Ok(Target::OutOfBand);
        }
        let url = Url::parse(text).map_err(|problem| {
            Refusal(
                format!("is not an absolute URL: {problem}"),
                "give it with its scheme, such as http://localhost:1410/",
            )
        })?;
        if url.fragment().is_some() {
            return refuse("has a fragment, which RFC 6749 forbids", "remove the part from # on");
        }
        match url.scheme() {
            "http" | "https" => Self::read_web(text, &url, settings),
            scheme if LOCAL_SCHEMES.contains(&scheme) => {
                refuse("has a scheme to which no provider may redirect", "use https, or http on this machine")
            }
            _ => Ok(Target::OtherScheme),
        }
    }

    fn read_web(text: &str, url: &Url, settings: &RedirectSettings<'_>) -> Result<Self, Refusal> {
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return refuse("must not name a user", "remove the part before @");
        }
        if !text.contains("://") {
            return refuse("is not written as scheme://host", "write it as http://localhost:1410/");
        }
        match loopback_host(url) {
            Some(host) => Ok(Target::Loopback(LoopbackUri::read(text, url, host, settings))),
            None if url.scheme() == "https" || settings.allow_insecure_http => Ok(Target::Page),
            None => refuse(
                "is plain http to another machine, where anybody on the way can read the code",
                "use https, or http with localhost, 127.0.0.1 or [::1]",
            ),
        }
    }
}

/// Whether what travels to `url` is read by nobody on the way: https, or http that does not leave this machine.
pub(super) fn is_https_or_here(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && loopback_host(url).is_some())
}

/// This machine, when the URL's parsed host is it; a name that only looks like it is not.
fn loopback_host(url: &Url) -> Option<LoopbackHost> {
    match url.host()? {
        Host::Domain(name) => (name == "localhost").then_some(LoopbackHost::Localhost),
        Host::Ipv4(address) => address.is_loopback().then_some(LoopbackHost::Address(address.into())),
        Host::Ipv6(address) => address.is_loopback().then_some(LoopbackHost::Address(address.into())),
    }
}

impl LoopbackUri {
    fn read(text: &str, url: &Url, host: LoopbackHost, settings: &RedirectSettings<'_>) -> Self {
        let authority = authority(text);
        let start = text.len() - after_scheme(text).len();
        let after_authority = &text[start + authority.len()..];
        let (name, port) = split_port(authority);
        let written_port = port.and_then(|port| port.parse().ok()).filter(|port| *port != 0);
        let has_path = !matches!(url.path(), "" | "/");
        let mut ports: Vec<u16> = written_port.into_iter().collect();
        ports.extend(settings.port_candidates.iter().filter(|port| Some(**port) != written_port));
        // A written port keeps its ending; where the port is filled in, so is the slash.
        let (after_port, slash) = match (written_port, has_path) {
            (None, false) => (after_authority.strip_prefix('/').unwrap_or(after_authority), settings.trailing_slash),
            _ => (after_authority, Some(false)),
        };
        Self {
            host,
            ports,
            path: url.path().to_owned(),
            tls: url.scheme() == "https",
            before_port: format!("{}{name}", &text[..start]),
            written_port,
            after_port: after_port.to_owned(),
            slash: slash.unwrap_or(true),
        }
    }
}

/// The part of the text between `//` and the path.
fn authority(text: &str) -> &str {
    let rest = after_scheme(text);
    &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())]
}

fn after_scheme(text: &str) -> &str {
    text.split_once("://").map_or(text, |(_, rest)| rest)
}

/// Host and port as written: the parser forgets a port that is the scheme's usual one.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // The colons inside an IPv6 address separate no port.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}
