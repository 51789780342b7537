//! How much one session, address or user may ask for. Source: specs/workbench.md §4.17.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A steady rate and how far a burst may run ahead of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Units: requests per second.
    pub per_second: f64,
    /// Requests that may come at once.
    pub burst: f64,
}

impl Rate {
    /// So many per second, with this burst.
    pub const fn per_second(rate: f64, burst: f64) -> Self {
        Self { per_second: rate, burst }
    }

    /// So many per minute, all of which may come at once.
    pub const fn per_minute(rate: f64) -> Self {
        Self { per_second: rate / 60.0, burst: rate }
    }
}

/// All limits of the broker. The defaults are the specification's; a benchmark or a test may raise them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// RPC calls of one session.
    pub rpc: Rate,
    /// RPC calls of one session that may be under way together.
    pub concurrent_rpc: u32,
    /// Rejected cookies and wrong login codes from one address. Good requests from there are never refused.
    pub rejections: Rate,
    /// Sign-ins begun by one user.
    pub sign_ins: Rate,
    /// Refreshes of one sign-in forced by its user.
    pub forced_refreshes: Rate,
    /// Connections that may be open together, on all listeners.
    pub connections: usize,
    /// A request's head must have arrived within this time of its first byte; so must its body.
    pub header_timeout: Duration,
    /// A kept connection without a request is closed after this time.
    pub idle_timeout: Duration,
}

/// RPC calls per second of one session, unless told otherwise.
pub const RPC_PER_SECOND: u32 = 20;

impl Limits {
    /// The defaults, but for how often one session may call; three times as many may come at once.
    pub fn with_rpc_rate(per_second: u32) -> Self {
        let rate = f64::from(per_second);
        Self { rpc: Rate::per_second(rate, 3.0 * rate), ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rpc: Rate::per_second(RPC_PER_SECOND.into(), 3.0 * f64::from(RPC_PER_SECOND)),
            concurrent_rpc: 64,
            rejections: Rate::per_minute(10.0),
            sign_ins: Rate::per_minute(10.0),
            forced_refreshes: Rate::per_minute(1.0),
            connections: 4096,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
        }
    }
}

/// A token bucket: full at first, emptied by use, refilled by time.
#[derive(Debug)]
pub struct Bucket {
    level: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn full(rate: Rate, now: Instant) -> Self {
        Self { level: rate.burst, at: now }
    }

    /// Takes one, or says how long to wait for one.
    pub fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        self.refill(rate, now);
        if self.level >= 1.0 {
            self.level -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.level) / rate.per_second.max(f64::MIN_POSITIVE)).min(LONGEST_WAIT))
    }

    fn refill(&mut self, rate: Rate, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + elapsed * rate.per_second).min(rate.burst);
        self.at = now;
    }
}

/// What `Retry-After` says at most.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Keys with a bucket of their own. Past this many, strangers share one: memory stays bounded under attack.
const MAX_KEYS: usize = 10_000;

/// A bucket per key.
#[derive(Debug)]
pub struct Buckets<K> {
    rate: Rate,
    state: Mutex<(HashMap<K, Bucket>, Option<Bucket>)>,
}

impl<K: Hash + Eq> Buckets<K> {
    /// Every key gets this rate.
    pub fn new(rate: Rate) -> Self {
        Self { rate, state: Mutex::default() }
    }

    /// Takes one from the key's bucket, or says how long to wait.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let rate = self.rate;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (buckets, shared) = &mut *state;
        if buckets.len() >= MAX_KEYS && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| {
                bucket.refill(rate, now);
                bucket.level < rate.burst
            });
            if buckets.len() >= MAX_KEYS {
                return shared.get_or_insert_with(|| Bucket::full(rate, now)).take(rate, now);
            }
        }
        buckets.entry(key).or_insert_with(|| Bucket::full(rate, now)).take(rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let (rate, start) = (Rate::per_second(20.0, 60.0), Instant::now());
        let mut bucket = Bucket::full(rate, start);
        assert!((0..60).all(|_| bucket.take(rate, start).is_ok()));
        let wait = bucket.take(rate, start).unwrap_err();
        assert!(wait <= Duration::from_millis(51), "{wait:?}");
        assert!(bucket.take(rate, start + wait + Duration::from_millis(1)).is_ok());
        assert!(bucket.take(rate, start + Duration::from_millis(60)).is_err());
    }

    #[test]
    fn keys_do_not_share() {
        let (buckets, now) = (Buckets::new(Rate::per_minute(1.0)), Instant::now());
        assert!(buckets.take("a", now).is_ok() && buckets.take("a", now).is_err());
        assert!(buckets.take("b", now).is_ok());
        assert!(buckets.take("a", now + Duration::from_secs(61)).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_forgets_who_has_calmed_down() {
        let (buckets, now) = (Buckets::new(Rate::per_minute(2.0)), Instant::now());
        for key in 0..MAX_KEYS {
            buckets.take(key, now).unwrap();
        }
        assert!(buckets.take(MAX_KEYS, now).is_ok() && buckets.take(MAX_KEYS + 1, now).is_ok());
        assert!(buckets.take(MAX_KEYS + 2, now).is_err(), "strangers share one bucket");
        assert_eq!(buckets.state.lock().unwrap().0.len(), MAX_KEYS);
        buckets.take(MAX_KEYS, now + Duration::from_secs(120)).unwrap();
        assert_eq!(buckets.state.lock().unwrap().0.len(), 1);
    }
}
