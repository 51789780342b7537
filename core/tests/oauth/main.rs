//! Runs the tables of the wire logic that asks for tokens and reads them: `tests/vectors/oauth/*.json`.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod callback;
mod encoding;
mod properties;
mod quirks;
mod requests;
mod responses;
mod table;
