//! Finding the sections of a PEM text, also in one that a variable or a form has mangled. Source: RFC 7468.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// A key with its certificates; larger texts are something else. Units: bytes.
const TEXT_BYTES: usize = 256 * 1024;
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One section: what its first line calls it, and what is between the lines.
pub(super) struct Section<'a> {
    pub(super) label: &'a str,
    body: &'a str,
}

impl Section<'_> {
    /// Whether the body is encrypted in the old way, which says so in a header of its own.
    pub(super) fn has_encryption_header(&self) -> bool {
        self.body.contains("Proc-Type:")
    }

    /// The DER inside. Line breaks may have become spaces, or a backslash and an `n`.
    pub(super) fn der(&self) -> Option<Zeroizing<Vec<u8>>> {
        let joined = Zeroizing::new(self.body.replace("\\r", "").replace("\\n", ""));
        let text: Zeroizing<String> = Zeroizing::new(joined.split_whitespace().collect());
        LENIENT.decode(text.as_bytes()).ok().map(Zeroizing::new)
    }
}

/// The sections of a text, in order; one without its last line ends the search.
pub(super) fn sections(text: &str) -> impl Iterator<Item = Section<'_>> {
    let mut rest = if text.len() <= TEXT_BYTES { text } else { "" };
    std::iter::from_fn(move || {
        let (_, opened) = rest.split_once("-----BEGIN ")?;
        let (label, body) = opened.split_once("-----")?;
        let (body, after) = body.split_once("-----END ")?;
        rest = after;
        Some(Section { label, body })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<Vec<u8>>)> {
        sections(text).map(|found| (found.label.to_owned(), found.der().map(|der| der.to_vec()))).collect()
    }

    #[test]
    fn a_text_that_a_variable_mangled_is_read_like_the_file() {
        let file = "Bag\n-----BEGIN A-----\r\nAQID\r\nBA==\r\n-----END A-----\n-----BEGIN B-----\nBQ\n-----END B-----";
        let expected = vec![("A".to_owned(), Some(vec![1, 2, 3, 4])), ("B".to_owned(), Some(vec![5]))];
        assert_eq!(read(file), expected);
        assert_eq!(read(&file.replace("\r\n", "\\n")), expected);
        assert_eq!(read(&file.replace("\r\n", " ")), expected);
    }

    #[test]
    fn half_a_section_is_none() {
        assert!(read("-----BEGIN A-----\nAQID\n").is_empty());
        assert_eq!(read("-----BEGIN A-----\nA!ID\n-----END A-----"), vec![("A".to_owned(), None)]);
    }
}
