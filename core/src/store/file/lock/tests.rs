//! Processes that contend, die, stand still and fork while they hold a lock. The test binary starts itself anew.

#![allow(clippy::disallowed_methods, reason = "other processes are what is tested")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::context::Context;

/// What the other process is to do, and where.
const ROLE: &str = "TOKCORE_TEST_LOCK_ROLE";
const PLACE: &str = "TOKCORE_TEST_LOCK_PLACE";
const ROUNDS: u32 = 200;

fn acquire(path: &Path, patience: Duration) -> Result<Lock, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(Lock::acquire(&*Context::os().rng, path, patience))
}

/// Another process in a role.
struct Other {
    process: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl Other {
    fn start(role: &str, place: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::file::lock::tests::the_other_process", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(PLACE, place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, input, output }
    }

    /// Reads what it says up to this word, between the lines of the test runner.
    fn says(&mut self, word: &str) {
        let mut line = String::new();
        while !line.trim_end().ends_with(word) {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended without `{word}`");
        }
    }

    fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Not a test of its own: what the other process does when a test below has started it.
#[test]
fn the_other_process() {
    let (Ok(role), Ok(place)) = (std::env::var(ROLE), std::env::var(PLACE)) else { return };
    let place = Path::new(&place);
    let wait = || std::io::stdin().read_line(&mut String::new()).unwrap();
    match role.as_str() {
        "contend" => {
            println!("ready");
            wait();
            contend(place);
        }
        "hold" => {
            let _lock = acquire(place, Duration::from_secs(5)).unwrap();
            println!("held");
            wait();
        }
        role => panic!("no such role: {role}"),
    }
}

/// Counts in a file, which only one at a time can do without losing a count.
fn contend(place: &Path) {
    let (counter, taken) = (place.with_extension("counter"), place.with_extension("taken"));
    for _ in 0..ROUNDS {
        let lock = acquire(place, Duration::from_secs(60)).unwrap();
        std::fs::File::create_new(&taken).expect("two had the lock at once");
        let count: u32 = std::fs::read_to_string(&counter).unwrap_or_default().parse().unwrap_or(0);
        std::fs::write(&counter, (count + 1).to_string()).unwrap();
        std::fs::remove_file(&taken).unwrap();
        drop(lock);
    }
}

#[test]
fn processes_never_overlap() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("a.lock");
    let mut others: Vec<Other> = (0..3).map(|_| Other::start("contend", &place)).collect();
    others.iter_mut().for_each(|other| other.says("ready"));
    others.iter_mut().for_each(Other::go_on);
    contend(&place);
    for other in &mut others {
        assert!(other.process.wait().unwrap().success());
    }
    let count = std::fs::read_to_string(place.with_extension("counter")).unwrap();
    assert_eq!(count, (4 * ROUNDS).to_string());
}

#[test]
fn the_lock_of_a_dead_process_is_free_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("a.lock");
    let mut other = Other::start("hold", &place);
    other.says("held");
    assert_eq!(acquire(&place, Duration::ZERO).unwrap_err().reason(), Some(Reason::BusyElsewhere));
    other.signal(Signal::KILL);
    let began = Instant::now();
    acquire(&place, Duration::from_secs(5)).unwrap();
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
}

#[test]
fn a_process_that_stands_still_is_not_robbed() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("a.lock");
    let mut other = Other::start("hold", &place);
    other.says("held");
    other.signal(Signal::STOP);
    let late = acquire(&place, Duration::from_millis(300)).unwrap_err();
    assert_eq!(late.reason(), Some(Reason::BusyElsewhere));
    other.signal(Signal::CONT);
    other.go_on();
    acquire(&place, Duration::from_secs(5)).unwrap();
}

#[test]
fn a_removed_file_is_noticed_and_a_link_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (place, link) = (dir.path().join("a.lock"), dir.path().join("b.lock"));
    let first = acquire(&place, Duration::ZERO).unwrap();
    assert_eq!(place.metadata().unwrap().mode() & 0o7777, 0o600);
    let file = first.file.get().unwrap();
    assert!(is_at(file, &place));
    std::fs::remove_file(&place).unwrap();
    assert!(!is_at(file, &place));
    let second = acquire(&place, Duration::ZERO).unwrap();
    assert!(is_at(second.file.get().unwrap(), &place));
    std::os::unix::fs::symlink(&place, &link).unwrap();
    assert_eq!(acquire(&link, Duration::ZERO).unwrap_err().reason(), Some(Reason::StoreUnwritable));
}

#[test]
fn a_lock_is_kept_when_it_is_free_and_left_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("a.lock");
    for _ in 0..3 {
        drop(acquire(&place, Duration::ZERO).unwrap());
        assert!(place.exists(), "the lock file was deleted");
    }
}

#[test]
fn a_wait_is_extended_by_a_small_part_of_itself() {
    let rng = Context::os().rng;
    for waited in [0, 100, 1_000, 5_000, 35_000].map(Duration::from_millis) {
        let pause = pause(&*rng, waited);
        assert!(pause >= MIN_PAUSE / 2, "{pause:?}");
        assert!(pause <= MIN_PAUSE.max(waited / PAUSE_PART), "{pause:?} after {waited:?}");
        assert!(pause <= USUAL_PAUSE.max(waited / LONG_PAUSE_PART), "{pause:?} after {waited:?}");
    }
}
