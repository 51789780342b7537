//! How long a token lasts, from the many ways in which servers say it. Source: RFC 6749 §5.1.

use jiff::Timestamp;

use super::dialect::ZeroExpires;
use super::members::Member;
use super::warning::Warning;

/// Longest lifetime that is believed: 68 years. More is a server's way of saying "always", or a mistake of units.
pub const LONGEST_S: u64 = 2_147_483_647;

/// What the server said about the token's lifetime.
///
/// Zero, negative and unreadable values are `Unknown`: a token that is expired at birth would make every call sign in
/// again, while an unknown lifetime corrects itself at the first 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Seconds, from the instant before the request was sent: no server's clock can have started earlier.
    Known(u64),
    /// Usable until a 401; never refreshed by a timer.
    Unknown,
    /// The provider's profile says that it does not end.
    Never,
}

impl Lifetime {
    /// The same, with an administrator's default in place of `Unknown`.
    pub fn or(self, default_s: Option<u64>) -> Self {
        match (self, default_s) {
            (Lifetime::Unknown, Some(seconds)) if seconds > 0 => Lifetime::Known(seconds.min(LONGEST_S)),
            _ => self,
        }
    }

    /// When the token expires. Units: seconds since 1970-01-01 UTC. `None` when unknown, or never.
    pub fn expires_at_unix_s(self, sent_at_unix_s: i64) -> Option<i64> {
        match self {
            Lifetime::Known(seconds) => Some(sent_at_unix_s.saturating_add_unsigned(seconds)),
            Lifetime::Unknown | Lifetime::Never => None,
        }
    }
}

/// The lifetime that `expires_in` says, and what was wrong with it.
///
/// `zero`: what this provider means by a lifetime of nothing.
pub(super) fn relative(member: &Member<'_>, zero: ZeroExpires) -> (Lifetime, Option<Warning>) {
    let number = match member {
        _ if member.is_absent() => return (Lifetime::Unknown, None),
        Member::Number(text) => lexical(text, true),
        Member::Text(text) => lexical(text.trim(), false),
        _ => None,
    };
    match number {
        Some(Number::Negative) => (Lifetime::Unknown, Some(Warning::NegativeExpiresIn)),
        Some(Number::Whole(0)) => match zero {
            ZeroExpires::Unknown => (Lifetime::Unknown, Some(Warning::ZeroExpiresIn)),
            ZeroExpires::Never => (Lifetime::Never, None),
            ZeroExpires::Expired => (Lifetime::Known(0), None),
        },
        Some(Number::Whole(seconds)) if seconds > LONGEST_S => {
            (Lifetime::Known(LONGEST_S), Some(Warning::ExpiresInClamped))
        }
        Some(Number::Whole(seconds)) => (Lifetime::Known(seconds), None),
        None => (Lifetime::Unknown, Some(Warning::BadExpiresIn)),
    }
}

/// The lifetime that an absolute instant says (`expires_at`, `expires_on`): seconds or milliseconds since 1970, or RFC
/// 3339. `None` when it says nothing usable.
pub(super) fn absolute(member: &Member<'_>, sent_at_unix_s: i64) -> Option<Lifetime> {
    let at = match member {
        Member::Number(text) => epoch(lexical(text, true)?)?,
        Member::Text(text) => match lexical(text.trim(), false) {
            Some(number) => epoch(number)?,
            None => text.trim().parse::<Timestamp>().ok()?.as_second(),
        },
        _ => return None,
    };
    let seconds = u64::try_from(at.checked_sub(sent_at_unix_s)?).ok().filter(|seconds| *seconds > 0)?;
    Some(Lifetime::Known(seconds.min(LONGEST_S)))
}

/// Seconds since 1970. Below 10⁹ (the year 2001) it cannot be meant so; from 10¹² on it counts milliseconds.
fn epoch(number: Number) -> Option<i64> {
    match number {
        Number::Whole(ms @ 1_000_000_000_000..) => i64::try_from(ms / 1000).ok(),
        Number::Whole(s @ 1_000_000_000..) => i64::try_from(s).ok(),
        _ => None,
    }
}

enum Number {
    Negative,
    /// Rounded down; saturates.
    Whole(u64),
}

/// Reads a decimal number from its text, because a double cannot hold `1e400` and a text like `0x10` is no number.
///
/// `exponent`: whether `3.6e3` is allowed; it is in a JSON number, and not in a text.
fn lexical(text: &str, exponent: bool) -> Option<Number> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, power) = match digits.split_once(['e', 'E']) {
        Some((mantissa, power)) if exponent => (mantissa, power.parse::<i64>().unwrap_or(saturated(power))),
        Some(_) => return None,
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let decimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !decimal(whole) || !decimal(fraction) {
        return None;
    }
    let figures = format!("{whole}{fraction}");
    let figures = figures.as_str();
    if negative {
        return Some(if figures.bytes().all(|b| b == b'0') { Number::Whole(0) } else { Number::Negative });
    }
    Some(Number::Whole(shifted(figures, whole.len() as i64, power)))
}

/// The number whose figures these are, with the point after `point + power` of them, rounded down.
fn shifted(figures: &str, point: i64, power: i64) -> u64 {
    let significant = figures.trim_start_matches('0');
    let digits = point.saturating_add(power).saturating_sub((figures.len() - significant.len()) as i64);
    match digits {
        _ if significant.is_empty() => 0,
        ..=0 => 0,
        // u64 holds every number of 19 digits.
        20.. => u64::MAX,
        digits => {
            let digits = digits as usize;
            let known = &significant[..digits.min(significant.len())];
            format!("{known:0<digits$}").parse().unwrap_or(u64::MAX)
        }
    }
}

/// An exponent too long for a number: as far from zero as its sign says.
fn saturated(power: &str) -> i64 {
    if power.starts_with('-') { i64::MIN } else { i64::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrators_default_stands_in_for_unknown_only() {
        assert_eq!(Lifetime::Unknown.or(Some(3600)), Lifetime::Known(3600));
        assert_eq!(Lifetime::Known(60).or(Some(3600)), Lifetime::Known(60));
        assert_eq!(Lifetime::Unknown.or(None), Lifetime::Unknown);
        assert_eq!(Lifetime::Unknown.or(Some(0)), Lifetime::Unknown);
        assert_eq!(Lifetime::Unknown.or(Some(u64::MAX)), Lifetime::Known(LONGEST_S));
    }

    #[test]
    fn no_clock_overflows() {
        assert_eq!(Lifetime::Known(LONGEST_S).expires_at_unix_s(i64::MAX), Some(i64::MAX));
        assert_eq!(absolute(&Member::Number("99999999999"), i64::MIN), None);
    }
}
