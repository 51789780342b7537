//! What a token is worth at a moment, by both clocks. Pure. Source: specs/reliability.md §2.4.

use super::Token;
use super::freshness::Freshness;
use crate::context::Moment;

/// A wall clock that shows a time so long before the token was asked for was set since. Units: milliseconds.
const SUSPECT_MS: i64 = 60_000;
/// No window is longer: so late at most is it noticed that a clock was set or that another process changed something.
const LONGEST_WINDOW_MS: i64 = 30_000;

/// Times of the wall clock between which a token may be handed out without another look. Units: milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// When the token ends, as far as this clock is concerned.
    pub(crate) ends_at: i64,
}

impl Token {
    /// How close to its end the token is, by whichever clock says that it is later.
    pub fn freshness(&self, now: &Moment) -> Freshness {
        let freshness = self.left_ms(now).map_or(Freshness::Fresh, |left| self.windows.freshness(left));
        match freshness {
            Freshness::Fresh if self.late_ms(now) >= self.fresh_until_unix_ms => Freshness::Stale,
            // Nobody knows how old it is: it is worth a renewal, and too good to be thrown away.
            Freshness::Fresh if self.expires_at_unix_s.is_some() && self.is_older_than_the_clock(now) => {
                Freshness::Stale
            }
            freshness => freshness,
        }
    }

    /// How much longer the token lives. Units: milliseconds. Shape: `None` when nobody knows; negative when it is over.
    pub(crate) fn left_ms(&self, now: &Moment) -> Option<i64> {
        self.expires_at_unix_s.map(|at| at.saturating_mul(1000).saturating_sub(self.late_ms(now)))
    }

    /// What is asked of every token whose caller wants `wanted_ms`: never more than half its life. Units: milliseconds.
    pub(crate) fn capped_by_half_its_life(&self, wanted_ms: i64) -> i64 {
        self.expires_at_unix_s.map_or(wanted_ms, |at| {
            wanted_ms.min(at.saturating_sub(self.requested_at_unix_s).saturating_mul(500)).max(0)
        })
    }

    /// The time until which the wall clock alone decides, once both clocks have found the token fresh.
    pub(crate) fn window(&self, now: &Moment) -> Window {
        let late = self.late_ms(now);
        let longest = match self.expires_at_unix_s {
            Some(_) => LONGEST_WINDOW_MS.min(self.windows.advisory_ms / 4),
            None => LONGEST_WINDOW_MS,
        };
        let left = self.left_ms(now).unwrap_or(i64::MAX);
        Window {
            from: now.unix_ms,
            until: now.unix_ms.saturating_add(longest.min(self.fresh_until_unix_ms.saturating_sub(late))),
            ends_at: now.unix_ms.saturating_add(left),
        }
    }

    /// How late it is for this token: the later of what both clocks say. Units: milliseconds since 1970.
    fn late_ms(&self, now: &Moment) -> i64 {
        let passed = self.requested_at_boot.and_then(|boot| now.boot_ms_since(&boot));
        let by_boot = passed.map(|ms| self.requested_at_unix_s.saturating_mul(1000).saturating_add(ms));
        by_boot.map_or(now.unix_ms, |late| late.max(now.unix_ms))
    }

    fn is_older_than_the_clock(&self, now: &Moment) -> bool {
        now.unix_ms < self.requested_at_unix_s.saturating_mul(1000).saturating_sub(SUSPECT_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::BootTime;
    use crate::settings::{Setting, Settings};

    /// Asked for at 1 000 000 s and at 500 s of the start 1; lives for an hour.
    fn token() -> Token {
        let members = [("access_token", Setting::from("AT")), ("expires_in", Setting::Integer(3600))];
        let members: Settings = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let token = Token::from_settings(members, 1_000_000).expect("a token");
        Token { requested_at_boot: Some(BootTime { boot: 1, ms: 500_000 }), ..token }
    }

    fn at(wall_s: i64, boot: Option<(u64, i64)>) -> Moment {
        let boot = boot.map(|(boot, s)| BootTime { boot, ms: s * 1000 });
        Moment { unix_ms: (1_000_000 + wall_s) * 1000, boot }
    }

    #[test]
    fn the_clock_that_says_later_counts_within_one_start() {
        let token = token();
        assert_eq!(token.left_ms(&at(100, Some((1, 600)))), Some(3_500_000), "both agree");
        assert_eq!(token.left_ms(&at(-86_400, Some((1, 600)))), Some(3_500_000), "set back");
        assert_eq!(token.left_ms(&at(3_000, Some((1, 600)))), Some(600_000), "set forward");
        assert_eq!(token.left_ms(&at(100, Some((2, 90_000)))), Some(3_500_000), "another start");
        assert_eq!(token.left_ms(&at(100, None)), Some(3_500_000), "no such clock");
        assert_eq!(token.left_ms(&Moment { unix_ms: i64::MIN, boot: None }), Some(i64::MAX), "no overflow");
        assert_eq!(token.freshness(&Moment { unix_ms: i64::MAX, boot: None }), Freshness::Expired);
    }

    #[test]
    fn a_clock_that_shows_the_time_before_is_suspect() {
        let token = token();
        assert_eq!(token.freshness(&at(-60, None)), Freshness::Fresh);
        assert_eq!(token.freshness(&at(-61, None)), Freshness::Stale);
        assert_eq!(token.freshness(&at(-61, Some((1, 4_101)))), Freshness::Expired);
    }

    #[test]
    fn a_window_ends_with_the_freshness_and_after_half_a_minute() {
        let token = token();
        let of = |wall, boot| {
            let now = at(wall, Some((1, boot)));
            let window = token.window(&now);
            assert_eq!(window.from, now.unix_ms);
            (window.until - window.from, window.ends_at - window.from)
        };
        assert_eq!(of(0, 500), (30_000, 3_600_000));
        let fresh_ms = 3_600_000 - token.windows.advisory_ms;
        assert_eq!(of(fresh_ms / 1000 - 10, 500), (10_000, token.windows.advisory_ms + 10_000));
        assert_eq!(
            of(0, 500 + fresh_ms / 1000 - 10),
            (10_000, token.windows.advisory_ms + 10_000),
            "by the other clock"
        );
        let short = Token { windows: crate::token::freshness::Windows::of_lifetime(60, 1.0), ..token.clone() };
        assert_eq!(short.window(&at(0, None)).until, 1_000_000_000 + 7_500);
    }
}
