//! Runs the tables of what Google's tools and gargle's do: `tests/vectors/google/*.json`.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod chain;
mod explained;
mod imported;
mod registry;
mod secrets;
mod store;
#[path = "../table/mod.rs"]
mod table;
#[path = "../world/mod.rs"]
mod world;
