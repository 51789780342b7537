//! Many trials at once, and one line for each that failed: with the command that repeats it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::Result;

/// Most of a trial is waiting: for the disk, for others, for a process to start.
const AT_ONCE: usize = 6;

#[derive(Default)]
pub struct Report {
    passed: usize,
    failed: usize,
}

impl Report {
    /// Runs `trial` for each of `cases`; it gives the arguments that repeat it, and what came of it.
    pub fn run<T: Sync>(&mut self, title: &str, cases: Vec<T>, trial: impl Fn(&T) -> (String, Result<()>) + Sync) {
        let (begun, next, failed) = (Instant::now(), AtomicUsize::new(0), Mutex::new(0));
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let (arguments, outcome) = trial(case);
                        if let Err(why) = outcome {
                            println!("failed: tokcore-crash {arguments}: {}", format!("{why:#}").replace('\n', " | "));
                            *failed.lock().expect("nobody panics here") += 1;
                        }
                    }
                });
            }
        });
        let failed = failed.into_inner().expect("nobody panics here");
        println!("{title}: {} of {} in {} s", cases.len() - failed, cases.len(), begun.elapsed().as_secs());
        self.passed += cases.len() - failed;
        self.failed += failed;
    }

    /// The closing line. Shape: whether all passed.
    pub fn end(self) -> bool {
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }
}
