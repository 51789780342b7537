//! Refreshing before anybody asks, and the daily sweep of what is over.
//!
//! Sleeps until something is due, never for less than half a minute, and not at all while nothing is: an idle broker
//! does not wake the machine. Source: specs/workbench.md §4.6, §4.8.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::policy::due_at_ms;
use crate::app::App;
use crate::config::BackgroundRefresh;
use crate::current::Target;
use crate::hot::HotToken;

/// Shortest time between two sweeps.
const PAUSE: Duration = Duration::from_secs(30);
/// Looking through all rows again after every single refresh would be work for nothing.
const PLANNING_PAUSE: Duration = Duration::from_secs(1);
/// A sleep is cut here, because the timer does not count the time for which the machine was suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A row that nobody asked for in this long is left to expire. Units: milliseconds.
const ACTIVE_MS: i64 = 7 * 24 * 3600 * 1000;
/// Refreshes that the sweep has under way together.
const TOGETHER: usize = 8;

/// Runs until the task is dropped.
pub async fn run(app: Arc<App>) {
    let mut earliest = Instant::now();
    let mut next_reaping = Instant::now() + DAY;
    loop {
        let wake = next_wake(&app).await.map(|sleep| (Instant::now() + sleep).max(earliest)).unwrap_or(next_reaping);
        tokio::select! {
            () = sleep_until(wake.min(next_reaping)) => {}
            () = app.refreshes.changed() => {
                // Several changes in a row make one plan.
                sleep(PLANNING_PAUSE).await;
                continue;
            }
        }
        if Instant::now() >= next_reaping {
            next_reaping = Instant::now() + DAY;
            reap(&app).await;
        }
        sweep(&app).await;
        earliest = Instant::now() + PAUSE;
    }
}

/// How long until the first row is due; `None` when none ever is.
async fn next_wake(app: &App) -> Option<Duration> {
    let now_ms = app.now_ms();
    let first = candidates(app).await.into_iter().map(|(_, _, due_ms)| due_ms).min()?;
    Some(Duration::from_millis(u64::try_from(first - now_ms).unwrap_or(0)).min(LONGEST_SLEEP))
}

/// Refreshes what is due.
pub async fn sweep(app: &Arc<App>) {
    let now_ms = app.now_ms();
    let mut due = candidates(app).await;
    due.retain(|(_, _, due_ms)| *due_ms <= now_ms);
    for together in due.chunks(TOGETHER) {
        let waiting: Vec<_> = together.iter().map(|(target, token, _)| super::begin(app, target, token)).collect();
        for waiting in waiting {
            waiting.outcome().await;
        }
    }
}

/// The rows that the sweep keeps fresh, and when each is due.
async fn candidates(app: &App) -> Vec<(Target, Arc<HotToken>, i64)> {
    if !app.settings.background_refresh {
        return Vec::new();
    }
    let current = app.current();
    let now_ms = app.now_ms();
    let mut found = Vec::new();
    for token in app.ledger.hot().all_tokens() {
        let Some(target) = current.target(token.row.key.guid).cloned() else { continue };
        let options = &target.provider.options;
        let used_ms = token.last_used_at().unwrap_or(token.row.created_at).saturating_mul(1000);
        let wanted = match options.background_refresh {
            BackgroundRefresh::Off => false,
            BackgroundRefresh::All => true,
            BackgroundRefresh::Active => now_ms - used_ms < ACTIVE_MS,
        };
        // A row that belongs to other endpoints is ended when somebody asks for it, not behind their back.
        if !wanted || token.row.config_fp != target.provider.fingerprint {
            continue;
        }
        // Kept for the day on which its person is let in again, but not fresh.
        if !app.access.allows(&token.row.key.principal, &target.provider.options).await {
            continue;
        }
        if let Some(due_ms) = due_at_ms(&token.row, super::margin_s(&target), options.keepalive) {
            found.push((target, token, due_ms));
        }
    }
    found
}

async fn reap(app: &App) {
    match app.ledger.reap(&app.current().known_guids(), app.now_s()).await {
        Ok(reaped) => {
            tracing::info!(tokens = reaped.tokens, flows = reaped.flows, sessions = reaped.sessions, "reaped")
        }
        Err(error) => tracing::warn!(%error, "the daily sweep failed"),
    }
}
