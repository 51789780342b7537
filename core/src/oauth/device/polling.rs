//! When to ask for the token, and when to give up. Source: RFC 8628 §3.3, §3.4, §3.5.

use std::time::Duration;

use super::authorization::DeviceAuthorization;
use super::{PollAnswer, not_enabled_or};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::endpoint_failure::{EndpointFailure, FailureClass};
use crate::oauth::token_response::TokenReply;
use crate::oauth::warning::Warning;
use crate::reason::Reason;

/// What every `slow_down` adds. Source: RFC 8628 §3.5.
const SLOWER_BY_MS: u64 = 5_000;
/// Longest wait after an answer that got lost.
const LONGEST_BACK_OFF_MS: u64 = 60_000;
/// So many `slow_down` in a row, although we wait as long as we are told, are worth a word.
const ENDLESS: u32 = 3;

/// An instant on two clocks. The steady one stops while a laptop sleeps; the wall clock does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// A clock that only goes forward. Units: milliseconds from any start.
    pub steady_ms: u64,
    /// The wall clock. Units: milliseconds since 1970-01-01 UTC.
    pub unix_ms: i64,
}

/// The questions for one device code.
#[derive(Clone, Debug)]
pub struct Polling {
    interval_ms: u64,
    deadline: Moment,
    /// How many answers got lost since the last one that did not.
    lost: u32,
    slow_downs: u32,
    has_asked: bool,
}

/// What to do after an answer.
#[derive(Clone, Debug)]
pub enum Step {
    /// Ask again.
    Continue {
        /// After so long.
        wait: Duration,
        /// Something that the person should hear, once.
        warning: Option<Warning>,
    },
    /// The person has signed in.
    Done(Box<TokenReply>),
    /// It is over.
    Failed(Error),
}

impl Polling {
    /// The questions for a code that came at this moment.
    pub fn new(authorization: &DeviceAuthorization, received_at: Moment) -> Self {
        let lifetime_ms = authorization.expires_in_s.saturating_mul(1000);
        Self {
            interval_ms: authorization.interval_s.saturating_mul(1000),
            deadline: Moment {
                steady_ms: received_at.steady_ms.saturating_add(lifetime_ms),
                unix_ms: received_at.unix_ms.saturating_add_unsigned(lifetime_ms),
            },
            lost: 0,
            slow_downs: 0,
            has_asked: false,
        }
    }

    /// How long to wait before the first question: nobody enters a code at once, and the server may count it as haste.
    pub fn first_wait(&self) -> Duration {
        Duration::from_millis(with_safety(self.interval_ms))
    }

    /// What follows from an answer that came at `now`.
    pub fn after(&mut self, answer: PollAnswer, now: Moment) -> Step {
        let is_first = !std::mem::replace(&mut self.has_asked, true);
        match answer {
            PollAnswer::Token(reply) => Step::Done(reply),
            PollAnswer::Lost(error) if error.kind().retryable() => self.back_off(now, error),
            PollAnswer::Lost(error) => Step::Failed(error),
            PollAnswer::Refused { failure, interval_s } => self.after_refusal(failure, interval_s, is_first, now),
        }
    }

    /// The error code counts before the status: servers send these with 400, 403, 428, 429 and even 200.
    fn after_refusal(
        &mut self,
        failure: EndpointFailure,
        interval_s: Option<u64>,
        is_first: bool,
        now: Moment,
    ) -> Step {
        match failure.oauth_error.as_deref() {
            Some("authorization_pending") => {
                self.slow_downs = 0;
                self.again(now, self.interval_ms)
            }
            Some("slow_down") => self.slower(now, interval_s),
            Some("expired_token" | "code_expired" | "bad_verification_code") => Step::Failed(timeout(None)),
            Some("invalid_grant") if self.is_over(now) => Step::Failed(timeout(None)),
            Some(_) if failure.class == FailureClass::Transient => self.back_off(now, into_error(failure)),
            None if matches!(failure.http_status, 429 | 503) => self.pause(now, &failure),
            None if is_passing(&failure) => self.back_off(now, into_error(failure)),
            _ if is_first => Step::Failed(not_enabled_or(failure, ENDPOINT)),
            _ => Step::Failed(into_error(failure)),
        }
    }

    /// The interval grows for good: the server compares with it from now on.
    fn slower(&mut self, now: Moment, interval_s: Option<u64>) -> Step {
        let asked_ms = interval_s.unwrap_or(0).saturating_mul(1000);
        self.interval_ms = asked_ms.max(self.interval_ms.saturating_add(SLOWER_BY_MS));
        self.slow_downs += 1;
        let is_endless = self.slow_downs == ENDLESS;
        match self.again(now, self.interval_ms) {
            Step::Continue { wait, .. } if is_endless => {
                Step::Continue { wait, warning: Some(Warning::EndlessSlowDown) }
            }
            step => step,
        }
    }

    /// The server, or something before it, asks for a pause without speaking OAuth.
    fn pause(&mut self, now: Moment, failure: &EndpointFailure) -> Step {
        self.interval_ms = match failure.retry_after_s {
            Some(seconds) => self.interval_ms.max(seconds.saturating_mul(1000)),
            None => self.interval_ms.saturating_add(SLOWER_BY_MS),
        };
        self.again(now, self.interval_ms)
    }

    /// An answer that got lost ends nothing: the person may be typing. The waits double, as the RFC demands.
    fn back_off(&mut self, now: Moment, error: Error) -> Step {
        self.lost = (self.lost + 1).min(16);
        let doubled = self.interval_ms.saturating_mul(1 << self.lost);
        let wait_ms = doubled.min(LONGEST_BACK_OFF_MS).max(self.interval_ms);
        match self.wait(now, wait_ms) {
            Some(wait) => Step::Continue { wait, warning: None },
            None => Step::Failed(timeout(Some(error))),
        }
    }

    fn again(&mut self, now: Moment, wait_ms: u64) -> Step {
        self.lost = 0;
        match self.wait(now, wait_ms) {
            Some(wait) => Step::Continue { wait, warning: None },
            None => Step::Failed(timeout(None)),
        }
    }

    /// The wait before the next question; `None` when the code is over. The last question comes at most one interval
    /// after the end, for a person who was just in time. A laptop that slept past the end has asked once on waking.
    fn wait(&self, now: Moment, wait_ms: u64) -> Option<Duration> {
        if self.is_over(now) {
            return None;
        }
        let left_ms = self.deadline.steady_ms - now.steady_ms;
        Some(Duration::from_millis(with_safety(wait_ms).min(left_ms.saturating_add(self.interval_ms))))
    }

    fn is_over(&self, now: Moment) -> bool {
        now.steady_ms >= self.deadline.steady_ms || now.unix_ms >= self.deadline.unix_ms
    }
}

/// A tenth more than asked: a clock that runs fast would make an honest client look hasty.
fn with_safety(wait_ms: u64) -> u64 {
    wait_ms.saturating_add(wait_ms / 10)
}

/// Whether an answer without an error code says nothing about the sign-in: a server or a proxy that has a bad moment.
fn is_passing(failure: &EndpointFailure) -> bool {
    let is_page = failure.reason == Some(Reason::HtmlResponse) && failure.http_status != 404;
    is_page || matches!(failure.http_status, 408 | 425 | 500..)
}

const ENDPOINT: &str = "the token endpoint";

fn into_error(failure: EndpointFailure) -> Error {
    failure.into_error(ENDPOINT)
}

fn timeout(last: Option<Error>) -> Error {
    let error = Error::new(Kind::Timeout, "the code was not entered in time")
        .with_reason(Reason::DeviceCodeTimeout)
        .with_hint("start again, and enter the new code before it expires");
    match last {
        Some(cause) => error.with_cause(cause),
        None => error,
    }
}
