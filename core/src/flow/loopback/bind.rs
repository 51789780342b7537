//! Getting the address before the browser learns of it. Source: specs/oauth.md L-1, L-2, L-17.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// `localhost`: 127.0.0.1 and ::1 on the same port, because browsers differ in which one they try first.
    Localhost,
    /// The one loopback address that the redirect URI names.
    Address(IpAddr),
    /// Every address of the machine. Only for containers, whose published ports do not arrive on loopback.
    Any,
}

impl Host {
    /// The address of this machine that `named` is set to. No other machine reaches what listens there.
    ///
    /// Errors: `ConfigInvalid` for every other one.
    pub fn on_this_machine(named: &str, text: &str) -> Result<Self, Error> {
        let address = text.trim_start_matches('[').trim_end_matches(']').parse().ok();
        match address.filter(IpAddr::is_loopback) {
            Some(address) => Ok(Host::Address(address)),
            None if text.eq_ignore_ascii_case("localhost") => Ok(Host::Localhost),
            None => Err(Error::new(
                Kind::ConfigInvalid,
                format!("{named} is {text:?}, which is no loopback address: other machines could answer the sign-in"),
            )
            .with_hint(format!(
                "set {named} to 127.0.0.1, ::1 or localhost; where no browser reaches those, use the flow `manual`"
            ))),
        }
    }
}

/// On which port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// Whatever is free.
    Free,
    /// The first one of these that is free; all of them are registered with the provider. Never another one, unless 0 is
    /// among them.
    OneOf(Vec<u16>),
}

/// How often a free port is drawn anew because the other address family has it taken.
const DRAWS: usize = 10;
/// More than a browser opens at once; what does not fit waits in its own program.
const BACKLOG: i32 = 128;

/// The bound sockets. They listen until dropped.
#[derive(Debug)]
pub(super) struct Sockets {
    listeners: Vec<std::net::TcpListener>,
    port: u16,
    generation: u64,
}

impl Sockets {
    /// Errors: `ListenerUnavailable`, naming the port and who has it.
    pub(super) fn bind(host: Host, port: &Port, context: &Context) -> Result<Self, Error> {
        let ports = match port {
            Port::Free => return Self::bind_free(host),
            Port::OneOf(ports) => ports,
        };
        let mut failure = Error::new(Kind::InvalidArgument, "no port was named for the loopback listener");
        for &port in ports {
            if port == 0 {
                return Self::bind_free(host);
            }
            match Self::bind_all(host, port) {
                Ok(sockets) => return Ok(sockets),
                Err(cause) => failure = unavailable(host, ports, port, cause, context),
            }
        }
        Err(failure)
    }

    fn bind_free(host: Host) -> Result<Self, Error> {
        let mut last = None;
        for _ in 0..DRAWS {
            match Self::bind_all(host, 0) {
                Ok(sockets) => return Ok(sockets),
                Err(cause) => last = Some(cause),
            }
        }
        let cause = last.unwrap_or_else(|| ErrorKind::AddrInUse.into());
        Err(Error::new(Kind::ListenerUnavailable, format!("no free port for the loopback listener: {cause}"))
            .with_reason(Reason::ListenerUnavailable)
            .with_hint("sign in by pasting the code, or with a device code")
            .with_cause(cause))
    }

    /// Binds every address of `host` on one port; 0 lets the first bind choose it for all.
    fn bind_all(host: Host, port: u16) -> io::Result<Self> {
        let (first, second) = match host {
            Host::Localhost => (IpAddr::V4(Ipv4Addr::LOCALHOST), Some(IpAddr::V6(Ipv6Addr::LOCALHOST))),
            Host::Address(address) => (address, None),
            Host::Any => (IpAddr::V4(Ipv4Addr::UNSPECIFIED), Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED))),
        };
        let listener = listen(SocketAddr::new(first, port))?;
        let port = listener.local_addr()?.port();
        let mut listeners = vec![listener];
        match second.map(|address| listen(SocketAddr::new(address, port))) {
            Some(Ok(listener)) => listeners.push(listener),
            // The browser may ask the other family first: whoever holds the port there would get the code.
            Some(Err(cause)) if is_taken(&cause) => return Err(cause),
            // A machine without IPv6.
            Some(Err(_)) | None => {}
        }
        Ok(Self { listeners, port, generation: tokcore_sys::fork_generation() })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The sockets, registered with the running event loop for as long as the result lives.
    ///
    /// They are registered anew for each step: a forked child shares the event loop's interest list with its parent, and
    /// must not take the parent's listener from it when it drops what it inherited.
    pub(super) fn register(&self) -> Result<Vec<tokio::net::TcpListener>, Error> {
        let register = |listener: &std::net::TcpListener| tokio::net::TcpListener::from_std(listener.try_clone()?);
        self.listeners.iter().map(register).collect::<io::Result<_>>().map_err(|cause| {
            Error::new(Kind::Internal, format!("the loopback listener cannot be watched: {cause}"))
                .with_hint("check the limit of open files")
                .with_cause(cause)
        })
    }

    /// Whether this process bound them, and not the one that it was forked from.
    pub(super) fn are_ours(&self) -> bool {
        self.generation == tokcore_sys::fork_generation()
    }
}

/// Closing alone would leave the port taken by children that were forked meanwhile.
impl Drop for Sockets {
    fn drop(&mut self) {
        if self.are_ours() {
            for listener in &self.listeners {
                // Nothing to do about a failure: the socket is closed right after.
                let _ = SockRef::from(listener).shutdown(Shutdown::Both);
            }
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // On Unix it only outlives TIME_WAIT; elsewhere it would let another program share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn is_taken(cause: &io::Error) -> bool {
    matches!(cause.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

fn unavailable(host: Host, ports: &[u16], port: u16, cause: io::Error, context: &Context) -> Error {
    let place = match host {
        Host::Localhost => format!("localhost:{port}"),
        Host::Address(address) => SocketAddr::new(address, port).to_string(),
        Host::Any => format!("port {port}"),
    };
    let why = match cause.kind() {
        ErrorKind::AddrInUse => match context.files.port_holder(port) {
            Some(holder) => format!("is taken by {holder}"),
            None => "is taken by another program".to_owned(),
        },
        ErrorKind::PermissionDenied => "may not be used by this user".to_owned(),
        ErrorKind::AddrNotAvailable => "is no address of this machine".to_owned(),
        _ => format!("cannot be had: {cause}"),
    };
    let before = match ports {
        [_] => String::new(),
        _ => {
            let names: Vec<String> = ports.iter().map(u16::to_string).collect();
            format!("none of the ports {} is free: ", names.join(", "))
        }
    };
    Error::new(Kind::ListenerUnavailable, format!("{before}{place} {why}"))
        .with_reason(Reason::ListenerUnavailable)
        .with_hint("free the port, or give `port_candidates` that are registered with the provider too")
        .with_cause(cause)
}
