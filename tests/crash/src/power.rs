//! Power cuts: what one renewal did to the disk is replayed up to any step, and of what was not synced by then any part
//! may be there. Source: specs/reliability.md §3.5, power-loss model.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};

use crate::disk::{Disk, Files, Step};
use crate::matrix::{EXPIRED_S, STALE_S, number_of, says_what_was_lost};
use crate::provider::{Policy, Provider};
use crate::random::Random;
use crate::trial::{Running, Trial};
use crate::worker;

/// So many disks are made of each prefix.
const DISKS: usize = 8;
const RESTART_S: i64 = 20;

/// Cuts the power at every step of one renewal, and lets processes go on after one of the cuts, which `seed` draws.
pub fn run(seed: u64, provider: &Arc<Provider>) -> Result<()> {
    let mut random = Random::new(seed);
    let trial = Trial::kept(provider, Policy::Strict)?;
    let before = files(&trial.orders(0).folder)?;
    let steps = record(&trial)?;
    for cut in 0..=steps.len() {
        for _ in 0..DISKS {
            let left = Disk::with(&before).after(&steps[..cut])?.cut(&mut random);
            let disk = materialised(&left)?;
            readable(&trial, disk.path()).with_context(|| format!("after step {cut} of {}", steps.len()))?;
        }
    }
    let cut = random.below(steps.len() as u64 + 1) as usize;
    let left = Disk::with(&before).after(&steps[..cut])?.cut(&mut random);
    let renewed = carried_out(&steps, cut, &mut random)?;
    go_on(&trial, &left, renewed).with_context(|| format!("after step {cut} of {}", steps.len()))
}

/// What a renewal does to the disk.
fn record(trial: &Trial) -> Result<Vec<Step>> {
    let tape = trial.store().join("tape");
    let orders = trial.orders(STALE_S);
    trial.provider.set_ahead(&trial.case, STALE_S);
    let switch = tape.to_str().map(|tape| ("TOKCORE_FP_TAPE", tape));
    number_of(&Running::start("work", &orders, trial.store(), &switch)?.end()?)?;
    let steps: Result<Vec<Step>> =
        fs::read_to_string(tape)?.lines().map(|line| Step::read(line, &orders.folder)).collect();
    let steps = steps?;
    ensure!(steps.iter().any(Step::is_answer) && steps.iter().any(Step::is_sending), "the tape has gaps");
    Ok(steps)
}

/// I1: generation G or G+1, and nothing that does not open.
fn readable(trial: &Trial, folder: &Path) -> Result<()> {
    let mut orders = trial.orders(0);
    orders.folder = folder.to_owned();
    let kept = worker::kept(&orders)?;
    let [(generation, state, why)] = kept.as_slice() else { bail!("I1: the store has {} records", kept.len()) };
    ensure!(state != "unreadable" && *generation <= 1, "I1: generation {generation}, {state}: {why}");
    Ok(())
}

/// Whether the server has carried out the request by then; between its leaving and the answer nobody knows.
fn carried_out(steps: &[Step], cut: usize, random: &mut Random) -> Result<bool> {
    let sending = steps.iter().position(Step::is_sending).context("it was sent")?;
    let answer = steps.iter().position(Step::is_answer).context("it was answered")?;
    Ok(cut >= answer || cut > sending && random.below(2) == 1)
}

/// After the restart the token is served while it is good, and then there is another one, or the reason why not.
fn go_on(trial: &Trial, left: &Files, renewed: bool) -> Result<()> {
    let disk = materialised(left)?;
    trial.provider.rewind(&trial.case, Policy::Strict, renewed);
    let ask = |ahead_s| {
        let mut orders = trial.orders(ahead_s);
        (orders.folder, orders.rebooted) = (disk.path().to_owned(), true);
        trial.start(&orders, None)?.end()
    };
    number_of(&ask(STALE_S + RESTART_S)?).context("a token that is good was not served")?;
    ensure!(trial.provider.is_alive(&trial.case), "the token that is good was put at risk");
    let last = ask(EXPIRED_S)?;
    match number_of(&last) {
        Ok(_) => ensure!(trial.provider.is_alive(&trial.case), "a token of a grant that is over"),
        Err(_) if renewed => says_what_was_lost(&last)?,
        Err(why) => return Err(why.context("nothing was lost, and yet")),
    }
    Ok(())
}

fn materialised(left: &Files) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
    for (name, bytes) in left {
        let path = folder.path().join(name);
        let parent = path.parent().unwrap_or(folder.path());
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(folder)
}

/// All files below `folder`, by their path in it.
fn files(folder: &Path) -> Result<Files> {
    let (mut found, mut folders) = (Files::new(), vec![PathBuf::new()]);
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let name = below.join(entry.file_name());
            match entry.file_type()?.is_dir() {
                true => folders.push(name),
                false => drop(found.insert(name, fs::read(entry.path())?)),
            }
        }
    }
    Ok(found)
}
