//! Finding out what an authorization server offers, from its issuer alone. Source: OpenID Connect Discovery §4, RFC 8414
//! §3.

mod age;
mod issuer;
mod json;
mod metadata;
mod well_known;

pub use age::{Age, lifetime_s};
pub use issuer::IssuerMatch;
pub use metadata::{Expectation, ServerMetadata, read};
pub use well_known::{Search, Searched, WellKnown};
