//! The loopback listener: a web server that lives for one answer. Source: RFC 8252 §7.3, specs/oauth.md §4.
//!
//! It has no thread and no task (docs/adr/0014): whoever waits drives it, and between two waits the system keeps what
//! arrives. Bind first, build the URL with the port, then wait:
//!
//! ```no_run
//! # async fn sign_in(context: tokcore::Context, state: tokcore::Secret) -> Result<(), tokcore::Error> {
//! use tokcore::flow::Expectation;
//! use tokcore::flow::loopback::{Bound, ListenOptions, Verdict};
//!
//! let bound = Bound::bind(ListenOptions::default(), &context)?;
//! println!("redirect_uri is http://localhost:{}/", bound.port());
//! let mut loopback = bound.wait_for(Expectation::of_state(state));
//! let callback = loopback.accept().await?;
//! // … exchange the code …
//! loopback.finish(Verdict::Succeeded).await;
//! # Ok(()) }
//! ```

mod bind;
mod desk;
mod page;
mod route;
mod serve;
mod step;
mod words;

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;

pub use bind::{Host, Port};
pub use desk::Verdict;
pub use page::Pages;
pub use words::Words;

use self::bind::Sockets;
use self::desk::Desk;
use self::route::Site;
use self::serve::{Connection, SharedDesk};
use self::step::Step;
use super::expect::Expectation;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::Callback;
use crate::reason::Reason;

/// How long a browser is kept waiting for the outcome of the exchange before it is told only that its answer arrived.
const PATIENCE_OF_A_BROWSER: Duration = Duration::from_secs(10);
/// For the last page to leave.
pub(crate) const CLOSING: Duration = Duration::from_millis(450);

/// Where and how to listen.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// Which addresses.
    pub host: Host,
    /// Which port.
    pub port: Port,
    /// The port that the browser knows, where something forwards it to the one that is listened at.
    pub forwarded_port: Option<u16>,
    /// Path of the redirect URI as registered; empty and `/` are the same.
    pub path: String,
    /// Whether `response_mode=form_post` was asked for.
    pub form_post: bool,
    /// Origin of the provider's authorization endpoint, which may ask whether its page may reach this machine.
    pub provider_origin: Option<String>,
    /// How long a person may take. Default 300 s.
    pub timeout: Duration,
    /// What usually is wrong where the browser does not come back to this provider's clients.
    pub usual_cause: Option<String>,
    /// How long a connection may take to send its request. Default 5 s.
    pub request_timeout: Duration,
    /// What the browser shows at the end.
    pub pages: Pages,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            host: Host::Localhost,
            port: Port::Free,
            forwarded_port: None,
            path: "/".into(),
            form_post: false,
            provider_origin: None,
            timeout: Duration::from_secs(300),
            usual_cause: None,
            request_timeout: Duration::from_secs(5),
            pages: Pages::default(),
        }
    }
}

/// An address that is ours, before anybody is expected. Dropping it gives the port back.
#[derive(Debug)]
pub struct Bound {
    sockets: Sockets,
    options: ListenOptions,
}

impl Bound {
    /// Takes the address. Needs no event loop.
    ///
    /// Effects: `[net]`. Errors: `ListenerUnavailable`, naming the port and, where the system tells, who has it;
    /// `ConfigInvalid` for pages that cannot be shown.
    pub fn bind(options: ListenOptions, context: &Context) -> Result<Self, Error> {
        options.pages.check()?;
        let sockets = Sockets::bind(options.host, &options.port, context)?;
        Ok(Self { sockets, options })
    }

    /// The port, for the redirect URI.
    pub fn port(&self) -> u16 {
        self.options.forwarded_port.unwrap_or(self.sockets.port())
    }

    /// Starts the clock: from here on the person has the time of the options.
    pub fn wait_for(self, expectation: Expectation) -> Loopback {
        let Self { sockets, options } = self;
        let literal = match options.host {
            Host::Address(IpAddr::V6(address)) => Some(format!("[{address}]")),
            Host::Address(address) => Some(address.to_string()),
            Host::Localhost | Host::Any => None,
        };
        let hosts: Vec<&str> = ["localhost", "127.0.0.1", "[::1]"].into_iter().chain(literal.as_deref()).collect();
        let port = options.forwarded_port.unwrap_or(sockets.port());
        let site = Site::new(&hosts, port, &options.path, options.form_post);
        let desk = Desk::new(site, expectation, options.pages, options.provider_origin.as_deref());
        let now = Instant::now();
        Loopback {
            sockets,
            desk: SharedDesk::new(desk),
            connections: Vec::new(),
            request_timeout: options.request_timeout,
            timeout: options.timeout,
            usual_cause: options.usual_cause,
            deadline: now + options.timeout,
            has_looked_again: false,
            left_at: now,
        }
    }
}

/// A listener that waits for the one answer. Dropping it closes every socket at once.
///
/// Threads: one at a time. Nothing happens unless one of its futures is polled; each of them may be dropped and called
/// again, and a conversation in the middle goes on where it was.
pub struct Loopback {
    sockets: Sockets,
    desk: SharedDesk,
    connections: Vec<Connection>,
    request_timeout: Duration,
    timeout: Duration,
    usual_cause: Option<String>,
    deadline: Instant,
    /// Whether a deadline that passed while nobody waited was already extended for a last look.
    has_looked_again: bool,
    left_at: Instant,
}

impl Loopback {
    /// Waits for the answer: a code, or the provider's refusal, with the right state.
    ///
    /// After a code the browser waits for [`Loopback::finish`]; after everything else it has had its page. Called again
    /// after the end, it gives the same again.
    ///
    /// Effects: `[net]`. Errors: `Timeout` with `ListenerTimeout`; `Protocol` with `StateMismatch` (ten answers for
    /// other sign-ins), or with what is wrong about an answer whose state is right.
    pub async fn accept(&mut self) -> Result<Callback, Error> {
        let mut step = Step::enter(self)?;
        let deadline = step.deadline();
        let answer = step.run(Some(deadline), |loopback, _| loopback.poll_answer()).await;
        drop(step);
        answer.unwrap_or_else(|| Err(late(self.timeout, self.advice(), self.usual_cause.as_deref())))
    }

    /// Runs the exchange of the code while latecomers are still told that the sign-in is over, and gives its result.
    ///
    /// The browser that brought the code waits for the outcome; when that takes longer than 10 s it learns that its
    /// answer arrived. Follow it with [`Loopback::finish`].
    pub async fn accompany<T>(&mut self, exchange: impl Future<Output = T>) -> T {
        let mut exchange = pin!(exchange);
        let desk = self.desk.clone();
        // Without its sockets the listener has nothing to add; the exchange counts for more.
        let Ok(mut step) = Step::enter(self) else { return exchange.await };
        let mut patience = Some(Instant::now() + PATIENCE_OF_A_BROWSER);
        loop {
            match step.run(patience.take(), |_, cx| exchange.as_mut().poll(cx)).await {
                Some(outcome) => return outcome,
                None => desk.lock().tell(Verdict::Received),
            }
        }
    }

    /// Shows the last page to the browser that brought the code, and closes within 500 ms.
    pub async fn finish(mut self, verdict: Verdict<'_>) {
        self.part(verdict, Instant::now() + CLOSING).await;
    }

    /// The same in parts, for a host whose steps are shorter; over at `until` at the latest, see [`CLOSING`].
    pub(crate) async fn part(&mut self, verdict: Verdict<'_>, until: Instant) {
        self.desk.lock().tell(verdict);
        if let Ok(mut step) = Step::enter(self) {
            step.run(Some(until), |loopback, _| loopback.poll_farewell()).await;
        }
    }

    /// What to tell the person while they are waited for: at present, that the browser insists on https.
    pub fn advice(&self) -> Option<&'static str> {
        self.desk.lock().advice()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.sockets.port()
    }
}

/// A child of `fork` shares the event loop's interest list with its parent: letting go of a watched connection there
/// would blind the parent. So the child forgets the few connections, and closes the listening sockets alone.
impl Drop for Loopback {
    fn drop(&mut self) {
        if !self.sockets.are_ours() {
            std::mem::forget(std::mem::take(&mut self.connections));
        }
    }
}

impl std::fmt::Debug for Loopback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loopback").field("port", &self.port()).finish_non_exhaustive()
    }
}

/// `seen`: what is wrong, if that was noticed. `usual`: what usually is.
fn late(timeout: Duration, seen: Option<&str>, usual: Option<&str>) -> Error {
    const OTHERWISE: &str = "start again; where no browser reaches this machine, paste the code or use a device code";
    let message = format!("nobody came back from the sign-in page within {} s", timeout.as_secs_f32());
    let hint = match (seen, usual) {
        (Some(seen), _) => seen.to_owned(),
        (None, Some(usual)) => format!("{usual}; or {OTHERWISE}"),
        (None, None) => OTHERWISE.to_owned(),
    };
    Error::new(Kind::Timeout, message).with_reason(Reason::ListenerTimeout).with_hint(hint)
}
