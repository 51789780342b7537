//! How far a server's clock is from ours, learned from the `Date` of its answers.
//!
//! Used for the instants that we state ourselves (`iat`, `exp` of assertions and proofs) and for absolute ones that the
//! server states; never for a relative `expires_in`.

use std::collections::HashMap;

use jiff::fmt::rfc2822::DateTimeParser;

/// Below this, servers' own tolerance does. Units: seconds.
const NOTABLE_S: i64 = 30;
/// A refused assertion is signed again only when the clocks explain the refusal: when they are further apart than this,
/// unless the provider's profile says how far. Units: seconds.
pub const EXPLAINS_REFUSAL_S: u32 = 60;
/// As many servers as one process talks to; more would be made up by one of them.
const ORIGINS: usize = 256;

/// The instant that a `Date` header states. Units: seconds since 1970-01-01 UTC. `None` when it states none.
pub fn parse_date(header: &str) -> Option<i64> {
    DateTimeParser::new().parse_timestamp(header).ok().map(|timestamp| timestamp.as_second())
}

/// What one answer says about its server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The `Date` of the answer ([`parse_date`]).
    pub date_unix_s: i64,
    /// Our clock before the request.
    pub sent_at_unix_s: i64,
    /// Our clock after the answer.
    pub received_at_unix_s: i64,
}

impl Reading {
    /// How far the server is ahead, taking its clock to have been read half-way. Units: seconds.
    pub fn ahead_s(self) -> i64 {
        let midpoint = self.sent_at_unix_s.midpoint(self.received_at_unix_s);
        self.date_unix_s.saturating_sub(midpoint)
    }

    /// Whether a refused assertion should be signed once more, with the time of a server that forgives so much. Units:
    /// seconds.
    pub fn justifies_signing_again(self, tolerance_s: u32) -> bool {
        self.ahead_s().unsigned_abs() > u64::from(tolerance_s)
    }
}

/// The offset of each server.
#[derive(Clone, Debug, Default)]
pub struct ClockOffsets {
    origins: HashMap<String, Learned>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Learned {
    last_s: i64,
    accepted_s: i64,
}

impl ClockOffsets {
    /// Takes one answer into account. An offset counts once two consecutive answers agree on it: a single cached answer,
    /// or a clock that was just set, must not move our times.
    pub fn observe(&mut self, origin: &str, reading: Reading) {
        let ahead_s = reading.ahead_s();
        let learned = self.entry(origin);
        let notable = |offset_s: i64| offset_s.unsigned_abs() > NOTABLE_S.unsigned_abs();
        if !notable(ahead_s) {
            learned.accepted_s = 0;
        } else if notable(learned.last_s) && !notable(ahead_s.saturating_sub(learned.last_s)) {
            learned.accepted_s = ahead_s;
        }
        learned.last_s = ahead_s;
    }

    /// Accepts an offset at once, because an assertion that was signed again with it has been taken.
    pub fn accept(&mut self, origin: &str, reading: Reading) {
        let ahead_s = reading.ahead_s();
        *self.entry(origin) = Learned { last_s: ahead_s, accepted_s: ahead_s };
    }

    /// How far the server is ahead of us; zero until it is known. Units: seconds.
    pub fn offset_s(&self, origin: &str) -> i64 {
        self.origins.get(origin).map_or(0, |learned| learned.accepted_s)
    }

    /// How far the server was ahead of us at its last answer, believed or not. Units: seconds.
    pub fn last_ahead_s(&self, origin: &str) -> Option<i64> {
        self.origins.get(origin).map(|learned| learned.last_s)
    }

    fn entry(&mut self, origin: &str) -> &mut Learned {
        if self.origins.len() >= ORIGINS && !self.origins.contains_key(origin) {
            // Forgetting costs one refused assertion at worst.
            self.origins.clear();
        }
        self.origins.entry(origin.to_owned()).or_default()
    }
}
