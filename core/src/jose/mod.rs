//! Signed tokens: keys, signatures and claims. Source: RFC 7515, 7517, 7518, 7519, 7638, 8037.
//!
//! [`SigningKey`] is a key of ours, however it was written down; [`Jwk`] and [`Jwks`] are somebody's public keys.
//! [`jws`] signs and checks, [`Claims`] are the members of a token in their order. What the claims must say is the
//! business of each flow in [`crate::oauth`]; the mathematics is [`crate::crypto`]'s.

mod algorithm;
mod certificate;
mod claims;
mod jwk;
pub mod jws;
mod key;
mod key_file;
mod pem;
mod private_jwk;

pub use algorithm::Algorithm;
pub use certificate::CertificateHeader;
pub use claims::Claims;
pub use jwk::{Jwk, Jwks};
pub use jws::Jws;
pub use key::SigningKey;

use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// A key that cannot be used. The message never holds any of its text.
fn unusable(message: impl Into<String>) -> Error {
    Error::new(Kind::ConfigInvalid, message).with_reason(Reason::Crypto)
}
