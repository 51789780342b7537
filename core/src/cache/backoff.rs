//! How long a failed renewal is not repeated. Source: specs, numbers of the state machine.

use crate::error::Error;
use crate::kinds::Kind;

/// Pauses after the first, second, … transient failure. Units: milliseconds.
const TRANSIENT_MS: [i64; 5] = [1_000, 2_000, 4_000, 8_000, 15_000];
/// No pause that a server asks for is longer. Units: milliseconds.
const LONGEST_MS: i64 = 3_600_000;

/// The pause after `failures` failures in a row, the last of them `error`. Units: milliseconds.
///
/// What another try cannot change, such as a wrong client secret, does not rest here: whoever mends it must not have to
/// wait, and nothing repeats it by itself.
pub(crate) fn pause_ms(error: &Error, failures: u32) -> i64 {
    if let Some(asked) = error.retry_after_ms() {
        return i64::try_from(asked).unwrap_or(LONGEST_MS).min(LONGEST_MS);
    }
    match error.kind() {
        Kind::Server | Kind::Transport | Kind::Timeout | Kind::RateLimited | Kind::Protocol => {
            TRANSIENT_MS[(failures.max(1) as usize - 1).min(TRANSIENT_MS.len() - 1)]
        }
        _ => 0,
    }
}
