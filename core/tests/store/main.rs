//! The store as programs see it, and its tables: `tests/vectors/store/*.json`.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod accounts;
mod authorized_user;
mod journal;
mod processes;
mod renewal;
mod rows;
mod sharing;
#[path = "../table/mod.rs"]
mod table;
#[path = "../world/mod.rs"]
mod world;
