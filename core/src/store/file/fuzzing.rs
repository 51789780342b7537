//! What the fuzzer reads through: the layout of a file, and what is behind its seal.

use zeroize::Zeroizing;

use super::about::About;
use super::format::Sealed;
use crate::store::key::{KeySource, StoreKey};
use crate::store::record::{Facts, Secrets};

/// Reads `data` as a file of the store, as either of its parts, and as the store's description.
pub fn sealed_file(data: &[u8]) {
    let key = StoreKey::new(Zeroizing::new([7; 32]), KeySource::File, [7; 16]);
    if let Ok(sealed) = Sealed::parse(data) {
        // At the place that it claims, so that nothing but the seal is in the way.
        let _ = sealed.record(&key, &sealed.header.address);
    }
    let _ = Facts::from_json(data);
    let _ = Secrets::from_json(data);
    let _ = About::parse(data);
}
