//! How often the metadata server is asked again, and after how long. Source: specs, metadata.

use std::time::Duration;

use super::host::{self, Occasion, ProbeOptions};
use super::memory::Memory;
use super::signs::Signs;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;

/// The pause before the second attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A cluster's server says that it is busy for a moment; whoever names a longer one is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often it is asked, and how long each attempt may take.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    pub(super) attempts: u32,
    pub(super) timeout: Duration,
}

impl Patience {
    /// With a server that `signs` speak for.
    ///
    /// Errors: `ConfigInvalid` for variables that hold no numbers.
    pub(super) fn of(signs: &Signs, context: &Context, options: &ProbeOptions) -> Result<Self, Error> {
        let (attempts, occasion) = match signs {
            _ if signs.is_certain() => (5, Occasion::Start),
            Signs::Cluster => (3, Occasion::Start),
            _ => (3, Occasion::Request),
        };
        Ok(Self { attempts, timeout: host::timeout(context, options, occasion)? })
    }

    /// The same for finding out whether it is there, which variables limit.
    pub(super) fn of_detection(signs: &Signs, context: &Context, options: &ProbeOptions) -> Result<Self, Error> {
        let patience = Self::of(signs, context, options)?;
        Ok(Self { attempts: host::attempts(context)?.unwrap_or(patience.attempts), ..patience })
    }

    /// The pause before another attempt, after `failed` attempts of which this is the last one's error. Shape: `None` when
    /// another one would end alike.
    pub(super) fn pause(&self, failed: u32, error: &Error, memory: &Memory, draw: f64) -> Option<Duration> {
        let passes = match error.http_status() {
            // A cluster's server knows the workload some seconds after it began.
            Some(403 | 404) => memory.may_be_starting(),
            _ => matches!(error.kind(), Kind::Transport | Kind::Timeout | Kind::Server | Kind::RateLimited),
        };
        if !passes || failed >= self.attempts {
            return None;
        }
        let own = FIRST_PAUSE * 2_u32.saturating_pow(failed.saturating_sub(1)).min(64);
        let told = error.retry_after_ms().map(Duration::from_millis);
        let pause = told.unwrap_or(own).max(own).mul_f64(0.9 + 0.2 * draw);
        (pause <= LONGEST_PAUSE).then_some(pause)
    }
}
