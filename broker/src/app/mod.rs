//! What every part of a running broker shares.

mod access;
mod addresses;
mod health;
mod refreshes;
mod single_flight;
mod throttles;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

pub use access::Access;
pub use addresses::Addresses;
pub use health::Health;
pub use refreshes::{Outcome, Refreshes};
pub use single_flight::Waiting;
pub use throttles::Throttles;

use crate::config::{self, Rejected};
use crate::current::{Current, Target};
use crate::journal::{Event, Journal};
use crate::ledger::Ledger;
use crate::settings::Settings;
use crate::store::{Store, TokenKey};

/// The state of one broker.
pub struct App {
    /// As started.
    pub settings: Settings,
    /// How others reach this broker.
    pub addresses: Addresses,
    /// Sign-ins and sessions.
    pub ledger: Ledger,
    /// What is written down in passing.
    pub journal: Journal,
    /// Refreshes under way, and when to plan the next.
    pub refreshes: Refreshes,
    /// Who may use what.
    pub access: Access,
    /// Who asks too often.
    pub throttles: Throttles,
    /// When this broker started.
    pub started: Instant,
    current: RwLock<Arc<Current>>,
}

impl App {
    /// Opens everything but the listeners.
    pub async fn open(settings: Settings, addresses: Addresses, store: Store) -> Result<Arc<Self>, crate::Error> {
        let configuration = config::load(&settings.config)?;
        let now = settings.context.clock.now_unix_ms().div_euclid(1000);
        let ledger = Ledger::open(store.clone(), &settings.limits, now).await?;
        let app = Arc::new(Self {
            throttles: Throttles::new(&settings.limits),
            journal: Journal::start(store),
            refreshes: Refreshes::default(),
            access: Access::default(),
            started: Instant::now(),
            current: RwLock::new(Arc::new(Current::new(configuration))),
            settings,
            addresses,
            ledger,
        });
        app.report_configuration();
        Ok(app)
    }

    /// Units: milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.settings.context.clock.now_unix_ms()
    }

    /// Units: seconds since the epoch.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// The configuration in use. Whoever holds it keeps it across a reload.
    pub fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the configuration again and swaps it in whole; on an error the old one stays. Effects: `[disk]`.
    pub fn reload(&self) -> Result<Arc<Current>, Rejected> {
        match config::load(&self.settings.config) {
            Ok(configuration) => {
                let current = Arc::new(Current::new(configuration));
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = current.clone();
                self.refreshes.health.forget();
                self.access.forget();
                self.refreshes.replan();
                self.report_configuration();
                Ok(current)
            }
            Err(rejected) => {
                tracing::error!("configuration rejected, the previous one stays: {rejected}");
                self.journal.audit(Event::of("config_rejected", self.now_s()));
                Err(rejected)
            }
        }
    }

    fn report_configuration(&self) {
        let current = self.current();
        for diagnostic in &current.configuration().diagnostics {
            tracing::warn!(target: "config", "{diagnostic}");
        }
        let (all, usable) = (current.integrations().len(), current.usable());
        let event = Event::of("config_loaded", self.now_s());
        self.journal.audit(event.result(&format!("{usable} of {all} integrations usable")));
    }

    /// Records an event about one sign-in.
    pub fn audit_token(&self, event: &str, target: &Target, key: &TokenKey, reason: &str) {
        let event = Event::of(event, self.now_s()).principal(&key.principal);
        self.journal.audit(event.integration(target.guid, &target.name).reason(reason));
    }
}
