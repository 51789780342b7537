//! Moments and reasons in words that people read.

use jiff::Timestamp;

use crate::store::Reason;

/// `2026-01-31 12:00 UTC`. Units: seconds since the epoch.
pub fn moment(unix_s: i64) -> String {
    Timestamp::from_second(unix_s).map_or_else(|_| "unknown".into(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// `in 5 min`, `3 h ago`, `now`.
pub fn relative(unix_s: i64, now: i64) -> String {
    let seconds = unix_s.saturating_sub(now);
    let distance = match seconds.unsigned_abs() {
        0..10 => return "now".into(),
        s @ 10..90 => format!("{s} s"),
        s @ 90..5_400 => format!("{} min", (s + 30) / 60),
        s @ 5_400..129_600 => format!("{} h", (s + 1_800) / 3_600),
        s => format!("{} days", (s + 43_200) / 86_400),
    };
    if seconds > 0 { format!("in {distance}") } else { format!("{distance} ago") }
}

/// Both, for tables.
pub fn both(unix_s: i64, now: i64) -> String {
    format!("{} ({})", moment(unix_s), relative(unix_s, now))
}

/// Why somebody has to sign in again.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::InvalidGrant => "The provider ended this sign-in.",
        Reason::ConfigChanged => "The administrator changed this integration after you signed in.",
        Reason::RotationLost => "A renewed sign-in was lost when the broker was interrupted.",
        Reason::ExpiredNoRefresh => "The token has expired and the provider gave no refresh token.",
        Reason::Undecryptable => "The stored tokens cannot be read any more.",
        Reason::InteractionRequired => "The provider wants to see you.",
        Reason::LoginRequired => "The provider wants you to log in again.",
        Reason::ConsentRequired => "The provider wants your consent again.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_well_from_both_sides() {
        let words = [0, 9, 75, 3_540, 3_600 * 24, 86_400 * 30].map(|s| relative(s, 0));
        assert_eq!(words, ["now", "now", "in 75 s", "in 59 min", "in 24 h", "in 30 days"]);
        assert_eq!(relative(0, 120), "2 min ago");
        assert_eq!(moment(1_900_000_000), "2030-03-17 17:46 UTC");
        assert_eq!(moment(i64::MAX), "unknown");
    }
}
