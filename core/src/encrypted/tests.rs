//! What only the inside can choose: the random part. The rest is in core/tests/google/secrets.rs.

use serde::Deserialize;

use super::{Format, decrypt_binary, encrypt, encrypt_binary};
use crate::context::Rng;
use crate::crypto::from_hex;
use crate::encrypted::Key;
use crate::error::Error;
use crate::secret::Secret;

/// The random bytes of a case.
struct Fixed(Vec<u8>);

impl Rng for Fixed {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    key: String,
    /// Hexadecimal: the IV, or the nonce.
    random: Option<String>,
    #[serde(default)]
    format: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    encrypted: String,
}

#[test]
fn with_the_random_part_given_the_text_is_the_tables() {
    let table = include_str!("../../../tests/vectors/google/secrets.json");
    let table: Table = serde_json::from_str(table).expect("a table");
    let cases: Vec<_> = table.cases.iter().filter(|case| case.random.is_some()).collect();
    assert!(cases.len() >= 6, "{} cases", cases.len());
    for case in cases {
        let key = Key::from_text(&Secret::new(&*case.key)).expect("a key");
        let random = Fixed(case.random.as_deref().and_then(from_hex).expect("hexadecimal"));
        let format = Format::from_name(&case.format).expect("a format");
        let written = encrypt(case.content.as_bytes(), &key, format, &random).expect("randomness");
        assert_eq!(written, case.encrypted, "{}", case.id);
    }
}

#[test]
fn a_binary_file_is_raw_in_theirs_and_text_in_ours() {
    let key = Key::from_bytes(&[7; 16]).expect("a key");
    let theirs = encrypt_binary(b"\x00\xffBZ", &key, Format::Gargle, &Fixed(vec![9; 16])).expect("randomness");
    assert_eq!((theirs.len(), &theirs[..16]), (20, &[9; 16][..]));
    let ours = encrypt_binary(b"\x00\xffBZ", &key, Format::Tokcore, &Fixed(vec![9; 24])).expect("randomness");
    assert!(ours.starts_with(b"tkc1."));
    for file in [theirs, ours] {
        assert_eq!(decrypt_binary(&file, &key).expect("it opens").as_slice(), b"\x00\xffBZ");
    }
}

#[test]
fn nothing_is_written_without_randomness() {
    struct Dry;
    impl Rng for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
            Err(Error::new(crate::kinds::Kind::Internal, "none"))
        }
    }
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    for format in Format::ALL {
        assert!(encrypt(b"text", &key, *format, &Dry).is_err(), "{format:?}");
    }
}

#[test]
fn a_key_is_not_printed() {
    assert_eq!(format!("{:?}", Key::from_bytes(&[7; 32]).expect("a key")), "Key(redacted)");
}
