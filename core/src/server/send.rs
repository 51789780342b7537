//! One exchange with an endpoint: built anew for each attempt, repeated as its class allows, and taught by every answer.

use std::sync::Arc;
use std::time::Duration;

use http::header::DATE;
use tokio::time::Instant;
use url::Url;

use super::Server;
use super::witness::{RawAnswer, Witness};
use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::oauth::retry::{Outcome, RequestClass, RetryPolicy};
use crate::oauth::{EndpointFailure, FailureClass};
use crate::oauth::{clock, dpop};
use crate::reason::Reason;
use crate::transport::{HttpRequest, HttpResponse, OnSending};

/// For one exchange with all its attempts and pauses: a caller who waits longer has given up.
const BUDGET: Duration = Duration::from_secs(60);

/// How often, and how long, one exchange is tried.
pub(crate) struct Patience {
    policy: RetryPolicy,
    attempts: u32,
    ends: Instant,
}

impl Patience {
    pub(crate) fn of(class: RequestClass) -> Self {
        Self { policy: RetryPolicy::of(class), attempts: 0, ends: Instant::now() + BUDGET }
    }

    /// `request`, which takes no longer than is left.
    pub(crate) fn limited(&self, mut request: HttpRequest) -> HttpRequest {
        request.timeout = request.timeout.min(self.ends.saturating_duration_since(Instant::now()));
        request
    }

    /// Waits until the next attempt; false when there is none.
    pub(crate) async fn another(&mut self, outcome: Outcome, draw: f64) -> bool {
        self.attempts += 1;
        let Some(pause) = self.policy.next(self.attempts, outcome, draw) else { return false };
        if Instant::now() + pause >= self.ends {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

/// An exchange with one endpoint.
pub(super) struct Exchange<'a> {
    /// What messages call the endpoint: "the token endpoint".
    pub(super) role: &'a str,
    pub(super) endpoint: &'a Url,
    pub(super) class: RequestClass,
    /// Who has to know how far each attempt has come.
    pub(super) witness: Option<&'a Arc<dyn Witness>>,
}

/// What came of one attempt.
pub(super) enum Failed {
    /// The server answered, and what its answer says about its clock.
    Answer(Box<EndpointFailure>, Option<clock::Reading>),
    /// It did not, or the request could not even be made.
    Exchange(Error),
}

impl Failed {
    /// The same, with what the answer says about the server's clock.
    fn at(self, clock: Option<clock::Reading>) -> Self {
        match self {
            Failed::Answer(failure, _) => Failed::Answer(failure, clock),
            failed => failed,
        }
    }

    /// The same, when an earlier attempt was sent and its answer never came.
    fn after_a_lost_answer(self) -> Self {
        match self {
            Failed::Answer(mut failure, clock) if failure.class == FailureClass::Revoked => {
                let words = "an earlier answer was lost on the way, and with it the new refresh token: sign in again";
                failure.hint = Some(words.to_owned());
                Failed::Answer(failure, clock)
            }
            failed => failed,
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Failed::Answer(failure, _) => outcome_of(failure),
            Failed::Exchange(error) => outcome_of_error(error),
        }
    }
}

impl Exchange<'_> {
    /// The endpoint as messages name it: role and origin, never a path or query.
    pub(super) fn place(&self) -> String {
        format!("{} of {}", self.role, self.endpoint.origin().ascii_serialization())
    }

    pub(super) fn error(&self, failed: Failed) -> Error {
        match failed {
            Failed::Answer(failure, _) => failure.into_error(&self.place()),
            Failed::Exchange(error) => error,
        }
    }

    /// Sends what `build` makes until `read` is content or the class allows no further attempt.
    pub(super) async fn run<T>(
        &self,
        server: &Server,
        mut build: impl FnMut() -> Result<HttpRequest, Error>,
        read: impl Fn(&HttpResponse, i64) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let mut patience = Patience::of(self.class);
        let mut lost = false;
        loop {
            let request = self.witnessed(server.over_connection(build().map_err(Failed::Exchange)?));
            let sent_at_ms = server.context.clock.now_unix_ms();
            let failed = match server.context.http.send(patience.limited(request)).await {
                Ok(response) => {
                    if let Some(witness) = self.witness {
                        witness.answered(&RawAnswer::of(&response, sent_at_ms.div_euclid(1000)));
                    }
                    let clock = server.learn(self.endpoint, &response, sent_at_ms);
                    match read(&response, sent_at_ms.div_euclid(1000)) {
                        Ok(value) => return Ok(value),
                        Err(failed) => failed.at(clock),
                    }
                }
                Err(error) => Failed::Exchange(error),
            };
            let outcome = failed.outcome();
            if let (Outcome::NotSent, Some(witness)) = (outcome, self.witness) {
                witness.not_sent();
            }
            if !patience.another(outcome, server.draw()).await {
                return Err(if lost { failed.after_a_lost_answer() } else { failed });
            }
            lost |= outcome == Outcome::Lost;
        }
    }
}

impl Exchange<'_> {
    /// `request`, of which the witness learns when it leaves.
    fn witnessed(&self, mut request: HttpRequest) -> HttpRequest {
        request.on_sending = self.witness.cloned().map(|witness| OnSending::new(move || witness.sending()));
        request
    }
}

impl Server {
    /// Takes from an answer what helps the next request: the server's clock and the nonce of its next proof.
    pub(super) fn learn(&self, endpoint: &Url, response: &HttpResponse, sent_at_ms: i64) -> Option<clock::Reading> {
        let facts = self.facts();
        let origin = endpoint.origin().ascii_serialization();
        if let Some(nonce) = response.headers.get(dpop::NONCE_HEADER).and_then(|nonce| nonce.to_str().ok()) {
            lock(&facts.nonces).learn(&origin, nonce);
        }
        let reading = clock::Reading {
            date_unix_s: clock::parse_date(response.header(&DATE)?)?,
            sent_at_unix_s: sent_at_ms.div_euclid(1000),
            received_at_unix_s: self.now_unix_s(),
        };
        lock(&facts.clocks).observe(&origin, reading);
        Some(reading)
    }

    /// Takes the server's time for the truth at once: a statement was refused, and the clocks explain why.
    pub(super) fn accept_clock(&self, endpoint: &Url, reading: clock::Reading) {
        lock(&self.facts().clocks).accept(&endpoint.origin().ascii_serialization(), reading);
    }

    /// The server's time as far as it is known. Units: seconds since 1970-01-01 UTC.
    pub(super) fn server_time_unix_s(&self, endpoint: &Url) -> i64 {
        self.now_unix_s().saturating_add(self.clock_offset_s(endpoint))
    }

    /// How far its clock is taken to be ahead of ours. Units: seconds.
    pub(super) fn clock_offset_s(&self, endpoint: &Url) -> i64 {
        if self.dialect.request.ignore_server_clock {
            return 0;
        }
        lock(&self.facts().clocks).offset_s(&endpoint.origin().ascii_serialization())
    }

    /// How far its clock was ahead of ours at its last answer. Units: seconds. Shape: `None` before any, and without a
    /// token endpoint.
    pub(crate) fn last_seen_ahead_s(&self) -> Option<i64> {
        let endpoint = self.settings.token_endpoint.as_ref()?;
        lock(&self.facts().clocks).last_ahead_s(&endpoint.origin().ascii_serialization())
    }

    pub(crate) fn draw(&self) -> f64 {
        self.context.draw()
    }
}

/// What a failed answer means for another attempt.
fn outcome_of(failure: &EndpointFailure) -> Outcome {
    let retry_after = failure.retry_after_s.map(Duration::from_secs);
    match failure.oauth_error.as_deref() {
        Some("temporarily_unavailable" | "server_error") => Outcome::TemporaryError { retry_after },
        // A provider's own word for the same.
        Some(code) if failure.http_status == 400 && failure.class == FailureClass::Transient && code != "slow_down" => {
            Outcome::TemporaryError { retry_after }
        }
        Some(_) if failure.http_status < 500 => Outcome::Final,
        _ => Outcome::Status { status: failure.http_status, retry_after },
    }
}

/// Whether the server may have carried out a request that ended so, although nobody knows what it answered.
pub(crate) fn is_ambiguous(error: &Error) -> bool {
    match outcome_of_error(error) {
        Outcome::Lost => true,
        Outcome::NotSent => false,
        // With these two a server says that it has not begun.
        Outcome::Status { status, .. } => !matches!(status, 429 | 503),
        // An answer that could not be read may hold what was asked for; a page for people does not.
        _ => {
            error.kind() == Kind::Protocol
                && !matches!(error.reason(), Some(Reason::HtmlResponse | Reason::UnexpectedRedirect))
        }
    }
}

/// What a failed exchange means for another attempt.
pub(crate) fn outcome_of_error(error: &Error) -> Outcome {
    match (error.kind(), error.reason()) {
        (Kind::Transport | Kind::Timeout, Some(Reason::NoConnection)) => Outcome::NotSent,
        (Kind::Transport | Kind::Timeout, _) => Outcome::Lost,
        (Kind::Server | Kind::RateLimited, _) => Outcome::Status {
            status: error.http_status().unwrap_or(503),
            retry_after: error.retry_after_ms().map(Duration::from_millis),
        },
        _ => Outcome::Final,
    }
}
