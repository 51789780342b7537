//! The tokcore broker: configuration, store, sign-in, refresh, RPC and pages of `tokcore serve`.
//!
//! A library without a `main`: the command line and the tests drive it.

pub mod admin;
pub mod app;
pub mod cell;
pub mod config;
pub mod cookie;
pub mod current;
pub mod error;
pub mod files;
pub mod fingerprint;
pub mod guid;
pub mod hex;
pub mod hot;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod log;
pub mod principal;
pub mod provider;
pub mod random;
pub mod refresh;
pub mod rpc;
pub mod serve;
pub mod session;
pub mod settings;
pub mod signin;
pub mod store;
pub mod unrouted;
pub mod web;

pub use error::Error;
pub use principal::Principal;
pub use serve::{Broker, Running};
pub use settings::Settings;
