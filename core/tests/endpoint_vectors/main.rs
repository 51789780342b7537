//! Runs the tables of the endpoints that give no token: `tests/vectors/oauth/{challenges,discovery,…}.json`.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod answer;
mod challenges;
mod coverage;
mod device;
mod discovery;
mod par;
mod properties;
mod revocation;
#[path = "../table/mod.rs"]
mod table;
