//! One cell of the matrix: break a process, then let fresh ones show what is left.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::case::{Case, Fails, Moment};
use crate::invariants as holds;
use crate::provider::{Policy, Provider, Verdict};
use crate::trial::{Ended, Trial};

/// Seconds after the grant was given, of a token for an hour: 500 s are left; 50 s; none.
pub const STALE_S: i64 = 3100;
pub const URGENT_S: i64 = 3550;
pub const EXPIRED_S: i64 = 3700;
/// The next process begins so much later.
const RESTART_S: i64 = 2;
const DAY_S: i64 = 24 * 3600;
/// How long a process stands still: longer than others wait for it while the token is good.
const STOPPED: Duration = Duration::from_millis(2300);
/// I4: what a caller waits at most while the token is good, on a machine with other work.
const STALE_BUDGET_MS: u64 = 6_000;
/// The same when only a new token will do.
const EXPIRED_BUDGET_MS: u64 = 60_000;

/// Runs one case. Errors: which invariant does not hold, and how.
pub fn run(case: &Case, provider: &Arc<Provider>) -> Result<()> {
    match case.moment {
        Moment::Making => making(case, provider),
        _ => Renewing { case, trial: Trial::kept(provider, case.policy)?, ended: Vec::new() }.run(),
    }
}

struct Renewing<'a> {
    case: &'a Case,
    trial: Trial,
    /// Who has ended so far.
    ended: Vec<Ended>,
}

impl Renewing<'_> {
    fn run(mut self) -> Result<()> {
        let begins_s = if self.case.moment == Moment::Stale { STALE_S } else { EXPIRED_S };
        let broken = self.broken(begins_s)?;
        holds::locks_are_free(&self.trial, broken.at)?;
        self.survivor(&broken)?;
        self.ended.push(broken);
        let generation = holds::one_record(&self.trial, 0)?;
        holds::nothing_is_open(&self.trial)?;
        let is_lost = self.case.loses() && self.case.policy == Policy::Strict;
        match (self.case.moment, is_lost) {
            (Moment::Stale, true) => self.flagged_in_time(begins_s)?,
            (_, true) => self.flagged(begins_s + RESTART_S)?,
            (_, false) => self.recovered(begins_s)?,
        }
        let now = holds::one_record(&self.trial, generation);
        ensure!(is_lost || now.is_ok(), "{:#}", now.unwrap_err());
        self.what_the_server_saw(is_lost)?;
        self.no_temporary_is_left(is_lost)?;
        holds::no_secret_shows(&self.trial, &self.ended)
    }

    /// The process that the failpoint meets.
    fn broken(&mut self, ahead_s: i64) -> Result<Ended> {
        let (case, orders) = (self.case, self.trial.orders(ahead_s));
        let mut process = self.trial.start(&orders, Some(&case.failpoint()))?;
        if case.action == "stop90s" {
            process.wait_for_stop()?;
            if case.moment == Moment::Stale {
                let other = self.trial.start(&orders, None)?;
                thread::sleep(STOPPED);
                process.go_on()?;
                let ended = process.end()?;
                self.token_of(other.end()?).context("while another process stands still")?;
                return Ok(ended);
            }
            thread::sleep(Duration::from_millis(100));
            process.go_on()?;
        }
        let ended = process.end()?;
        match case.action {
            "kill9" => ensure!(ended.was_killed(), "the process did not pass the place: {}", ended.output),
            _ => drop(ended.told()?),
        }
        Ok(ended)
    }

    /// I3, I4, I6: what a process got that lived on.
    fn survivor(&self, ended: &Ended) -> Result<()> {
        if ended.was_killed() {
            return Ok(());
        }
        let told = ended.told()?;
        let budget_ms = if self.case.moment == Moment::Stale { STALE_BUDGET_MS } else { EXPIRED_BUDGET_MS };
        ensure!(told.took_ms <= budget_ms, "I4: the caller waited {} ms", told.took_ms);
        let Some(failure) = &told.failure else { return Ok(()) };
        ensure!(self.case.moment != Moment::Stale, "I3: a token with life left was refused: {}", failure.words);
        ensure!(!self.case.only_delays(), "nothing failed, and yet: {}", failure.words);
        let allowed: &[&str] = match (self.case.action, self.case.point.fails) {
            // The HTTP library catches what happens in its own part.
            ("panic", Some(Fails::Exchange)) => &["internal", "transport"],
            ("panic", _) => &["internal"],
            (_, Some(Fails::Exchange)) => &["transport", "protocol", "timeout"],
            _ => &["store"],
        };
        ensure!(allowed.contains(&failure.kind.as_str()), "I6: {} is not {allowed:?}: {}", failure.kind, failure.words);
        Ok(())
    }

    /// Nothing is lost: the next process has a token that the server knows, and so has the one after.
    fn recovered(&mut self, begins_s: i64) -> Result<()> {
        let next = self.trial.ask(begins_s + RESTART_S)?;
        self.token_of(next).context("I3: the next process")?;
        let then_s = if self.case.moment == Moment::Stale { URGENT_S } else { EXPIRED_S + 60 };
        let later = self.trial.ask(then_s)?;
        let number = self.token_of(later).context("I3: the one after")?;
        ensure!(number > 0, "the token was not renewed");
        ensure!(self.trial.provider.is_alive(&self.trial.case), "I2: the grant is over");
        Ok(())
    }

    /// The answer is lost: the token is served while it is good, nothing is risked before, and then it is said what happened.
    fn flagged_in_time(&mut self, begins_s: i64) -> Result<()> {
        let before = self.trial.provider.seen(&self.trial.case).len();
        let next = self.trial.ask(begins_s + RESTART_S)?;
        let number = self.token_of(next).context("I3: the next process")?;
        let seen = self.trial.provider.seen(&self.trial.case).len();
        ensure!(number == 0 && seen == before, "I2: the old refresh token was shown although the token was good");
        let urgent = self.trial.ask(URGENT_S)?;
        self.token_of(urgent).context("I3: when the token is about to end")?;
        self.flagged(EXPIRED_S)
    }

    fn flagged(&mut self, at_s: i64) -> Result<()> {
        let ended = self.trial.ask(at_s)?;
        says_what_was_lost(&ended)?;
        self.ended.push(ended);
        Ok(())
    }

    /// I2, I8.
    fn what_the_server_saw(&self, is_lost: bool) -> Result<()> {
        let seen = self.trial.provider.seen(&self.trial.case);
        let refused = seen.iter().filter(|verdict| **verdict == Verdict::Refused).count();
        ensure!(refused == usize::from(is_lost), "I2: the server saw {seen:?}");
        let most = match self.case.policy {
            policy if policy.is_risky() && self.case.only_delays() => 1,
            policy if policy.is_risky() => 2,
            _ => 6,
        };
        ensure!(seen.len() <= most, "I8: {} requests: {seen:?}", seen.len());
        Ok(())
    }

    /// I7. Costs two processes, and so only where there is something to clean up.
    fn no_temporary_is_left(&mut self, is_lost: bool) -> Result<()> {
        if is_lost || holds::temporaries(&self.trial)?.is_empty() {
            return Ok(());
        }
        for day in [2, 4] {
            let ended = self.trial.ask(day * DAY_S)?;
            self.token_of(ended)?;
        }
        holds::no_temporary_is_left(&self.trial)
    }

    /// The number of the token that a process was given.
    fn token_of(&mut self, ended: Ended) -> Result<usize> {
        let number = number_of(&ended);
        self.ended.push(ended);
        number
    }
}

/// A store that is being made: what was said to be kept is kept, and what was not can be tried again.
fn making(case: &Case, provider: &Arc<Provider>) -> Result<()> {
    let trial = Trial::bare(provider, case.policy)?;
    let mut orders = trial.orders(0);
    orders.adopt = Some(trial.grant.clone());
    let mut process = trial.start(&orders, Some(&case.failpoint()))?;
    if case.action == "stop90s" {
        process.wait_for_stop()?;
        process.go_on()?;
    }
    let broken = process.end()?;
    match case.action {
        "kill9" => ensure!(broken.was_killed(), "the process did not pass the place: {}", broken.output),
        _ => drop(broken.told()?),
    }
    holds::locks_are_free(&trial, broken.at)?;
    let was_kept = broken.told.as_ref().is_some_and(|told| told.failure.is_none());
    ensure!(was_kept || !case.only_delays(), "nothing failed, and yet it was not kept: {}", broken.output);
    let next = trial.ask(1)?;
    if was_kept {
        number_of(&next).context("I1: what was kept is not there")?;
    }
    let again = trial.start(&orders, None)?.end()?;
    if let Some(failure) = &again.told()?.failure {
        bail!("I1: nothing can be kept any more: {}", failure.words);
    }
    let last = trial.ask(1)?;
    number_of(&last).context("I1: the next process")?;
    holds::nothing_is_open(&trial)?;
    holds::no_secret_shows(&trial, &[broken, next, again, last])
}

/// The number of the token that a process was given. Errors: it was given none.
pub fn number_of(ended: &Ended) -> Result<usize> {
    let told = ended.told()?;
    let failed = || told.failure.as_ref().map_or_else(String::new, |failure| failure.words.clone());
    told.token.with_context(|| format!("got no token: {}", failed()))
}

/// A lost answer has a name, a time and a host.
pub fn says_what_was_lost(ended: &Ended) -> Result<()> {
    let told = ended.told()?;
    let failure = told.failure.as_ref().context("a grant whose new refresh token is lost gave a token")?;
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let year = |text: &str| text.split(" began at ").nth(1).is_some_and(|at| at.starts_with("20") && at.contains('T'));
    let is_named = failure.reason.as_deref() == Some("rotation_lost");
    ensure!(is_named, "I6: the loss has no name: {} ({:?})", failure.words, failure.reason);
    ensure!(failure.words.contains(&format!("the refresh that {host} began")), "I6: no host: {}", failure.words);
    ensure!(year(&failure.words), "I6: no time: {}", failure.words);
    Ok(())
}
