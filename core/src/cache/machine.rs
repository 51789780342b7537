//! The state machine of one credential: what a caller gets who asks for its token, and when a renewal is tried. Pure.
//!
//! The state is how close the token is to its end ([`Freshness`]; no token at all is the state EMPTY). Over it lies what
//! the last renewal taught ([`Overlay`]). That a renewal is under way is the slot's knowledge, and that one was never
//! finished is the store's: whoever takes the turn finds out. Source: specs/reliability.md §2.2, §2.3.

use std::time::Duration;

use crate::context::Moment;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::token::freshness::Freshness;
use crate::token::{SharedToken, Token};

/// Below this much life a token is of no use: the request would arrive too late. Units: milliseconds.
const LAST_USABLE_MS: i64 = 5_000;
/// How long a caller who holds a good token waits for a better one before it goes on with what it has.
pub(crate) const PATIENCE_WHILE_STALE: Duration = Duration::from_secs(2);
/// The same for a caller whose token is about to end.
pub(crate) const PATIENCE_WHILE_URGENT: Duration = Duration::from_secs(30);

/// Pauses after the first, second, … failure while callers wait for the token. Units: milliseconds.
const WAITED_FOR_MS: [i64; 5] = [1_000, 2_000, 4_000, 8_000, 15_000];
/// The first pause while the token is good for a long time yet; each further one is twice as long. Units: milliseconds.
const ADVISORY_MS: i64 = 30_000;
/// No advisory pause is longer. Units: milliseconds.
const LONGEST_ADVISORY_MS: i64 = 300_000;
/// The first pause after a refusal that only another registration or configuration ends, and the longest one: each is
/// twice as long as the one before. Units: milliseconds.
const MISCONFIGURED_MS: (i64, i64) = (60_000, 600_000);
/// No pause is shorter, so that a loop over a refused request is no storm. Units: milliseconds.
const SHORTEST_MS: i64 = 1_000;
/// No pause that a server asks for is longer. Units: milliseconds.
const LONGEST_MS: i64 = 3_600_000;
/// The pause after a renewal that brought nothing new, at least. Units: milliseconds.
const NO_PROGRESS_MS: i64 = 30_000;
/// The pause after a renewal that succeeded; between two that an API's refusals ask for as well. Units: milliseconds.
const GAP_MS: i64 = 10_000;

/// What is known of a credential.
pub(crate) struct Known<'a> {
    /// The newest token.
    pub(crate) token: Option<&'a SharedToken>,
    /// Whether an API refused it.
    pub(crate) rejected: bool,
    /// Whether there is something to renew it with that needs no person.
    pub(crate) renewable: bool,
    pub(crate) history: &'a History,
}

/// What a caller wants of the token.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Need {
    /// How long it must last, where the caller says so. Without a word callers are made to wait, but never refused.
    pub(crate) min_validity: Option<Duration>,
}

/// What a caller gets.
#[derive(Debug)]
pub(crate) enum Decision {
    /// This token.
    HandOut(SharedToken),
    /// A newer one if nobody is at it and it is there in a moment, else this one.
    RenewIfFree(SharedToken),
    /// A newer one, else this one.
    RenewElseHandOut(SharedToken),
    /// A newer one or the failure. Shape: the token that is too short for this caller, if there is one.
    RenewOrFail(Option<SharedToken>),
    /// The failure that the last renewal ended with.
    Fail(Error),
}

impl Decision {
    /// For logs.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Decision::HandOut(_) => "the token is fresh and handed out",
            Decision::RenewIfFree(_) => "a newer token is tried for, this one is good for a while",
            Decision::RenewElseHandOut(_) => "a newer token is asked for, this one is about to end",
            Decision::RenewOrFail(Some(_)) => "a newer token is needed",
            Decision::RenewOrFail(None) => "a first token is needed",
            Decision::Fail(_) => "the last failure stands, for it is too soon to try again",
        }
    }
}

/// What the last renewal says about the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// Nothing: one may be tried.
    Free,
    /// It succeeded a moment ago, or brought nothing better.
    Sated,
    /// It failed, and the same may succeed later.
    BackOff,
    /// It was refused, and another registration or configuration is needed.
    Misconfigured,
    /// Its result could not be kept, so that nothing was asked for.
    Degraded,
    /// There is nothing to renew with.
    Revoked,
}

/// What the renewals so far have taught.
#[derive(Clone, Default)]
pub(crate) struct History {
    last: Option<Landing>,
    /// In a row.
    failures: u32,
    /// When a renewal ended that an API's refusal had asked for.
    recovered_at: Option<Moment>,
}

/// The end of a renewal.
#[derive(Clone)]
struct Landing {
    outcome: Result<SharedToken, Error>,
    at: Moment,
    pause_ms: i64,
    /// Whether the pause is over once callers have to wait for the token, whichever clock says so.
    advisory: bool,
}

/// What a caller gets who asks now.
pub(crate) fn decide(known: &Known<'_>, need: &Need, now: &Moment) -> Decision {
    let overlay = known.overlay(now);
    let Some(token) = known.token else { return known.renew_or_fail(None, need, now) };
    let left_ms = token.left_ms(now).unwrap_or(i64::MAX);
    if known.rejected {
        // An API that refuses what was renewed a moment ago does not want another token.
        let in_vain = known.history.recovered_at.is_some_and(|at| (0..GAP_MS).contains(&now.ms_since(&at)));
        return match in_vain && left_ms > LAST_USABLE_MS {
            true => Decision::HandOut(token.clone()),
            false => known.renew_or_fail(None, need, now),
        };
    }
    if !need.is_met_by(token, left_ms) {
        return known.renew_or_fail(Some(token), need, now);
    }
    match token.freshness(now) {
        Freshness::Fresh => Decision::HandOut(token.clone()),
        Freshness::Stale if overlay == Overlay::Free => Decision::RenewIfFree(token.clone()),
        Freshness::Stale => Decision::HandOut(token.clone()),
        Freshness::Urgent | Freshness::Critical if overlay == Overlay::Sated => Decision::HandOut(token.clone()),
        Freshness::Urgent | Freshness::Critical if left_ms > LAST_USABLE_MS => match overlay {
            Overlay::Free => Decision::RenewElseHandOut(token.clone()),
            // No person is troubled before the end.
            _ => Decision::HandOut(token.clone()),
        },
        _ => known.renew_or_fail(None, need, now),
    }
}

/// What a caller gets whose renewal failed and who has this token: the token, unless it is over or too short.
pub(crate) fn despite(error: Error, token: &SharedToken, need: &Need, now: &Moment) -> Result<SharedToken, Error> {
    let left_ms = token.left_ms(now).unwrap_or(i64::MAX);
    match error.kind() {
        Kind::Cancelled => Err(error),
        _ if left_ms > LAST_USABLE_MS && need.is_met_by(token, left_ms) => Ok(token.clone()),
        _ => Err(too_short(error, Some(token), need, now)),
    }
}

/// The failure of a renewal, as a caller sees it who wanted more life than its token has.
pub(crate) fn too_short(error: Error, token: Option<&SharedToken>, need: &Need, now: &Moment) -> Error {
    let Some(left_ms) = token.filter(|_| need.min_validity.is_some()).and_then(|token| token.left_ms(now)) else {
        return error;
    };
    match error.kind() {
        Kind::Cancelled => error,
        _ if left_ms <= 0 => error,
        _ => error.clone().with_reason(Reason::TokenTooShort).with_cause(error).with_hint(format!(
            "the token at hand lasts {} s more, less than min_validity asks for: ask for less, or try again later",
            left_ms / 1000
        )),
    }
}

impl Known<'_> {
    /// What the last renewal says about the next one.
    pub(crate) fn overlay(&self, now: &Moment) -> Overlay {
        if !self.renewable {
            return Overlay::Revoked;
        }
        match self.resting(now).map(|landing| &landing.outcome) {
            None => Overlay::Free,
            Some(Ok(_)) => Overlay::Sated,
            Some(Err(error)) if is_misconfigured(error) => Overlay::Misconfigured,
            Some(Err(error)) if error.kind() == Kind::Store => Overlay::Degraded,
            Some(Err(_)) => Overlay::BackOff,
        }
    }

    /// The last renewal, while it asks for patience.
    fn resting(&self, now: &Moment) -> Option<&Landing> {
        let is_waited_for = self.rejected || self.token.is_none_or(|token| token.freshness(now) > Freshness::Stale);
        self.history.last.as_ref().filter(|landing| landing.rests_ms(now) > 0 && !(landing.advisory && is_waited_for))
    }

    /// Its failure, with the time after which the next renewal is tried.
    fn resting_failure(&self, now: &Moment) -> Option<Error> {
        let landing = self.resting(now)?;
        let error = landing.outcome.as_ref().err()?;
        Some(error.clone().with_retry_after_ms(u64::try_from(landing.rests_ms(now)).unwrap_or(0)))
    }

    fn renew_or_fail(&self, too_short_one: Option<&SharedToken>, need: &Need, now: &Moment) -> Decision {
        match self.resting_failure(now).filter(|_| self.renewable) {
            Some(error) => Decision::Fail(too_short(error, too_short_one, need, now)),
            None => Decision::RenewOrFail(too_short_one.cloned()),
        }
    }
}

impl Need {
    /// Whether a token with so much life left lasts long enough; one of unknown expiry does.
    pub(crate) fn is_met_by(&self, token: &Token, left_ms: i64) -> bool {
        self.min_validity.is_none_or(|wanted| {
            left_ms > token.capped_by_half_its_life(i64::try_from(wanted.as_millis()).unwrap_or(i64::MAX))
                || token.expires_at_unix_s().is_none()
        })
    }
}

impl History {
    /// A renewal has ended. `before`: the token that was handed out meanwhile. `recovers`: whether an API's refusal had
    /// asked for it. `draw`: between 0 and 1, so that processes which failed together do not come back together.
    pub(crate) fn landed(
        &mut self,
        outcome: Result<SharedToken, Error>,
        before: Option<&Token>,
        recovers: bool,
        now: &Moment,
        draw: f64,
    ) {
        let (pause_ms, advisory) = match &outcome {
            Ok(token) => {
                self.failures = 0;
                self.recovered_at = if recovers { Some(*now) } else { self.recovered_at };
                (pause_after_success_ms(before, token, now), false)
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                match before.and_then(|token| advisory_pause_ms(error, self.failures, token, now, draw)) {
                    Some(pause_ms) => (pause_ms, true),
                    None => (pause_after_failure_ms(error, self.failures, before, now, draw), false),
                }
            }
        };
        self.last = Some(Landing { outcome, at: *now, pause_ms, advisory });
    }

    /// A renewal was ended by a bug: nothing is learned, and the next one may begin at once.
    pub(crate) fn ended_by(&mut self, bug: Error) {
        self.last =
            Some(Landing { outcome: Err(bug), at: Moment { unix_ms: 0, boot: None }, pause_ms: 0, advisory: false });
    }

    /// How the last renewal ended.
    pub(crate) fn outcome(&self) -> Option<&Result<SharedToken, Error>> {
        self.last.as_ref().map(|landing| &landing.outcome)
    }
}

impl Landing {
    /// How much of the pause is left; none when the clock was set back and nobody knows.
    fn rests_ms(&self, now: &Moment) -> i64 {
        match now.ms_since(&self.at) {
            ..0 => 0,
            passed => self.pause_ms.saturating_sub(passed),
        }
    }
}

/// The pause after `failures` failures in a row, while nobody has to wait for a token yet. Units: milliseconds. Shape:
/// `None` when somebody has, and after a failure that is about more than this moment.
fn advisory_pause_ms(error: &Error, failures: u32, held: &Token, now: &Moment, draw: f64) -> Option<i64> {
    let until_waited_for = held.left_ms(now)?.saturating_sub(held.windows.mandatory_ms);
    let passing = is_passing(error.kind()) && error.retry_after_ms().is_none();
    (passing && until_waited_for > 0)
        .then(|| drawn(doubled(ADVISORY_MS, failures.max(1) - 1, LONGEST_ADVISORY_MS), draw).min(until_waited_for))
}

/// The pause after `failures` failures in a row, the last of them `error`. Units: milliseconds.
fn pause_after_failure_ms(error: &Error, failures: u32, held: Option<&Token>, now: &Moment, draw: f64) -> i64 {
    if let Some(asked) = error.retry_after_ms() {
        let asked = i64::try_from(asked).unwrap_or(LONGEST_MS).min(LONGEST_MS);
        // Whoever has no token left may ask once more.
        let left_ms = held.and_then(|token| token.left_ms(now)).filter(|left| *left > 0);
        return left_ms.map_or(asked, |left| asked.min(left));
    }
    let attempt = failures.max(1) - 1;
    match error.kind() {
        _ if is_misconfigured(error) => doubled(MISCONFIGURED_MS.0, attempt, MISCONFIGURED_MS.1),
        // The store may be mended or free again; nothing was sent.
        Kind::Store if error.reason() == Some(Reason::StoreUnwritable) => ADVISORY_MS,
        kind if is_passing(kind) => drawn(WAITED_FOR_MS[(attempt as usize).min(WAITED_FOR_MS.len() - 1)], draw),
        // Another try cannot change it, and whoever mends it must not have to wait.
        Kind::Denied | Kind::GrantRevoked | Kind::Http | Kind::InteractionRequired | Kind::Store => SHORTEST_MS,
        _ => 0,
    }
}

/// The pause after a renewal that succeeded: longer when the new token is no better than the old one, because a server
/// that hands out the same token again must not be asked at every call; shorter for a short life. Units: milliseconds.
fn pause_after_success_ms(before: Option<&Token>, new: &Token, now: &Moment) -> i64 {
    let left_ms = new.left_ms(now).unwrap_or(i64::MAX).max(0);
    let same = before.is_some_and(|old| {
        let end = |token: &Token| token.expires_at_unix_s().unwrap_or(i64::MAX);
        end(new) <= end(old).saturating_add(1) || old.access_token() == new.access_token()
    });
    match same || left_ms <= new.windows.advisory_ms {
        true => NO_PROGRESS_MS.max(left_ms / 4).min(left_ms),
        false => GAP_MS.min(left_ms / 2),
    }
}

/// Whether only another registration or configuration helps.
fn is_misconfigured(error: &Error) -> bool {
    const CODES: [&str; 4] = ["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];
    error.kind() == Kind::Denied && error.oauth_error().is_some_and(|code| CODES.contains(&code))
}

/// Whether the same request may succeed later.
fn is_passing(kind: Kind) -> bool {
    matches!(kind, Kind::Server | Kind::Transport | Kind::Timeout | Kind::RateLimited | Kind::Protocol)
}

fn doubled(first_ms: i64, times: u32, longest_ms: i64) -> i64 {
    (first_ms << times.min(16)).min(longest_ms)
}

/// Between the shortest pause and `ceiling`.
fn drawn(ceiling: i64, draw: f64) -> i64 {
    SHORTEST_MS + ((ceiling - SHORTEST_MS).max(0) as f64 * draw.clamp(0.0, 1.0)) as i64
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
