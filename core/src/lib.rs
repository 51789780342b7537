//! tokcore: one OAuth credential engine for C, R, Python and the shell.
//!
//! [`Client`] is the door: it finds out where the program runs, which credential applies, gets it and keeps it fresh.
//! The skins (C ABI, R, Python) call the façade and translate; every decision is made in this crate.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod context;
pub mod crypto;
mod engine;
mod error;
mod fork;
mod kinds;
pub mod oauth;
mod secret;
pub mod transport;

pub use context::Context;
pub use engine::{Interrupt, NoInterrupt};
pub use error::{Attempt, Error};
pub use kinds::{Kind, Retry};
pub use secret::Secret;
