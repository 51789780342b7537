//! Proof that nothing is lost: processes are broken at every step of a renewal, and fresh ones show what is left.
//!
//! Linux only: stopped processes are found in `/proc`.

mod case;
mod disk;
mod http;
mod invariants;
mod kills;
mod matrix;
mod model;
mod power;
mod provider;
mod random;
mod report;
mod trial;
mod worker;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};

use crate::provider::Provider;
use crate::random::Random;
use crate::report::Report;

const USAGE: &str =
    "usage: tokcore-crash sample [SEED] | all [SEED] | case CASE | cell ID | power SEED | kills SEED | list";

/// How much of everything; of the model always all.
struct Size {
    cases: usize,
    power_cuts: usize,
    kills: usize,
}

/// What `make test` runs.
const SAMPLE: Size = Size { cases: 200, power_cuts: 12, kills: 300 };
/// What `make crash` runs.
const ALL: Size = Size { cases: usize::MAX, power_cuts: 500, kills: 10_000 };

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("tokcore-crash: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Shape: whether everything held.
fn run(arguments: &[&str]) -> Result<bool> {
    match arguments {
        ["work", orders] => worker::work(orders).map(|()| true),
        ["rewrite", orders] => worker::rewrite(orders).map(|()| true),
        ["sample", seed @ ..] => suite(seed_of(seed)?, &SAMPLE),
        ["all", seed @ ..] => suite(seed_of(seed)?, &ALL),
        ["case", text] => {
            let (case, provider) = (text.parse()?, Provider::start()?);
            matrix::run(&case, &provider).map(|()| true)
        }
        ["cell", id] => {
            let cell = model::cells()?.into_iter().find(|cell| cell.id == *id).context("no such cell")?;
            model::run(&cell, &Provider::start()?).map(|()| true)
        }
        ["kills", seed] => kills::run(number(seed)?, &Provider::start()?).map(|rewrites| rewrites > 0),
        ["power", seed] => power::run(number(seed)?, &Provider::start()?).map(|()| true),
        ["list"] => {
            case::all()?.iter().for_each(|case| println!("{case}"));
            Ok(true)
        }
        _ => bail!(USAGE),
    }
}

fn suite(seed: u64, size: &Size) -> Result<bool> {
    println!("seed {seed:#018x}");
    let provider = Provider::start()?;
    let mut random = Random::new(seed);
    let mut report = Report::default();

    let cells = model::cells()?;
    let flagged = cells.iter().filter(|cell| cell.outcome == model::Outcome::Flagged).count();
    ensure!((cells.len(), flagged) == (32, 6), "the model has {} cells, {flagged} of them flagged", cells.len());
    report.run("crash model", cells, |cell| (format!("cell {}", cell.id), model::run(cell, &provider)));

    let cases = random.sample(case::all()?, size.cases);
    report.run("matrix", cases, |case| (format!("case '{case}'"), matrix::run(case, &provider)));

    let mut seeds = |count: usize| (0..count).map(|_| random.next()).collect::<Vec<u64>>();
    let cuts = seeds(size.power_cuts);
    report.run("power cuts", cuts, |seed| (format!("power {seed:#018x}"), power::run(*seed, &provider)));
    let kills = seeds(size.kills.div_ceil(kills::OF_ONE_STORE));
    report.run("kill -9", kills, |seed| (format!("kills {seed:#018x}"), kill(*seed, &provider)));
    Ok(report.end())
}

fn kill(seed: u64, provider: &Arc<Provider>) -> Result<()> {
    kills::run(seed, provider).map(drop)
}

fn seed_of(arguments: &[&str]) -> Result<u64> {
    match arguments {
        [] => Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64),
        [seed] => number(seed),
        _ => bail!(USAGE),
    }
}

/// Decimal, or hexadecimal after `0x`.
fn number(text: &str) -> Result<u64> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.with_context(|| format!("{text} is no seed"))
}
