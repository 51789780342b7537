//! The identity of a machine of Google's: Compute Engine, Kubernetes Engine, Cloud Run. Source: specs, metadata.
//!
//! [`probe`] finds out whether there is one, [`open`] takes it as a credential. [`host`] and [`signs`] read what the
//! environment says, [`request`] is one question, [`patience`] how often it is asked.

mod accounts;
mod client;
mod host;
mod memory;
mod patience;
mod probe;
mod provider;
mod request;
mod signs;
#[cfg(test)]
mod tests;

pub(crate) use client::MetadataServer;
pub(crate) use host::ProbeOptions;
#[cfg(test)]
pub(crate) use host::{Occasion, timeout};
pub(crate) use memory::Memory;
pub(crate) use probe::{Presence, is_deliberate, probe, would_ask_network};
pub(crate) use provider::{KIND, Opened, open, scopes_of};
