//! What starting a program costs: wall time until it has ended, and its peak resident size.
//!
//! Usage: `spawn RUNS < commands.json`, a list of `{"contestant": …, "argv": [program, argument, …]}`. The commands take
//! turns, so that a disturbance of the machine hits all of them. A program of its own, because Linux counts the peak of
//! whoever starts a process as that process's: this one is smaller than all contestants.

use std::process::{Command, Stdio};
use std::time::Instant;

use tokcore_bench::{emit, sorted};

struct Contestant {
    name: String,
    argv: Vec<String>,
    wall_ms: Vec<f64>,
    peak_mib: Vec<f64>,
}

fn main() {
    let runs: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("usage: spawn RUNS");
    let mut contestants = read();
    // The first round fills the page cache and counts for nothing.
    for round in 0..=runs {
        for contestant in &mut contestants {
            let (wall_ms, peak_mib) = run(contestant);
            if round > 0 {
                contestant.wall_ms.push(wall_ms);
                contestant.peak_mib.push(peak_mib);
            }
        }
    }
    for Contestant { name, wall_ms, peak_mib, .. } in contestants {
        emit(&name, "wall", "ms", &sorted(wall_ms));
        emit(&name, "peak RSS", "MiB", &sorted(peak_mib));
    }
}

fn read() -> Vec<Contestant> {
    let commands: serde_json::Value = serde_json::from_reader(std::io::stdin()).expect("a list of commands in JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let contestant = |command: &serde_json::Value| Contestant {
        name: text(&command["contestant"]),
        argv: command["argv"].as_array().expect("a list of words").iter().map(text).collect(),
        wall_ms: Vec::new(),
        peak_mib: Vec::new(),
    };
    commands.as_array().expect("a list").iter().map(contestant).collect()
}

#[expect(clippy::zombie_processes, reason = "`wait` below waits for the child")]
fn run(contestant: &Contestant) -> (f64, f64) {
    let begun = Instant::now();
    let child = Command::new(&contestant.argv[0])
        .args(&contestant.argv[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the contestant starts");
    let (status, peak_kib) = wait(child.id());
    let wall_ms = begun.elapsed().as_secs_f64() * 1e3;
    assert!(status == 0, "{} failed", contestant.name);
    (wall_ms, peak_kib as f64 / 1024.0)
}

/// Waits for a child. The standard library's `wait` does not tell what the child used.
fn wait(id: u32) -> (i32, i64) {
    let mut status = 0;
    // SAFETY: both pointers are to live values of the right type, and all zeros is a valid `rusage`.
    let (waited, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(id as libc::pid_t, &mut status, 0, &mut usage), usage)
    };
    assert!(waited > 0, "the child can be waited for");
    (status, usage.ru_maxrss)
}
