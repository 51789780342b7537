//! The broker's data layer against its vectors (`tests/vectors/broker`), and the store's promises.

mod config;
mod cookie;
mod guid_and_keys;
mod parsers;
mod store_access;
mod store_kill;
mod store_opening;
mod store_refresh;
mod vectors;
