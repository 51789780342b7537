//! Runs the client's vectors through the public API of the core, with a fake environment, real files, and the real
//! transport against the replay server.

mod check;
mod journal;
mod world;

use std::time::Duration;

use tokcore::{Client, ClientOptions, Kind};
use tokcore_replay_server::vectors::{self, Case};
use tokcore_replay_server::{Handle, start};

use world::{Given, World};

fn cases(file: &str) -> Vec<Case> {
    vectors::load("client").expect("vectors").into_iter().filter(|case| case.file == file).collect()
}

/// Runs every case of a file and reports all failures, not only the first.
fn run(file: &str) {
    let server = start().expect("replay server");
    let cases = cases(file);
    assert!(!cases.is_empty(), "no cases in {file}.json");
    let failures: Vec<String> = cases.iter().filter_map(|case| play(&server, case).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn play(server: &Handle, case: &Case) -> Result<(), String> {
    let world = World::new(server, case);
    let client = Client::with_context(world.context(), world.options());
    let journal = journal::Journal::default();
    let outcomes = journal.record(|| world::call(&client, case));
    if outcomes.iter().any(|outcome| matches!(outcome.result, Ok(Given::NotExpressible))) {
        return Ok(());
    }
    let seen = server.requests(&case.id);
    outcomes
        .iter()
        .try_for_each(|outcome| check::outcome(&case.expect, outcome))
        .and_then(|()| check::requests(&case.expect, &seen))
        .and_then(|()| check::nothing_leaks(&case.secrets, &outcomes, &journal.text(), &client))
        .map_err(|failure| format!("  {} ({}): {failure}", case.id, case.why))
}

macro_rules! files {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })+

        const FILES: &[&str] = &[$(stringify!($name)),+];
    };
}

files! { addresses azure calls connect cookies detection identity integrations replies responses versions }

#[test]
fn no_file_is_forgotten() {
    for case in vectors::load("client").expect("vectors") {
        assert!(FILES.contains(&case.file.as_str()), "{}.json is not run", case.file);
    }
}

#[test]
fn every_kind_of_the_vectors_exists() {
    for case in vectors::load("client").expect("vectors") {
        if let Some(error) = case.expect.error {
            assert!(Kind::ALL.iter().any(|kind| kind.name() == error.kind), "{}: {}", case.id, error.kind);
        }
    }
}

/// V69 is played with a short limit; this is the one that users get.
#[test]
fn the_default_limits_are_5_and_30_seconds() {
    let options = ClientOptions::default();
    assert_eq!((options.connect_timeout, options.timeout), (Duration::from_secs(5), Duration::from_secs(30)));
}
