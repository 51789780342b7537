//! What users say: named settings from any language or from a file, checked and typed.

mod client;
mod parts;
mod read;
mod request;
mod value;

pub use client::ClientSettings;
pub use request::{GrantKind, TokenRequest};
pub use value::{Setting, Settings};

#[cfg(test)]
mod tests;
