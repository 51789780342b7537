//! A JWT bearer assertion beside the bare signature that it contains, in turns so that both meet the same machine.
//!
//! Usage: `sign [CALLS]`.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokcore::Secret;
use tokcore::jose::{Claims, SigningKey};
use tokcore::oauth::jwt_bearer::{BearerAssertion, DEFAULT_LIFETIME_S};
use tokcore_bench::{each_ns, emit};

fn main() {
    let calls = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("a key that can be written");
    let body = STANDARD.encode(der.as_ref());
    let pem = Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"));
    let parse = || SigningKey::from_pem(&pem, None).expect("a key").with_kid("bench");
    let key = parse();

    // What is signed bare is as long as the header and claims of the assertion.
    let text = assertion(&key);
    let input = text.expose().rsplit_once('.').expect("a signature").0.as_bytes();
    let rng = SystemRandom::new();
    let mut signature = vec![0; pair.public_modulus_len()];
    let mut bare = || pair.sign(&RSA_PKCS1_SHA256, &rng, input, &mut signature).expect("a signature");

    for _ in 0..10 {
        emit("bare RSA-2048 signature", "signature", "ns", &each_ns(calls / 10, &mut bare));
        emit("tokcore assertion", "signature", "ns", &each_ns(calls / 10, || drop(assertion(&key))));
    }
    emit("tokcore key from PEM", "parse", "ns", &each_ns(20, || drop(parse())));
}

fn assertion(key: &SigningKey) -> Secret {
    let (claims, header) = (Claims::new().with("scope", "https://www.example.com/auth/storage.read"), Claims::new());
    let assertion = BearerAssertion {
        issuer: Some("robot@project.iam.example.com"),
        subject: Some("somebody@example.com"),
        audience: Some("https://oauth2.example.com/token"),
        now_unix_s: 1_700_000_000,
        id: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        lifetime_s: DEFAULT_LIFETIME_S,
        not_before: false,
        claims: &claims,
        header: &header,
        order: &[],
    };
    assertion.sign(key, None).expect("an assertion")
}
