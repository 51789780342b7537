//! The store on a real disk, under a temporary folder.

#![allow(clippy::disallowed_methods, reason = "the tests look at files")]

mod kill;
mod open;
mod table;
mod world;
