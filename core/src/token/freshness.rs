//! How close to its end a token is, and so what a caller who wants one has to do. Pure; the clock is the caller's.

/// How close to its end a token is. Source: specs, state machine of one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// Handed out at once.
    Fresh,
    /// Handed out at once, while one caller renews it.
    Stale,
    /// Callers wait for a renewal, and get the token when that fails.
    Urgent,
    /// The same; so little time is left that a request may not end in time.
    Critical,
    /// Not handed out.
    Expired,
}

/// The lengths of the windows before a token's end. Units: milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    pub(crate) advisory_ms: i64,
    pub(crate) mandatory_ms: i64,
    pub(crate) minimum_ms: i64,
}

impl Windows {
    /// The windows of a token that was issued for `lifetime_s`.
    ///
    /// `draw`: between 0 and 1, drawn once per token, so that processes which got their tokens together do not all
    /// renew at the same instant.
    pub(crate) fn of_lifetime(lifetime_s: u64, draw: f64) -> Self {
        let lifetime = lifetime_s as f64;
        let advisory = (0.2 * lifetime).clamp(60.0, 900.0).min(lifetime / 2.0) * (0.8 + 0.2 * draw.clamp(0.0, 1.0));
        let mandatory = (0.05 * lifetime).clamp(15.0, 120.0).min(advisory / 2.0);
        let ms = |seconds: f64| (seconds * 1000.0) as i64;
        Self { advisory_ms: ms(advisory), mandatory_ms: ms(mandatory), minimum_ms: ms(mandatory.min(30.0)) }
    }

    /// The state of a token with so much life left. Units: milliseconds.
    pub(crate) fn freshness(&self, remaining_ms: i64) -> Freshness {
        match remaining_ms {
            ..=0 => Freshness::Expired,
            left if left <= self.minimum_ms => Freshness::Critical,
            left if left <= self.mandatory_ms => Freshness::Urgent,
            left if left <= self.advisory_ms => Freshness::Stale,
            _ => Freshness::Fresh,
        }
    }

    /// The end of the fresh time of a token that expires at `expires_at_unix_s`, and that its server wants to be renewed
    /// at `refresh_at_unix_s`. Units: milliseconds since 1970.
    pub(crate) fn fresh_until_unix_ms(&self, expires_at_unix_s: Option<i64>, refresh_at_unix_s: Option<i64>) -> i64 {
        let ms = |at: i64| at.saturating_mul(1000);
        let by_expiry = expires_at_unix_s.map_or(i64::MAX, |at| ms(at).saturating_sub(self.advisory_ms));
        by_expiry.min(refresh_at_unix_s.map_or(i64::MAX, ms))
    }
}

/// How long before its end a token counts as expired for a caller who wants `margin_s` in reserve: never more than a
/// fifth of its life, so that a short-lived token is usable at all. Units: seconds.
pub fn effective_margin_s(margin_s: u64, lifetime_s: u64) -> u64 {
    margin_s.min(lifetime_s / 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_fresh_until_its_last_ten_minutes_or_so() {
        let least = Windows::of_lifetime(3600, 0.0);
        let most = Windows::of_lifetime(3600, 1.0);
        assert_eq!((least.advisory_ms, most.advisory_ms), (576_000, 720_000));
        assert_eq!((most.mandatory_ms, most.minimum_ms), (120_000, 30_000));
        assert_eq!(most.freshness(720_001), Freshness::Fresh);
        assert_eq!(most.freshness(720_000), Freshness::Stale);
        assert_eq!(most.freshness(120_000), Freshness::Urgent);
        assert_eq!(most.freshness(30_000), Freshness::Critical);
        assert_eq!(most.freshness(0), Freshness::Expired);
    }

    #[test]
    fn a_minute_has_windows_too_and_they_are_nested() {
        let windows = Windows::of_lifetime(60, 1.0);
        assert_eq!((windows.advisory_ms, windows.mandatory_ms), (30_000, 15_000));
        for lifetime in [1, 2, 5, 20, 60, 3600, 86_400, 315_360_000] {
            for draw in [0.0, 0.5, 1.0] {
                let w = Windows::of_lifetime(lifetime, draw);
                assert!(w.minimum_ms <= w.mandatory_ms && 2 * w.mandatory_ms <= w.advisory_ms, "{lifetime} {w:?}");
                assert!(2 * w.advisory_ms <= lifetime as i64 * 1000, "{lifetime}: fresh at birth");
            }
        }
    }

    #[test]
    fn a_margin_is_bounded_by_the_lifetime() {
        assert_eq!(effective_margin_s(30, 3600), 30);
        assert_eq!(effective_margin_s(30, 20), 4);
    }
}
