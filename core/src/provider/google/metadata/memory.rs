//! What this process has learned about the metadata server. A forked child learns anew.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::fork::PerProcess;
use crate::lock::lock;

/// A laptop may join Google's network, though seldom; nobody waits for it again and again.
const ABSENCE_COUNTS: Duration = Duration::from_secs(60);
/// A container's metadata server may start after the container, and refuses what it does not know yet.
const START: Duration = Duration::from_secs(30);

/// What this process has learned about the metadata server.
pub(crate) struct Memory(PerProcess<Facts>);

struct Facts {
    since: Instant,
    seen: Mutex<Option<Seen>>,
}

/// What came of a look at the network.
#[derive(Clone)]
struct Seen {
    /// Where was looked, so that another place is looked at anew.
    place: String,
    /// Why it counts as absent. Shape: `None` where it was there.
    absent: Option<String>,
    at: Instant,
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self(PerProcess::new())
    }

    /// What is known of `place`: that a server is there, or why none is; `None` when nobody has looked lately.
    pub(super) fn of(&self, place: &str) -> Option<Result<(), String>> {
        let seen = lock(&self.facts().seen).clone()?;
        let counts = seen.absent.is_none() || seen.at.elapsed() < ABSENCE_COUNTS;
        (seen.place == place && counts).then(|| seen.absent.map_or(Ok(()), Err))
    }

    /// Keeps what came of a look.
    pub(super) fn learn(&self, place: &str, absent: Option<&str>) {
        let seen = Seen { place: place.to_owned(), absent: absent.map(str::to_owned), at: Instant::now() };
        *lock(&self.facts().seen) = Some(seen);
    }

    /// Whether the server may still be starting, as far as this process can tell.
    pub(super) fn may_be_starting(&self) -> bool {
        self.facts().since.elapsed() < START
    }

    fn facts(&self) -> std::sync::Arc<Facts> {
        self.0.get_or_init(|| Facts { since: Instant::now(), seen: Mutex::default() })
    }
}
