//! What is remembered between calls.

mod backoff;
pub(crate) mod graves;
pub(crate) mod key;
pub(crate) mod memory;
pub(crate) mod slot;
pub(crate) mod tokens;
