//! base64url as these files have it: written without padding, read with and without.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a text in either alphabet: a key may come from `openssl rand -base64 32`. `None` for any other text.
pub(super) fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(&b'+') || text.contains(&b'/') { &STANDARD } else { &URL_SAFE };
    GeneralPurpose::new(alphabet, LENIENT).decode(text).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn both_alphabets_are_read_and_no_mixture() {
        let bytes = [0xfb, 0xff, 0xbf, 0xfe];
        assert_eq!(encode(&bytes), "-_-__g");
        for text in ["-_-__g", "-_-__g==", "+/+//g==", "+/+//g"] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(&bytes.to_vec()), "{text}");
        }
        for text in ["-/-//g", "-_-__h", "-_-_ _g", "a"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
