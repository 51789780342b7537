//! What users say: named settings from any language or from a file, checked and typed.

mod client;
mod identity;
mod names;
mod parts;
mod read;
mod request;
mod value;

pub use client::ClientSettings;
pub(crate) use identity::{account_address, address, credential_key, distinction, is_told_by_account, slot_key};
pub(crate) use names::nearest;
pub(crate) use parts::{parameters, seconds, words};
pub use request::{GrantKind, IdTokenPolicy, ResponseMode, TokenRequest};
pub use value::{Setting, Settings};

#[cfg(test)]
mod tests;
