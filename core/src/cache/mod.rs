//! What is remembered between calls.

pub(crate) mod memory;
