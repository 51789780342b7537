//! The engine with threads, sockets, people and interrupts, in real time.

#![allow(clippy::disallowed_methods, reason = "a test may count threads and start itself")]

#[path = "../alone/mod.rs"]
mod alone;
mod network;
mod people;
mod secrets;
mod sign_in;
mod single_flight;
mod split;
mod traces;
#[path = "../world/mod.rs"]
mod world;
