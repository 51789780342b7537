//! What the engine does with servers that answer late, oddly or not at all: told as scenarios, played in virtual time.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod play;
#[path = "../world/mod.rs"]
mod world;

/// The event loop of a process has one time, so its scenarios are played one after the other.
#[test]
fn every_scenario_ends_as_it_must() {
    let tables = ["oauth/expiry.json", "oauth/driver.json", "store/clock.json"];
    let failed: Vec<String> = tables.into_iter().flat_map(play::every_case_of).collect();
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}
