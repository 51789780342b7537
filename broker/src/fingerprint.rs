//! The fingerprint of an integration's endpoints, stored beside every token.
//!
//! A refresh token must never travel to an endpoint it was not issued by: when the running configuration's fingerprint
//! differs from the stored one, the row is signed out instead. Source: specs/workbench.md §4.1, threat T06.

use tokcore::crypto::sha256;

use crate::hex;

/// SHA-256 over both URLs, as written in the file, and the client ID.
///
/// Shape: 64 lower-case hexadecimal digits.
pub fn fingerprint(authorization_url: &str, token_url: &str, client_id: &str) -> String {
    let text = ["tokcore/cfg-fp/v1", authorization_url, token_url, client_id].join("\0");
    hex::encode(&sha256(text.as_bytes()))
}
