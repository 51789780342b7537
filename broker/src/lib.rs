//! The tokcore broker: configuration, store, sign-in, refresh, RPC and pages of `tokcore serve`.
//!
//! A library without a `main`: the command line and the tests drive it.

pub mod cell;
pub mod config;
pub mod cookie;
pub mod error;
pub mod files;
pub mod fingerprint;
pub mod guid;
pub mod hex;
pub mod keys;
pub mod principal;
pub mod random;
pub mod store;

pub use error::Error;
pub use principal::Principal;
