//! The GUID of an integration: derived from its section header alone, so that replicas and restarts agree on it.
//!
//! Rotating a secret, changing scopes or moving the public URL must not break the code of users who wrote the GUID
//! down; a GUID is not a secret. Source: specs/workbench.md §4.1, RFC 9562 §5.5.

use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// `uuid5(URL namespace, "urn:tokcore:oauth-integration:v1")`; never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0x5a2fe4b6_bcca_598e_b771_4b7c9f6cc002);

/// The GUID of the section with this header.
///
/// Shape: the header is taken as NFC in its exact letter case; two spellings of one text share a GUID.
pub fn integration_guid(header: &str) -> Uuid {
    let name: String = header.nfc().collect();
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_is_derived_from_its_urn() {
        assert_eq!(NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:tokcore:oauth-integration:v1"));
    }
}
