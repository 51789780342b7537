//! Parsers of foreign bytes: they never panic, and what they accept they give back unchanged.

use proptest::prelude::*;
use tokcore_broker::config::ini;
use tokcore_broker::cookie::{self, Sid};
use tokcore_broker::keys::{Key, KeyRing};

fn ring() -> KeyRing {
    KeyRing::single(Key::new("k1", &(0..32).collect::<Vec<u8>>()).unwrap())
}

proptest! {
    #[test]
    fn any_bytes_are_a_document_or_errors_with_lines(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Err(errors) = ini::parse(&bytes) {
            prop_assert!(!errors.is_empty() && errors.iter().all(|error| error.line >= 1));
        }
    }

    #[test]
    fn text_made_of_the_grammar_s_own_characters(text in "[\\[\\]=#; \t\r\na-z\u{feff}]{0,200}") {
        let lines = text.split('\n').count();
        match ini::parse(text.as_bytes()) {
            Ok(document) => prop_assert!(document.sections.iter().flat_map(|s| &s.pairs).all(|p| p.line <= lines)),
            Err(errors) => prop_assert!(errors.iter().all(|error| (1..=lines).contains(&error.line))),
        }
    }

    #[test]
    fn values_are_verbatim(
        header in "[^\\[\\]\\p{Cc}\\s]{1,20}",
        key in "[A-Za-z0-9._-]{1,20}",
        value in "[^\\p{Cc} \t]([^\\p{Cc}]{0,60}[^\\p{Cc} \t])?",
        blanks in "[ \t]{0,3}",
        line_end in "\r?\n",
    ) {
        let text = format!("{blanks}[{blanks}{header}{blanks}]{line_end}{blanks}{key}{blanks}={blanks}{value}{blanks}{line_end}");
        let document = ini::parse(text.as_bytes()).unwrap();
        let section = &document.sections[0];
        prop_assert_eq!(&section.header, &header);
        prop_assert_eq!((section.pairs[0].key.as_str(), section.pairs[0].value.expose()), (key.as_str(), value.as_str()));
    }

    #[test]
    fn any_header_is_a_cookie_or_a_reason(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(cookie::verify(&ring(), Some(&bytes), 0).is_err());
    }

    #[test]
    fn text_made_of_a_cookie_s_own_characters(text in "(user-id=)?[|%=:;, 0-9A-Fa-ftck]{0,120}") {
        prop_assert!(cookie::verify(&ring(), Some(text.as_bytes()), 0).is_err());
    }

    #[test]
    fn minted_cookies_are_accepted_until_they_expire(sid in any::<[u8; 16]>(), expires in 0_i64..4_000_000_000) {
        let sid = Sid::from_bytes(sid);
        let minted = cookie::mint(&ring(), &sid, expires).unwrap();
        let verified = cookie::verify(&ring(), Some(minted.expose().as_bytes()), expires - 1).unwrap();
        prop_assert_eq!((verified.sid, verified.expires_at_unix_s), (sid, expires));
        prop_assert!(cookie::verify(&ring(), Some(minted.expose().as_bytes()), expires + 301).is_err());
    }
}
