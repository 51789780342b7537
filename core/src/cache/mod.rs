//! What is remembered between calls.

pub(crate) mod flight;
pub(crate) mod graves;
pub(crate) mod key;
pub(crate) mod machine;
pub(crate) mod memory;
pub(crate) mod signing_keys;
pub(crate) mod slot;
pub(crate) mod tokens;
