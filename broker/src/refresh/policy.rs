//! When a token is refreshed, and what an unsuccessful attempt means. Pure.
//!
//! Source: specs/workbench.md §4.6; design.md D9: keep what works until its replacement is stored.

use std::time::Duration;

use tokcore::{Error, Kind};

/// How long before its expiry a token counts as due. Units: milliseconds.
///
/// A tenth of its lifetime, at least a minute because some services refuse tokens with half a minute left, and never
/// more than half its lifetime. A configured margin replaces the tenth and keeps the last rule.
pub fn margin_ms(lifetime_s: i64, configured_s: Option<i64>) -> i64 {
    let lifetime = lifetime_s.max(0).saturating_mul(1000);
    let wanted = configured_s.map_or((lifetime / 10).clamp(60_000, 300_000), |margin| margin.saturating_mul(1000));
    wanted.min(lifetime / 2)
}

/// What the provider's refusal, or its silence, says about the grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// `invalid_grant`: the refresh token is dead.
    GrantDead,
    /// The provider wants to see the person; the text is its code.
    PersonWanted(&'static str),
    /// The provider does not accept this client or its secret.
    ClientRefused,
    /// The request itself is refused: a mistake in the configuration, once it happens again and again.
    RequestRefused,
    /// Anything that may pass: the network, an overload, an answer that is no answer.
    Transient,
}

/// Judges a failed exchange.
pub fn classify(failure: &Error) -> Class {
    match failure.oauth_error() {
        Some("invalid_grant") => Class::GrantDead,
        Some("interaction_required") => Class::PersonWanted("interaction_required"),
        Some("login_required") => Class::PersonWanted("login_required"),
        Some("consent_required") => Class::PersonWanted("consent_required"),
        Some("invalid_client" | "unauthorized_client") => Class::ClientRefused,
        Some("temporarily_unavailable" | "server_error" | "slow_down") => Class::Transient,
        _ if matches!(failure.http_status(), Some(408 | 425 | 429 | 500..)) => Class::Transient,
        Some(_) => Class::RequestRefused,
        None if failure.http_status() == Some(401) => Class::ClientRefused,
        None if failure.kind() == Kind::ConfigInvalid => Class::RequestRefused,
        None => Class::Transient,
    }
}

/// Refusals of the request in a row after which the integration is shown as misconfigured.
pub const REFUSALS_UNTIL_CONFIG_ERROR: u32 = 3;

/// Longest pause that we choose ourselves.
const LONGEST_PAUSE_S: u64 = 300;
/// Longest pause that a provider's `Retry-After` is believed: a slip must not lock users out for a day.
const LONGEST_RETRY_AFTER_MS: u64 = 3_600_000;

/// The pause before the next attempt: 1, 2, 4 … 300 s, moved by up to a fifth so that many rows do not come back
/// together, and not shorter than the provider asked for.
///
/// `failures` counts the attempts that failed in a row, this one included; `random` is evenly distributed.
pub fn pause(failures: u32, retry_after_ms: Option<u64>, random: u8) -> Duration {
    let seconds = 1u64.checked_shl(failures.saturating_sub(1)).map_or(LONGEST_PAUSE_S, |s| s.min(LONGEST_PAUSE_S));
    let jittered_ms = seconds * (800 + u64::from(random) * 400 / 255);
    Duration::from_millis(jittered_ms.max(retry_after_ms.unwrap_or(0).min(LONGEST_RETRY_AFTER_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oauth(code: &str, status: u16) -> Error {
        Error::new(Kind::Denied, "x").with_oauth_error(code).with_http_status(status)
    }

    #[test]
    fn margin_is_a_tenth_within_bounds() {
        for (lifetime, margin) in [(3600, 300_000), (600, 60_000), (100, 50_000), (3, 1_500), (1200, 120_000), (0, 0), (-5, 0)] {
            assert_eq!(margin_ms(lifetime, None), margin, "{lifetime}");
        }
        assert_eq!(margin_ms(3600, Some(600)), 600_000);
        assert_eq!(margin_ms(3600, Some(36_000)), 1_800_000, "never more than half the lifetime");
        assert_eq!(margin_ms(i64::MAX, None), 300_000);
    }

    #[test]
    fn only_invalid_grant_ends_a_grant() {
        assert_eq!(classify(&oauth("invalid_grant", 400)), Class::GrantDead);
        assert_eq!(classify(&oauth("invalid_client", 401)), Class::ClientRefused);
        assert_eq!(classify(&oauth("invalid_scope", 400)), Class::RequestRefused);
        assert_eq!(classify(&oauth("bad_verification_code", 200)), Class::RequestRefused);
        assert_eq!(classify(&oauth("login_required", 400)), Class::PersonWanted("login_required"));
        assert_eq!(classify(&oauth("temporarily_unavailable", 400)), Class::Transient);
        assert_eq!(classify(&oauth("invalid_request", 503)), Class::Transient);
        assert_eq!(classify(&Error::new(Kind::Denied, "x").with_http_status(401)), Class::ClientRefused);
        for kind in [Kind::Transport, Kind::Timeout, Kind::Protocol, Kind::Server, Kind::RateLimited] {
            assert_eq!(classify(&Error::new(kind, "x")), Class::Transient, "{kind:?}");
        }
    }

    #[test]
    fn pauses_double_up_to_five_minutes_and_heed_the_provider() {
        let seconds = |failures, random| pause(failures, None, random).as_secs_f64();
        assert_eq!([1, 2, 3, 4].map(|n| seconds(n, 0)), [0.8, 1.6, 3.2, 6.4]);
        assert_eq!(seconds(1, 255), 1.2);
        assert_eq!(seconds(200, 0), 240.0);
        assert_eq!(pause(1, Some(90_000), 0), Duration::from_secs(90));
        assert_eq!(pause(1, Some(u64::MAX), 0), Duration::from_secs(3600));
    }
}
