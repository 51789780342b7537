//! Google's credentials, one file each: what is in their files, and how they give tokens. Source: specs, Google.
//!
//! A file of credentials is read by [`file`], which knows all types, and opened as a [`TokenProvider`]. Everything that
//! goes over the wire as OAuth goes through [`crate::server`]; only what is Google's own is spoken here.
//!
//! [`TokenProvider`]: crate::provider::TokenProvider

pub(crate) mod adc;
pub(crate) mod api_key;
pub(crate) mod authorized_user;
pub(crate) mod call;
#[cfg(test)]
mod cases;
mod delegation;
pub(crate) mod external_account;
pub(crate) mod external_user;
#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod file;
pub(crate) mod gdch;
pub(crate) mod given;
mod impersonated_file;
pub(crate) mod impersonation;
pub(crate) mod metadata;
pub(crate) mod project;
pub(crate) mod quota;
mod refreshed;
pub(crate) mod remedies;
pub(crate) mod scope;
pub(crate) mod service_account;
pub(crate) mod token;
pub(crate) mod trust;
pub(crate) mod user;
mod wish;

pub(crate) use wish::Wish;
pub use wish::{Assertion, Trust};

/// Where Google's own clients get tokens. Source: specs, endpoints.
pub(crate) const TOKEN_ENDPOINT: &str = "https://oauth2.googleapis.com/token";
/// The cloud that everybody means who names none.
pub(crate) const DEFAULT_UNIVERSE: &str = "googleapis.com";
