//! When to look at the code source. Source: specs/oauth.md §3.5.

use std::time::Duration;

/// Nobody has signed in earlier than that.
const FIRST_S: f64 = 1.0;
/// Short at first, because most sign-ins are a click; then steady.
const SPACING_S: [f64; 4] = [1.0, 2.0, 3.0, 5.0];
/// Keeps programs that began together from asking together.
const JITTER: f64 = 0.1;
/// A code lives for minutes: a longer pause would lose it.
const LONGEST_RETRY_AFTER_S: u64 = 30;

/// The pause before the look that follows `looks` others. `jitter`: between -1 and 1. `retry_after_s`: what the last
/// answer asked for.
pub(super) fn pause(looks: u32, jitter: f64, retry_after_s: Option<u64>) -> Duration {
    let own = match (looks as usize).checked_sub(1) {
        None => FIRST_S,
        Some(at) => SPACING_S[at.min(SPACING_S.len() - 1)] * (1.0 + JITTER * jitter.clamp(-1.0, 1.0)),
    };
    let asked = retry_after_s.unwrap_or_default().min(LONGEST_RETRY_AFTER_S);
    Duration::from_secs_f64(own).max(Duration::from_secs(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rarer_and_then_steady() {
        let seconds: Vec<u64> = (0..7).map(|looks| pause(looks, 0.0, None).as_secs()).collect();
        assert_eq!(seconds, [1, 1, 2, 3, 5, 5, 5]);
        assert_eq!(pause(5, 1.0, None), Duration::from_millis(5500));
        assert_eq!(pause(5, -7.0, None), Duration::from_millis(4500));
    }

    #[test]
    fn a_pause_that_was_asked_for_is_kept_within_reason() {
        assert_eq!(pause(1, 0.0, Some(2)), Duration::from_secs(2));
        assert_eq!(pause(6, 0.0, Some(2)), Duration::from_secs(5));
        assert_eq!(pause(1, 0.0, Some(3600)), Duration::from_secs(30));
    }
}
