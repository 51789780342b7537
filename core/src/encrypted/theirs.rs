//! gargle's and httr2's format: `IV (16) | text`, AES in counter mode. Source: specs/google.md §5.1.

use zeroize::Zeroizing;

use super::key::Key;
use super::unreadable;
use crate::context::Rng;
use crate::crypto::stream::{IV_BYTES, apply};
use crate::error::Error;
use crate::kinds::Kind;

pub(super) fn write(content: &[u8], key: &Key, rng: &dyn Rng) -> Result<Vec<u8>, Error> {
    let mut iv = [0; IV_BYTES];
    rng.fill(&mut iv)?;
    // In one buffer of the right size: one that grows leaves a readable copy behind.
    let mut blob = Zeroizing::new(Vec::with_capacity(IV_BYTES + content.len()));
    blob.extend_from_slice(&iv);
    blob.extend_from_slice(content);
    apply(key.bytes(), &iv, &mut blob[IV_BYTES..]).ok_or_else(no_key)?;
    Ok(std::mem::take(&mut *blob))
}

pub(super) fn read(blob: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
    let Some((iv, text)) = blob.split_first_chunk() else {
        return Err(unreadable(format!(
            "this is too short for an encrypted text: {} bytes of at least 16",
            blob.len()
        ))
        .with_hint("give what was encrypted, whole and unchanged"));
    };
    let mut text = Zeroizing::new(text.to_vec());
    apply(key.bytes(), iv, &mut text).ok_or_else(no_key)?;
    Ok(text)
}

/// A [`Key`] has a length of AES.
fn no_key() -> Error {
    Error::new(Kind::Internal, "a key has another length than AES has")
}
