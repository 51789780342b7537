//! Which requests are sent again, and after how long. Source: RFC 9110 §9.2.2, §10.2.3; RFC 6749 §4.1.2.
//!
//! A table and a function: the driver sends, sleeps and draws the random number. A DPoP nonce that the server asks for
//! is no retry in this sense; it is answered once besides.

use std::time::Duration;

/// The first pause is drawn from zero to this; each further one from twice as much.
const BASE: Duration = Duration::from_secs(1);
/// No pause of ours is longer.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(15);
/// No pause that a server asks for is slept through if it is longer: the caller learns of it from the error instead.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Requests that may be repeated alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestClass {
    /// Metadata, keys, introspection: asking changes nothing.
    Read,
    /// Client credentials, JWT bearer, token exchange: asking again gives another token. With a new `jti` each time.
    Repeatable,
    /// The code of a sign-in: redeeming it twice may revoke what the first time gave.
    AuthorizationCode,
    /// A refresh token that may rotate.
    Refresh,
    /// A refresh token whose second use may end the grant, and whose owner keeps a record of what was sent.
    RefreshOnce,
    /// A device code: the polling has its own pauses ([`super::device::Polling`]).
    DevicePoll,
    /// Giving a token back.
    Revocation,
    /// An authorization request that is left at the server.
    PushedAuthorization,
    /// A new client.
    Registration,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No connection: nothing was sent.
    NotSent,
    /// Sent, and no answer: it may have been carried out.
    Lost,
    /// An answer with this status, and without an OAuth error code that decides.
    Status {
        /// HTTP status.
        status: u16,
        /// What `Retry-After` says ([`super::retry_after`]).
        retry_after: Option<Duration>,
    },
    /// An OAuth error that speaks of the moment: `temporarily_unavailable`, `server_error`.
    TemporaryError {
        /// What `Retry-After` says.
        retry_after: Option<Duration>,
    },
    /// Any other answer.
    Final,
}

/// How often a request of one class is sent again, by what happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    not_sent: u32,
    lost: u32,
    status: u32,
    temporary_error: u32,
    statuses: &'static [u16],
}

/// Statuses that speak of the moment.
const PASSING: &[u16] = &[408, 429, 500, 502, 503, 504];
/// The two of them with which a server says that it has not begun.
const NOT_BEGUN: &[u16] = &[429, 503];

impl RetryPolicy {
    /// The policy of a class.
    pub const fn of(class: RequestClass) -> Self {
        let (not_sent, lost, status, temporary_error, statuses) = match class {
            RequestClass::Read => (3, 3, 3, 0, PASSING),
            RequestClass::Repeatable => (3, 2, 3, 2, PASSING),
            RequestClass::AuthorizationCode => (2, 0, 1, 0, NOT_BEGUN),
            // Many servers accept a rotated token for a short while, for exactly this case.
            RequestClass::Refresh => (2, 1, 3, 0, PASSING),
            RequestClass::RefreshOnce => (2, 0, 3, 0, NOT_BEGUN),
            RequestClass::DevicePoll => (0, 0, 0, 0, PASSING),
            RequestClass::Revocation => (3, 3, 3, 0, PASSING),
            RequestClass::PushedAuthorization => (2, 1, 1, 0, NOT_BEGUN),
            RequestClass::Registration => (2, 0, 1, 0, NOT_BEGUN),
        };
        Self { not_sent, lost, status, temporary_error, statuses }
    }

    /// The pause before the request is sent again; `None` when it is not.
    ///
    /// `attempt` counts the requests sent so far, from one. `random` is drawn evenly from 0 to 1: the whole pause is a
    /// matter of chance, so that many clients which failed together do not come back together.
    pub fn next(&self, attempt: u32, outcome: Outcome, random: f64) -> Option<Duration> {
        let (allowed, asked) = match outcome {
            Outcome::NotSent => (self.not_sent, None),
            Outcome::Lost => (self.lost, None),
            Outcome::Status { status, retry_after } if self.statuses.contains(&status) => (self.status, retry_after),
            Outcome::TemporaryError { retry_after } => (self.temporary_error, retry_after),
            Outcome::Status { .. } | Outcome::Final => return None,
        };
        if attempt == 0 || attempt > allowed {
            return None;
        }
        match asked {
            Some(asked) if asked > LONGEST_RETRY_AFTER => None,
            Some(asked) => Some(asked),
            None => {
                let ceiling = BASE.saturating_mul(1 << (attempt - 1).min(8)).min(LONGEST_BACK_OFF);
                Some(ceiling.mul_f64(random.clamp(0.0, 1.0)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each class is sent again in an outcome that never changes.
    fn retries(class: RequestClass, outcome: Outcome) -> u32 {
        let policy = RetryPolicy::of(class);
        (1..20).take_while(|attempt| policy.next(*attempt, outcome, 0.5).is_some()).count() as u32
    }

    #[test]
    fn the_table() {
        use RequestClass::*;
        let status = |status| Outcome::Status { status, retry_after: None };
        let temporary = Outcome::TemporaryError { retry_after: None };
        let row = |class| {
            [Outcome::NotSent, Outcome::Lost, status(503), status(500), temporary, Outcome::Final]
                .map(|outcome| retries(class, outcome))
        };
        assert_eq!(row(Read), [3, 3, 3, 3, 0, 0]);
        assert_eq!(row(Repeatable), [3, 2, 3, 3, 2, 0]);
        assert_eq!(row(AuthorizationCode), [2, 0, 1, 0, 0, 0]);
        assert_eq!(row(Refresh), [2, 1, 3, 3, 0, 0]);
        assert_eq!(row(RefreshOnce), [2, 0, 3, 0, 0, 0]);
        assert_eq!(row(DevicePoll), [0, 0, 0, 0, 0, 0]);
        assert_eq!(row(Revocation), [3, 3, 3, 3, 0, 0]);
        assert_eq!(row(PushedAuthorization), [2, 1, 1, 0, 0, 0]);
        assert_eq!(row(Registration), [2, 0, 1, 0, 0, 0]);
        assert_eq!(retries(Read, status(404)), 0);
    }

    #[test]
    fn pauses_grow_and_are_a_matter_of_chance() {
        let policy = RetryPolicy::of(RequestClass::Read);
        let pause = |attempt, random| policy.next(attempt, Outcome::Lost, random);
        assert_eq!(pause(1, 0.0), Some(Duration::ZERO));
        assert_eq!(pause(1, 1.0), Some(Duration::from_secs(1)));
        assert_eq!(pause(3, 1.0), Some(Duration::from_secs(4)));
        assert_eq!(pause(3, 0.25), Some(Duration::from_secs(1)));
        assert_eq!(pause(3, f64::INFINITY), Some(Duration::from_secs(4)));
    }

    #[test]
    fn a_servers_pause_is_kept_exactly_or_not_at_all() {
        let policy = RetryPolicy::of(RequestClass::Read);
        let asked = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            policy.next(1, Outcome::Status { status: 429, retry_after }, 0.5)
        };
        assert_eq!(asked(20), Some(Duration::from_secs(20)));
        assert_eq!(asked(61), None);
    }
}
