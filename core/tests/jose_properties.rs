//! What holds for every key, token and key set, however malformed: no panic, no secret in any print, no forged signature.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use tokcore::Secret;
use tokcore::jose::{Algorithm, Claims, Jwk, Jwks, Jws, SigningKey, jws};
use tokcore::oauth::clock::{ClockOffsets, Reading, parse_date};
use tokcore::oauth::dpop::{DpopKey, Nonces};
use tokcore::oauth::id_token::{self, Expectations, ExpectedIssuer};

const CANARY: &str = "canary-77f0";

fn key() -> SigningKey {
    SigningKey::parse(DpopKey::generate().expect("a key").export(), None, Some("k1")).expect("the same key")
}

/// A set with the public half of `key`.
fn set_of(key: &SigningKey) -> Jwks {
    let members = key.public_jwk().expect("a pair").members().with("kid", "k1");
    Jwks::parse(format!(r#"{{"keys":[{}]}}"#, members.to_json()).as_bytes()).expect("a set")
}

/// Reads text as everything that it could be, and prints all there is to print.
fn read_as_everything(text: &str) -> String {
    let secret = Secret::new(text);
    let keys =
        [None, Some(Secret::new("passphrase"))].map(|passphrase| SigningKey::parse(&secret, passphrase.as_ref(), None));
    let set = Jwks::parse(text.as_bytes());
    let expected = Expectations::new(ExpectedIssuer::exactly("https://as.example"), "client", 1_700_000_000);
    let claims = id_token::check(&secret, &expected, set.as_ref().ok());
    let parsed = Jws::parse(&secret).map(|token| (token.algorithm(), token.claims().is_some()));
    format!("{keys:?} {set:?} {claims:?} {parsed:?} {:?} {:?}", Jwk::parse(text), DpopKey::import(&secret))
}

/// A token's parts, each plausible or not.
fn token() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<Vec<u8>>(),
        r#"\{"alg":"(RS256|none|HS256|ES256)"(,"kid":"[a-z]{0,3}")?(,"crit":\[\])?\}"#.prop_map(String::into_bytes),
        r#"\{"iss":"https://as.example","exp":-?[0-9]{1,25},"aud":(1|"client"|\["client"\])\}"#
            .prop_map(String::into_bytes),
    ];
    prop::collection::vec(part, 0..6)
        .prop_map(|parts| parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect::<Vec<_>>().join("."))
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        read_as_everything(&text);
    }

    #[test]
    fn any_token_is_read_without_panic(token in token()) {
        read_as_everything(&token);
    }

    #[test]
    fn any_pem_is_read_without_panic_and_not_quoted(
        label in prop_oneof![
            Just("PRIVATE KEY"), Just("RSA PRIVATE KEY"), Just("EC PRIVATE KEY"), Just("ENCRYPTED PRIVATE KEY"),
        ],
        der in any::<Vec<u8>>(), rest in "[ -~]{0,20}",
    ) {
        let body = STANDARD.encode(der);
        let printed = read_as_everything(&format!("-----BEGIN {label}-----\n{body}{CANARY}{rest}\n-----END {label}-----"));
        prop_assert!(!printed.contains(CANARY), "{printed}");
    }

    #[test]
    fn a_damaged_key_is_read_without_panic_and_not_quoted(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let stored = DpopKey::generate().expect("a key");
        let body = stored.export().expose().lines().nth(1).expect("a body").to_owned();
        let mut der = STANDARD.decode(body).expect("base64");
        let at = at.index(der.len());
        der[at] = byte;
        let body = STANDARD.encode(der);
        let printed = read_as_everything(&format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"));
        prop_assert!(!printed.contains(&body[48..80]), "{printed}");
    }

    #[test]
    fn any_jwk_is_read_without_panic_and_not_quoted(
        kty in "(RSA|EC|OKP|oct)", crv in "(P-256|P-384|P-521|Ed25519|X25519)", alg in "(|,\"alg\":\"(ES256|EdDSA|RS256)\")",
        sizes in prop::array::uniform8(0usize..70),
    ) {
        let names = ["n", "e", "x", "y", "p", "q", "dp", "dq"];
        let members: Vec<String> = names.iter().zip(sizes)
            .map(|(name, size)| format!(r#","{name}":"{}""#, URL_SAFE_NO_PAD.encode(vec![7; size]))).collect();
        let jwk = format!(r#"{{"kty":"{kty}","crv":"{crv}"{alg},"d":"{CANARY}","qi":"AQ"{}}}"#, members.concat());
        let printed = read_as_everything(&jwk) + &read_as_everything(&format!(r#"{{"keys":[{jwk},{jwk}]}}"#));
        prop_assert!(!printed.contains(CANARY), "{printed}");
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does(
        claim in any::<String>(), at in any::<prop::sample::Index>(), flip in 1u8..64,
    ) {
        let key = key();
        let signed = jws::sign_claims(&key, None, &Claims::new(), &Claims::new().with("sub", claim.as_str())).expect("a token");
        let jwk = key.public_jwk().expect("a pair");
        let token = Jws::parse(&signed).expect("a token");
        prop_assert!(token.is_signed_by(&jwk));
        let claims = token.claims();
        prop_assert_eq!(claims.as_ref().and_then(|claims| claims.text("sub")), Some(claim.as_str()));
        // One character, replaced by another of the alphabet, changes a bit that counts or makes it no token.
        let mut text = signed.expose().as_bytes().to_vec();
        let at = at.index(text.len());
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        if let Some(index) = alphabet.iter().position(|letter| *letter == text[at]) {
            text[at] = alphabet[index ^ flip as usize];
            let forged = Secret::new(String::from_utf8(text).expect("ASCII"));
            prop_assert!(!Jws::parse(&forged).is_ok_and(|token| token.is_signed_by(&jwk)));
        }
    }

    #[test]
    fn no_claim_makes_a_check_panic(name in "(iss|sub|aud|exp|iat|nbf|nonce|azp|auth_time|at_hash)", value in r#"(null|true|-?[0-9]{1,30}(\.[0-9]+)?(e[0-9]{1,2})?|"[a-z]{0,9}"|\[\]|\["client",1\]|\{\})"#) {
        let key = key();
        let value: serde_json::Value = serde_json::from_str(&value).unwrap_or_default();
        let claims = Claims::new().with("iss", "https://as.example").with("sub", "s").with("aud", "client")
            .with("exp", 1_700_000_100).with("iat", 1_700_000_000).with(name, value);
        let token = jws::sign_claims(&key, None, &Claims::new(), &claims).expect("a token");
        let (access_token, set) = (Secret::new("a"), set_of(&key));
        let expected = Expectations {
            algorithms: &[Algorithm::Es256],
            access_token: Some(&access_token),
            ..Expectations::new(ExpectedIssuer::exactly("https://as.example"), "client", i64::MAX)
        };
        for now_unix_s in [i64::MIN, 0, 1_700_000_000, i64::MAX] {
            let _ = id_token::check(&token, &Expectations { now_unix_s, ..expected.clone() }, Some(&set));
        }
    }

    #[test]
    fn nonces_and_clocks_take_anything(origins in prop::collection::vec(("[a-z]{0,2}", any::<String>()), 0..300), instants in any::<[i64; 3]>()) {
        let (mut nonces, mut offsets) = (Nonces::default(), ClockOffsets::default());
        let [date_unix_s, sent_at_unix_s, received_at_unix_s] = instants;
        for (origin, nonce) in &origins {
            nonces.learn(origin, nonce);
            offsets.observe(origin, Reading { date_unix_s, sent_at_unix_s, received_at_unix_s });
            let _ = (offsets.offset_s(origin), parse_date(nonce));
            prop_assert!(nonces.get(origin).is_none_or(|nonce| nonce.is_ascii() && !nonce.contains(' ')));
        }
    }
}
