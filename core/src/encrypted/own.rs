//! tokcore's own format: `tkc1.` and base64url of `nonce (24) | ciphertext | tag (16)`, XChaCha20-Poly1305. Source:
//! specs/google.md §5.3.

use zeroize::Zeroizing;

use super::base64url;
use super::key::Key;
use crate::context::Rng;
use crate::crypto::sealed::{KEY_BYTES, open, seal, sub_key};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// What the text begins with, and what the seal is bound to.
const PREFIX: &[u8] = b"tkc1.";
/// What makes a whole key of a short one, and is used for nothing else.
const PURPOSE: &[u8] = b"tokcore-secret-v1";

pub(super) fn write(content: &[u8], key: &Key, rng: &dyn Rng) -> Result<String, Error> {
    let sealed = seal(&whole(key), PREFIX, content, |out| rng.fill(out))?;
    Ok(format!("tkc1.{}", base64url::encode(&sealed)))
}

/// What is behind the prefix, if it is there.
pub(super) fn prefixed(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(PREFIX)
}

/// Opens what is behind the prefix. A wrong key and a change look alike from here.
pub(super) fn read(sealed: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
    let opened = base64url::decode(sealed).and_then(|sealed| open(&whole(key), PREFIX, &sealed));
    opened.ok_or_else(|| {
        Error::new(Kind::ConfigInvalid, "the encrypted text does not open: the key is another one, or it was changed")
            .with_reason(Reason::SecretAuthFailed)
            .with_hint("give the key that it was encrypted with, and the text as it was written")
    })
}

fn whole(key: &Key) -> Zeroizing<[u8; KEY_BYTES]> {
    match key.bytes().try_into() {
        Ok(whole) => Zeroizing::new(whole),
        Err(_) => sub_key(key.bytes(), b"", PURPOSE),
    }
}
