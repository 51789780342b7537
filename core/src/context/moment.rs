//! A moment on two clocks: the one that people, servers and virtual machines set, and the one that nobody sets.

use serde::{Deserialize, Serialize};

/// A moment since this machine was started; comparable only with moments of the same start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootTime {
    /// Which start. Shape: what the system calls it, hashed.
    pub boot: u64,
    /// Units: milliseconds since then.
    pub ms: i64,
}

/// What both clocks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock. Units: milliseconds since 1970-01-01 UTC.
    pub unix_ms: i64,
    /// The other one, where there is one.
    pub boot: Option<BootTime>,
}

/// No exchange lasts longer. Units: milliseconds.
const LONGEST_EXCHANGE_MS: i64 = 60_000;

impl Moment {
    /// How long ago `earlier` was: what the clock says that nobody sets, and after a restart the wall clock. Negative when
    /// the wall clock was set back. Units: milliseconds.
    pub(crate) fn ms_since(&self, earlier: &Moment) -> i64 {
        match earlier.boot.and_then(|boot| self.boot_ms_since(&boot)) {
            Some(passed) => passed,
            None => self.unix_ms.saturating_sub(earlier.unix_ms),
        }
    }

    /// How long ago `earlier` was, in the same start of the machine. Units: milliseconds.
    pub(crate) fn boot_ms_since(&self, earlier: &BootTime) -> Option<i64> {
        self.boot.filter(|now| now.boot == earlier.boot).map(|now| now.ms.saturating_sub(earlier.ms))
    }

    /// What the other clock showed when the wall clock showed `unix_s`, a moment ago: a clock that was set in between
    /// makes it wrong by no more than an exchange lasts.
    pub(crate) fn boot_at(&self, unix_s: i64) -> Option<BootTime> {
        let ago_ms = self.unix_ms.saturating_sub(unix_s.saturating_mul(1000)).clamp(0, LONGEST_EXCHANGE_MS);
        self.boot.map(|now| BootTime { ms: now.ms.saturating_sub(ago_ms), ..now })
    }
}
