//! The 32 cells of the crash model against the real thing. Source: specs/reliability.md §0 (M14).

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::matrix::{EXPIRED_S, STALE_S, URGENT_S, number_of, says_what_was_lost};
use crate::provider::{Policy, Provider, Verdict};
use crate::trial::Trial;

const MODEL: &str = include_str!("../../vectors/store/crash_model.json");
const COMMIT: Duration = Duration::from_secs(30);

#[derive(Clone, Deserialize)]
pub struct Cell {
    pub id: String,
    policy: String,
    /// The failpoint; `None`: while the server holds its answer back.
    crash: Option<String>,
    restart_after_s: i64,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Recovered,
    Flagged,
}

pub fn cells() -> Result<Vec<Cell>> {
    #[derive(Deserialize)]
    struct Table {
        cases: Vec<Cell>,
    }
    Ok(serde_json::from_str::<Table>(MODEL).context("crash_model.json")?.cases)
}

/// Plays one cell. Errors: what came out is not what the table says, or nobody was told.
pub fn run(cell: &Cell, provider: &Arc<Provider>) -> Result<()> {
    let policy = Policy::from_name(&cell.policy).context("a policy")?;
    let trial = Trial::kept(provider, policy)?;
    crash(cell, &trial)?;
    let outcome = what_is_left(cell, &trial)?;
    ensure!(outcome == cell.outcome, "{outcome:?}, and not {:?}", cell.outcome);
    Ok(())
}

fn crash(cell: &Cell, trial: &Trial) -> Result<()> {
    let failpoint = cell.crash.as_ref().map(|point| format!("{point}=kill9"));
    trial.provider.set_mute(&trial.case, cell.crash.is_none());
    let mut process = trial.start(&trial.orders(STALE_S), failpoint.as_deref())?;
    if cell.crash.is_none() {
        let begun = Instant::now();
        while trial.provider.seen(&trial.case).is_empty() {
            ensure!(begun.elapsed() < COMMIT, "the request did not come");
            thread::sleep(Duration::from_millis(1));
        }
        process.kill()?;
    }
    let ended = process.end()?;
    trial.provider.set_mute(&trial.case, false);
    ensure!(ended.was_killed(), "the process lived on: {}", ended.output);
    Ok(())
}

fn what_is_left(cell: &Cell, trial: &Trial) -> Result<Outcome> {
    let seen = trial.provider.seen(&trial.case).len();
    let next = number_of(&trial.ask(STALE_S + cell.restart_after_s)?).context("a token that is good was not served")?;
    ensure!(trial.provider.is_alive(&trial.case), "the token that is good was put at risk");
    if next > 0 {
        let later = trial.ask(EXPIRED_S)?;
        number_of(&later).context("recovered, and yet")?;
        let refused = trial.provider.seen(&trial.case).contains(&Verdict::Refused);
        return if refused { bail!("a refresh token was refused") } else { Ok(Outcome::Recovered) };
    }
    ensure!(trial.provider.seen(&trial.case).len() == seen, "the old refresh token was shown while the token was good");
    number_of(&trial.ask(URGENT_S)?).context("a token that is good was not served")?;
    says_what_was_lost(&trial.ask(EXPIRED_S)?)?;
    let shown = trial.provider.seen(&trial.case).len() - seen;
    ensure!(shown == 1, "the old refresh token was shown {shown} times");
    Ok(Outcome::Flagged)
}
