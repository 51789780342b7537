//! The few unsafe lines that the operating system demands of tokcore, each with its reason (docs/adr).
//!
//! Everything else in tokcore is `#![forbid(unsafe_code)]`, but for the C, R and Python skins.

#![deny(missing_docs)]

mod core_dump;
mod fork;
#[cfg(unix)]
mod parent_only;

pub use core_dump::disable_core_dumps;
pub use fork::fork_generation;
#[cfg(unix)]
pub use parent_only::ParentOnly;
