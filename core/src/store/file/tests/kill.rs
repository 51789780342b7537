//! `kill -9` at any moment of a write leaves a record that opens. Source: specs/reliability.md §0 (M2), §5.4.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::world::{World, address, record, token, write};
use crate::store::shelf::Shelf;

/// Set in the process that is killed: the user's home.
const HOME: &str = "TOKCORE_TEST_KILL_HOME";
/// How many processes are killed; the long run sets it to 10 000.
const KILLS: &str = "TOKCORE_TEST_KILLS";
const SHORT: u32 = 300;
/// Several at once: a process is started, writes, and is killed in about 10 ms.
const THREADS: u32 = 4;

#[test]
fn a_killed_writer_leaves_a_record_that_opens() {
    if let Ok(home) = std::env::var(HOME) {
        return write_until_killed(&home);
    }
    let kills = std::env::var(KILLS).ok().and_then(|text| text.parse().ok()).unwrap_or(SHORT);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || kill_writers(kills / THREADS, u64::from(thread) + 1));
        }
    });
}

fn kill_writers(kills: u32, seed: u64) {
    let world = World::new();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut last = 0;
    for number in 0..kills {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        kill_one(&world.home, Duration::from_micros(state % 8000));
        let found = world.store().read(&address(1)).expect("readable").expect("a record");
        assert!(found.facts.generation >= last, "kill {number}: back from {last} to {}", found.facts.generation);
        assert_eq!(token(&found), format!("token of {}", found.facts.generation), "kill {number}");
        last = found.facts.generation;
    }
    assert!(last > 0 && world.quarantined() == 0);
}

/// Starts a writer and kills it `later` than its first write.
fn kill_one(home: &Path, later: Duration) {
    let test = "store::file::tests::kill::a_killed_writer_leaves_a_record_that_opens";
    let mut writer = Command::new(std::env::current_exe().expect("this test"))
        .args([test, "--exact", "--nocapture"])
        .env(HOME, home)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let output = BufReader::new(writer.stdout.take().expect("a pipe"));
    let wrote = output.lines().map_while(Result::ok).any(|line| line.ends_with("wrote"));
    std::thread::sleep(later);
    writer.kill().expect("killed");
    writer.wait().expect("gone");
    assert!(wrote, "the writer did not come to its first write");
}

fn write_until_killed(home: &str) {
    let world = World::at(home.into());
    let store = world.store();
    let known = store.read(&address(1)).expect("readable").map_or(0, |found| found.facts.generation);
    for generation in known + 1.. {
        write(&store, 1, &record(generation, &format!("token of {generation}"))).expect("written");
        if generation == known + 1 {
            println!("wrote");
        }
    }
}
