//! C01–C06 and the server's side of V22–V34.

use tokcore_broker::cookie::{self, Rejection, Sid};
use tokcore_broker::keys::{Key, KeyRing};

use crate::vectors::{cases, table, text, unhex};

fn ring() -> KeyRing {
    KeyRing::single(Key::new("k1", &(0..32).collect::<Vec<u8>>()).unwrap())
}

fn sid() -> Sid {
    Sid::from_bytes(std::array::from_fn(|index| index as u8))
}

#[test]
fn minted() {
    for (id, case) in cases(&table("cookie.json"), "mint") {
        let minted = cookie::mint(&ring(), &sid(), case["mint"]["expires_at"].as_i64().unwrap()).unwrap();
        let triple = minted.expose().strip_prefix("user-id=").unwrap().split(';').next().unwrap();
        let parts: Vec<String> = triple
            .split('|')
            .map(|part| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned())
            .collect();
        let expect = &case["expect"];
        for (member, found) in [("value", parts[0].as_str()), ("mac", &parts[2]), ("text", minted.expose())] {
            if !expect[member].is_null() {
                assert_eq!(found, text(expect, member), "{id}");
            }
        }
    }
}

#[test]
fn verified() {
    let table = table("cookie.json");
    let now = table["now"].as_i64().unwrap();
    for (id, case) in cases(&table, "verify") {
        let found = cookie::verify(&ring(), case["verify"].as_str().map(str::as_bytes), now);
        match found {
            Ok(verified) => {
                let wanted = unhex(text(&case["expect"], "sid_hex"));
                assert_eq!(verified.sid, Sid::from_bytes(wanted.try_into().unwrap()), "{id}");
            }
            Err(rejection) => {
                assert_eq!(Some(rejection.to_string().as_str()), case["expect"]["rejected"].as_str(), "{id}")
            }
        }
    }
}

/// Threat T08.
#[test]
fn every_changed_byte_of_the_triple_is_rejected() {
    let minted = cookie::mint(&ring(), &sid(), 2_051_222_400).unwrap();
    let bytes = minted.expose().as_bytes();
    let end = bytes.iter().position(|&byte| byte == b';').unwrap();
    assert!(cookie::verify(&ring(), Some(bytes), 0).is_ok());
    for index in "user-id=".len()..end {
        for bit in [1, 0x20] {
            let mut changed = bytes.to_vec();
            changed[index] ^= bit;
            let found = cookie::verify(&ring(), Some(&changed), 0);
            // The letter case of an escape is the one thing that may change.
            let same_escape = bytes[index].is_ascii_alphabetic()
                && bit == 0x20
                && (bytes[index - 1] == b'%' || bytes[index - 2] == b'%');
            assert_eq!(found.is_ok(), same_escape, "byte {index}, bit {bit}");
        }
    }
}

#[test]
fn another_installation_s_cookie_is_rejected() {
    let minted = cookie::mint(&ring(), &sid(), 2_051_222_400).unwrap();
    let other = KeyRing::single(Key::new("k1", &(1..33).collect::<Vec<u8>>()).unwrap());
    assert_eq!(cookie::verify(&other, Some(minted.expose().as_bytes()), 0), Err(Rejection::BadSignature));
}

#[test]
fn session_is_logged_by_eight_digits() {
    let printed = format!("{:?}", sid());
    assert_eq!(printed, format!("Sid({}…)", &sid().hash()[..8]));
}
