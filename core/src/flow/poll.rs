//! Hosted polling: on a platform whose own page takes the browser's answer, the program fetches it from the platform's
//! code source. Source: specs/oauth.md §3.5.

mod schedule;

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method};
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::expect::{Expectation, Judgement};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::code_source::{self, Look};
use crate::oauth::{Callback, endpoint_url};
use crate::reason::Reason;
use crate::secret::Secret;
use crate::transport::{BoxFuture, Connection, HttpRequest, HttpResponse};

/// Holds what the code source wants to see before it answers: a token, or a whole `Authorization` value.
pub const TOKEN_VARIABLE: &str = "TOKCORE_CODE_SOURCE_TOKEN";

/// Shorter ones end before somebody has found their second factor.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(60);
/// For one look; the next one follows soon.
const LOOK_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a failing platform is asked again in a row.
const FAILURES: u32 = 3;
/// How often it may point elsewhere in a row.
const REDIRECTS: u32 = 3;

/// Where a platform keeps the answers that its page took.
#[derive(Clone, Debug)]
pub struct CodeSource {
    url: Url,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    connection: Arc<Connection>,
}

impl CodeSource {
    /// The code source at `url`, with the token that [`TOKEN_VARIABLE`] names and 300 s for the person.
    ///
    /// Errors: `ConfigInvalid`, with `InsecureEndpoint` for plain http to another machine.
    pub fn new(url: &str, context: &Context) -> Result<Self, Error> {
        let url = Url::parse(url).map_err(|cause| {
            Error::new(Kind::ConfigInvalid, format!("the code source is no web address: {cause}"))
                .with_hint("correct HTTR2_OAUTH_CODE_SOURCE_URL")
        })?;
        endpoint_url::check("code source", &url, false)?;
        let authorization = context.set_var(TOKEN_VARIABLE).map(|token| authorization(&token)).transpose()?;
        let timeout = Duration::from_secs(300);
        Ok(Self { url, authorization, timeout, connection: Arc::default() })
    }

    /// Gives the person this long, but a minute at least.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout: timeout.max(SHORTEST_TIMEOUT), ..self }
    }

    /// Reaches the platform this way.
    pub fn with_connection(self, connection: Arc<Connection>) -> Self {
        Self { connection, ..self }
    }

    /// The question, at the code source or where it points to.
    fn request(&self, url: Url) -> HttpRequest {
        let mut request =
            HttpRequest::new(Method::GET, url).header(ACCEPT, HeaderValue::from_static("application/json"));
        request.connection = self.connection.clone();
        request.timeout = LOOK_TIMEOUT;
        request.max_response_bytes = code_source::BODY_BYTES;
        match &self.authorization {
            Some(value) => request.secret_header(AUTHORIZATION, value.clone()),
            None => request,
        }
    }
}

/// The header value for a token; one that names its scheme (`Key …`) is taken as it is.
fn authorization(token: &str) -> Result<HeaderValue, Error> {
    let value = if token.contains(' ') { token.to_owned() } else { format!("Bearer {token}") };
    let mut value = HeaderValue::from_str(&value).map_err(|_| {
        Error::new(Kind::ConfigInvalid, format!("{TOKEN_VARIABLE} has characters that no header can carry"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// A wait for the code source, which may be left and taken up again.
///
/// A question that is under way goes on when the wait does: platforms hand a code out once.
pub struct Polling {
    source: CodeSource,
    expectation: Expectation,
    context: Context,
    deadline: Instant,
    phase: Phase,
    looks: u32,
    failures: u32,
    redirects: u32,
    /// What the last look gave, for the person who waited in vain.
    last: Option<Error>,
}

enum Phase {
    Waiting(Instant),
    Asking(Url, BoxFuture<'static, Result<HttpResponse, Error>>),
    Over(Result<Callback, Error>),
}

impl Polling {
    /// Starts the clock: the first look is due in a second.
    pub fn new(source: CodeSource, expectation: Expectation, context: &Context) -> Self {
        let now = Instant::now();
        Self {
            deadline: now + source.timeout,
            phase: Phase::Waiting(now + schedule::pause(0, 0.0, None)),
            source,
            expectation,
            context: context.clone(),
            looks: 0,
            failures: 0,
            redirects: 0,
            last: None,
        }
    }

    /// Waits for the answer: a code, or the provider's refusal. May be dropped and called again; after the end it gives
    /// the same again.
    ///
    /// Effects: `[net]`. Errors: `Timeout` with `CodeSourceTimeout`; `Http` for a status that is neither an answer nor
    /// "not yet"; `Protocol` for what cannot be read, a redirect to another server, and an answer to another sign-in.
    pub async fn answer(&mut self) -> Result<Callback, Error> {
        loop {
            self.phase = match &mut self.phase {
                Phase::Waiting(until) => {
                    sleep_until(*until).await;
                    self.looks = self.looks.saturating_add(1);
                    let url = with_state(&self.source.url, &self.expectation.state);
                    self.ask(url)
                }
                Phase::Asking(url, exchange) => {
                    let outcome = exchange.await;
                    let url = url.clone();
                    self.consider(&url, outcome)
                }
                Phase::Over(outcome) => return outcome.clone(),
            };
        }
    }

    fn ask(&self, url: Url) -> Phase {
        let (http, request) = (self.context.http.clone(), self.source.request(url.clone()));
        Phase::Asking(url, Box::pin(async move { http.send(request).await }))
    }

    fn consider(&mut self, url: &Url, outcome: Result<HttpResponse, Error>) -> Phase {
        let look = match outcome {
            Ok(response) => {
                let now_unix_s = self.context.clock.now_unix_ms() / 1000;
                code_source::read(&response, url, &self.expectation.state, now_unix_s)
            }
            Err(error) if may_pass(&error) => {
                self.last = Some(error);
                Look::Pending { retry_after_s: None }
            }
            Err(error) => Look::Failed(error),
        };
        match look {
            Look::Answer(query) => Phase::Over(match self.expectation.judge(query.expose()) {
                Judgement::Ours(callback) => Ok(callback),
                Judgement::Spoilt(problem) | Judgement::NotOurs(problem) => Err(problem.into()),
            }),
            Look::Pending { retry_after_s } => {
                (self.failures, self.redirects) = (0, 0);
                self.wait(retry_after_s)
            }
            Look::Failing(error) if self.failures < FAILURES => {
                self.failures += 1;
                self.last = Some(error);
                self.wait(None)
            }
            Look::Redirect(target) if target.origin() == self.source.url.origin() && self.redirects < REDIRECTS => {
                self.redirects += 1;
                self.ask(target)
            }
            Look::Redirect(target) => Phase::Over(Err(redirected(&target))),
            Look::Failing(error) | Look::Failed(error) => Phase::Over(Err(error)),
        }
    }

    /// The next look. The last one is at the deadline, so that an answer which came in time is not lost to a pause.
    fn wait(&self, retry_after_s: Option<u64>) -> Phase {
        let now = Instant::now();
        if now >= self.deadline {
            return Phase::Over(Err(self.late()));
        }
        Phase::Waiting((now + schedule::pause(self.looks, self.jitter(), retry_after_s)).min(self.deadline))
    }

    /// Between -1 and 1; zero where there is no randomness, which nobody needs here.
    fn jitter(&self) -> f64 {
        let mut byte = [128];
        match self.context.rng.fill(&mut byte) {
            Ok(()) => (f64::from(byte[0]) - 127.5) / 127.5,
            Err(_) => 0.0,
        }
    }

    fn late(&self) -> Error {
        let origin = self.source.url.origin().ascii_serialization();
        let seconds = self.source.timeout.as_secs();
        let error = Error::new(Kind::Timeout, format!("the code source at {origin} had no code within {seconds} s"))
            .with_reason(Reason::CodeSourceTimeout)
            .with_hint(
                "finish the sign-in in the browser; check that HTTR2_OAUTH_REDIRECT_URL and \
                 HTTR2_OAUTH_CODE_SOURCE_URL belong to the same platform",
            );
        match &self.last {
            Some(last) => error.with_cause(last.clone()),
            None => error,
        }
    }
}

/// Shows where it looks; never the state.
impl std::fmt::Debug for Polling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Polling").field("looks", &self.looks).finish_non_exhaustive()
    }
}

/// Whether an exchange that failed may succeed the next time.
fn may_pass(error: &Error) -> bool {
    let is_of_the_network = matches!(error.kind(), Kind::Transport | Kind::Timeout | Kind::Protocol);
    is_of_the_network && error.reason() != Some(Reason::ResponseTooLarge)
}

/// `url` with the state behind whatever query it has.
fn with_state(url: &Url, state: &Secret) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("state", state.expose());
    url
}

fn redirected(target: &Url) -> Error {
    let origin = target.origin().ascii_serialization();
    Error::new(Kind::Protocol, format!("the code source redirects to {origin}, which is not followed"))
        .with_reason(Reason::UnexpectedRedirect)
        .with_hint("check HTTR2_OAUTH_CODE_SOURCE_URL, and whether the platform wants a login")
}
