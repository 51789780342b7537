//! `kill -9` at random moments while a record is rewritten: what is left can be read. Source: specs/reliability.md §0 (M2).

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::invariants as holds;
use crate::provider::{Policy, Provider};
use crate::random::Random;
use crate::trial::{Running, Trial};

/// A rewrite takes about half of it.
const LONGEST_US: u64 = 30_000;
/// So many processes work on one store, one after the other.
pub const OF_ONE_STORE: usize = 25;

/// Kills `OF_ONE_STORE` processes at moments that `seed` draws. Gives how many rewrites were seen.
pub fn run(seed: u64, provider: &Arc<Provider>) -> Result<u64> {
    let mut random = Random::new(seed);
    let trial = Trial::kept(provider, Policy::Static)?;
    let mut orders = trial.orders(0);
    orders.adopt = Some(trial.grant.clone());
    let mut last = 0;
    for number in 0..OF_ONE_STORE {
        let mut process = Running::start("rewrite", &orders, trial.store(), &None)?;
        process.wait_for_word()?;
        std::thread::sleep(Duration::from_micros(random.below(LONGEST_US)));
        process.kill()?;
        let ended = process.end()?;
        ensure!(ended.was_killed(), "kill {number}: the process ended by itself: {}", ended.output);
        let kept = trial.kept_now()?;
        let [(generation, state, why)] = kept.as_slice() else {
            anyhow::bail!("kill {number}: {} records", kept.len())
        };
        ensure!(state != "unreadable", "kill {number}: unreadable: {why}");
        ensure!(*generation > last, "kill {number}: generation {generation} after {last}");
        last = *generation;
    }
    holds::no_secret_shows(&trial, &[])?;
    Ok(last)
}
