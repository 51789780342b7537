//! The refreshes under way, what they have learnt, and the bell that wakes the planning of the next. How one is done is
//! the business of [`crate::refresh`].

use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::health::Health;
use super::single_flight::{Flights, Waiting};
use crate::store::TokenKey;

/// The state of all refreshes.
#[derive(Default)]
pub struct Refreshes {
    flights: Flights<TokenKey, Outcome>,
    /// Integrations whose provider refuses the client or the request.
    pub health: Health,
    changed: Notify,
}

/// What came of an attempt. Memory and database agree with it already.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The row is as good as it gets: refreshed, ended, or changed by somebody else. Look at it again.
    Settled,
    /// No token this time.
    Failed {
        /// No attempt before this has passed.
        pause: Duration,
    },
    /// The database failed; nothing was sent, or what came back was lost.
    StoreFailed,
}

impl Refreshes {
    /// Joins the refresh of this row, or begins it with `exchange`. Must be called inside the runtime.
    pub fn join<F>(&self, key: TokenKey, exchange: impl FnOnce() -> F) -> Waiting<Outcome>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        self.flights.join(key, exchange)
    }

    /// Waits until none is under way, but not longer than one may take: a broker that stops in the middle of one could
    /// lose the token that the provider is just handing out.
    pub async fn settle(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while !self.flights.is_idle() && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A token or the configuration changed: what is due when may have changed, too.
    pub fn replan(&self) {
        self.changed.notify_one();
    }

    /// Returns when something changed since the last time.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}
