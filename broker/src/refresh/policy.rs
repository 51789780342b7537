//! When a token is served, when it is refreshed, and how long a failure is left alone. Pure.
//!
//! Source: specs/workbench.md §4.6; design.md D9: keep what works until its replacement is stored.

use std::time::Duration;

use crate::store::{Reason, TokenRow, TokenState};

/// What can be done with a stored sign-in at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Hand the access token out.
    Serve,
    /// Refresh first; if that fails for now, hand the access token out all the same.
    Due,
    /// Only a refresh helps.
    Spent,
    /// Only the person helps.
    Lapsed(Reason),
    /// Only the person helps, and the row does not say so yet.
    Ended(Reason),
}

/// Judges a row against the running configuration and the clock.
///
/// `fingerprint`: the running configuration's. `margin_s`: the configured margin, if there is one.
pub fn standing(row: &TokenRow, fingerprint: &str, margin_s: Option<i64>, now_ms: i64) -> Standing {
    let left_ms = left_ms(row, now_ms);
    match row.state {
        // Whether only the endpoint moved or the client as well is not known, so the old token is not handed out.
        TokenState::ReauthRequired(reason @ (Reason::ConfigChanged | Reason::Undecryptable)) => {
            Standing::Lapsed(reason)
        }
        _ if row.config_fp != fingerprint => Standing::Ended(Reason::ConfigChanged),
        TokenState::ReauthRequired(_) if left_ms > 0 && row.access_token.is_some() => Standing::Serve,
        TokenState::ReauthRequired(reason) => Standing::Lapsed(reason),
        TokenState::Active if row.refresh_token.is_none() && left_ms > 0 => Standing::Serve,
        TokenState::Active if row.refresh_token.is_none() => Standing::Ended(Reason::ExpiredNoRefresh),
        TokenState::Active if left_ms > margin_ms(lifetime_s(row), margin_s) => Standing::Serve,
        TokenState::Active if left_ms > 0 => Standing::Due,
        TokenState::Active => Standing::Spent,
    }
}

/// How much longer the access token lives; a token of unknown lifetime lives for ever.
pub fn left_ms(row: &TokenRow, now_ms: i64) -> i64 {
    row.expires_at.map_or(i64::MAX, |at| at.saturating_mul(1000).saturating_sub(now_ms))
}

/// From when on the sweep should refresh this row; `None` when it never should. Units: milliseconds since the epoch.
pub fn due_at_ms(row: &TokenRow, margin_s: Option<i64>, keepalive: Option<Duration>) -> Option<i64> {
    if row.state != TokenState::Active || row.refresh_token.is_none() {
        return None;
    }
    let expiring = row.expires_at.map(|at| at.saturating_mul(1000) - margin_ms(lifetime_s(row), margin_s));
    let idle = keepalive.map(|every| {
        let since = row.refreshed_at.unwrap_or(row.obtained_at);
        since.saturating_mul(1000).saturating_add(i64::try_from(every.as_millis()).unwrap_or(i64::MAX))
    });
    let due = [expiring, idle].into_iter().flatten().min()?;
    Some(due.max(row.next_attempt_at.map_or(i64::MIN, |at| at.saturating_mul(1000))))
}

fn lifetime_s(row: &TokenRow) -> i64 {
    row.expires_at.map_or(i64::MAX, |at| at.saturating_sub(row.obtained_at))
}

/// How long before its expiry a token counts as due. Units: milliseconds.
///
/// A tenth of its lifetime, at least a minute because some services refuse tokens with half a minute left, and never
/// more than half its lifetime. A configured margin replaces the tenth and keeps the last rule.
pub fn margin_ms(lifetime_s: i64, configured_s: Option<i64>) -> i64 {
    let lifetime = lifetime_s.max(0).saturating_mul(1000);
    let wanted = configured_s.map_or((lifetime / 10).clamp(60_000, 300_000), |margin| margin.saturating_mul(1000));
    wanted.min(lifetime / 2)
}

/// Longest pause that we choose ourselves. Units: seconds.
const LONGEST_PAUSE_S: u64 = 300;

/// The pause before the next attempt: 1, 2, 4 … 300 s, moved by up to a fifth so that many rows do not come back
/// together, and not shorter than the provider asked for.
///
/// `failures` counts the attempts that failed in a row, this one included; `random` is evenly distributed.
pub fn pause(failures: u32, retry_after: Option<Duration>, random: u8) -> Duration {
    let seconds = 1u64.checked_shl(failures.saturating_sub(1)).map_or(LONGEST_PAUSE_S, |s| s.min(LONGEST_PAUSE_S));
    Duration::from_millis(seconds * (800 + u64::from(random) * 400 / 255)).max(retry_after.unwrap_or_default())
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
