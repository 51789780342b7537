//! How long a renewal is not repeated. Source: specs/reliability.md §2.3. Pure; the clock and the draw are the caller's.

use crate::error::Error;
use crate::kinds::Kind;
use crate::token::Token;

/// Pauses after the first, second, … failure while callers wait for the token. Units: milliseconds.
const WAITED_FOR_MS: [i64; 5] = [1_000, 2_000, 4_000, 8_000, 15_000];
/// The first pause while the token is good for a long time yet; each further one is twice as long. Units: milliseconds.
const ADVISORY_MS: i64 = 30_000;
/// No advisory pause is longer. Units: milliseconds.
const LONGEST_ADVISORY_MS: i64 = 300_000;
/// No pause is shorter, so that a loop over a refused request is no storm. Units: milliseconds.
const SHORTEST_MS: i64 = 1_000;
/// No pause that a server asks for is longer. Units: milliseconds.
const LONGEST_MS: i64 = 3_600_000;
/// The pause after a renewal that brought nothing new, at least. Units: milliseconds.
const NO_PROGRESS_MS: i64 = 30_000;

/// The pause after `failures` failures in a row, the last of them `error`. Units: milliseconds.
///
/// `held`: the token that is handed out meanwhile. `draw`: between 0 and 1, so that processes which failed together do
/// not come back together.
pub(crate) fn after_failure_ms(error: &Error, failures: u32, held: Option<&Token>, now_unix_ms: i64, draw: f64) -> i64 {
    let left_ms = held.and_then(|token| Some(token.expires_at_unix_s()?.saturating_mul(1000) - now_unix_ms));
    if let Some(asked) = error.retry_after_ms() {
        let asked = i64::try_from(asked).unwrap_or(LONGEST_MS).min(LONGEST_MS);
        // Whoever has no token left may ask once more.
        return left_ms.filter(|left| *left > 0).map_or(asked, |left| asked.min(left));
    }
    let attempt = failures.max(1) - 1;
    let until_waited_for = held.zip(left_ms).map_or(0, |(token, left)| left - token.windows.mandatory_ms);
    match error.kind() {
        kind if is_passing(kind) && until_waited_for > 0 => {
            let ceiling = (ADVISORY_MS << attempt.min(8)).min(LONGEST_ADVISORY_MS);
            drawn(ceiling, draw).min(until_waited_for)
        }
        kind if is_passing(kind) => drawn(WAITED_FOR_MS[(attempt as usize).min(WAITED_FOR_MS.len() - 1)], draw),
        // Another try cannot change it, and whoever mends it must not have to wait.
        Kind::Denied | Kind::GrantRevoked | Kind::Http | Kind::InteractionRequired => SHORTEST_MS,
        _ => 0,
    }
}

/// The pause after a renewal that succeeded. Shape: zero unless the new token is no better than the old one: a server
/// that hands out the same token again must not be asked at every call. Units: milliseconds.
pub(crate) fn after_success_ms(old: Option<&Token>, new: &Token, now_unix_ms: i64) -> i64 {
    let (Some(old), Some(end)) = (old, new.expires_at_unix_s()) else { return 0 };
    let gained = old.expires_at_unix_s().is_none_or(|before| end > before.saturating_add(1));
    if gained && old.access_token() != new.access_token() {
        return 0;
    }
    let left_ms = end.saturating_mul(1000) - now_unix_ms;
    NO_PROGRESS_MS.max(left_ms / 4).min(left_ms).max(0)
}

/// Whether the same request may succeed later.
fn is_passing(kind: Kind) -> bool {
    matches!(kind, Kind::Server | Kind::Transport | Kind::Timeout | Kind::RateLimited | Kind::Protocol)
}

/// Between the shortest pause and `ceiling`.
fn drawn(ceiling: i64, draw: f64) -> i64 {
    SHORTEST_MS + ((ceiling - SHORTEST_MS).max(0) as f64 * draw.clamp(0.0, 1.0)) as i64
}
