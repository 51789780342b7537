//! Where credentials outlive the process: one record each, shared by every process and every language of a user.
//!
//! A *record* is what is kept of one credential ([`record`]). A *shelf* keeps records: sealed files ([`file`]), this
//! process's memory ([`memory`]), or whatever a host brings ([`custom`]). What becomes of a credential is decided above, in
//! `renewal`; a shelf only keeps, locks and gives back.

pub(crate) mod account;
pub(crate) mod candidates;
pub(crate) mod custom;
mod failpoint;
pub(crate) mod file;
pub(crate) mod home;
pub(crate) mod idle;
pub(crate) mod key;
pub(crate) mod listing;
pub(crate) mod memory;
pub(crate) mod missed;
pub(crate) mod portable;
pub(crate) mod record;
pub(crate) mod shelf;
mod turns;

pub(crate) use failpoint::failpoint;

/// How long a turn is waited for: longer than an exchange may take.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(35);

/// Names the store where no setting does.
pub(crate) const VARIABLE: &str = "TOKCORE_STORE";
