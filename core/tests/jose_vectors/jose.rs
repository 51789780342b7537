//! `jose.json`: keys, signatures, thumbprints.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::jose::{Algorithm, CertificateHeader, Jwk, Jws, SigningKey, jws};
use tokcore::oauth::id_token;
use tokcore::{Error, Secret};

use crate::{Check, claims_of, each, refused, same, table, text_of, to_value};

#[derive(Deserialize)]
struct JoseCase {
    key: Option<String>,
    key_text: Option<String>,
    passphrase: Option<String>,
    kid: Option<String>,
    secret: Option<String>,
    /// A PEM text, and which members it adds to the header.
    certificate: Option<(String, Vec<String>)>,
    #[serde(default)]
    weak: bool,
    only: Option<String>,
    algorithm: Option<String>,
    header: Option<Value>,
    payload: Option<String>,
    jwk: Option<Value>,
    token: Option<String>,
    hash: Option<String>,
    hmac_hex: Option<String>,
    signed: Option<String>,
    expect: Value,
}

impl JoseCase {
    fn key(&self, keys: &Value) -> Result<SigningKey, Error> {
        if let Some(secret) = &self.secret {
            return Ok(SigningKey::from_client_secret(Secret::new(secret), self.weak));
        }
        let text = match &self.key_text {
            Some(text) => Secret::new(text),
            None => text_of(&keys[self.key.as_deref().expect("a key")]),
        };
        let key = SigningKey::parse(&text, self.passphrase.as_ref().map(Secret::new).as_ref(), self.kid.as_deref())?;
        let Some((pem, names)) = &self.certificate else { return Ok(key) };
        let members = [CertificateHeader::X5c, CertificateHeader::X5t, CertificateHeader::X5tS256];
        let asked: Vec<_> =
            members.into_iter().filter(|member| names.iter().any(|name| name == member.name())).collect();
        key.with_certificate(pem, &asked)
    }

    fn token(&self, keys: &Value) -> Result<Secret, Error> {
        let key = self.key(keys)?;
        let printed = format!("{key:?} {key:#?}");
        assert!(
            !printed.contains("PRIVATE")
                && self.secret.as_ref().is_none_or(|secret| secret.is_empty() || !printed.contains(secret))
        );
        let header = self.header.as_ref().map(claims_of).unwrap_or_default();
        jws::sign(&key, algorithm(&self.algorithm), &header, self.payload.as_deref().unwrap_or_default().as_bytes())
    }

    fn run(&self, keys: &Value) -> Check {
        let provider = if cfg!(feature = "aws-lc") { "aws-lc" } else { "ring" };
        if self.only.as_ref().is_some_and(|only| only != provider) {
            return Ok(());
        }
        if let Some(text) = &self.hash {
            let half = id_token::left_half(algorithm(&self.algorithm).expect("an algorithm"), &Secret::new(text));
            return same("half", &half.into(), &self.expect["half"]);
        }
        if self.hmac_hex.is_some() {
            return self.run_mac();
        }
        if let Some(jwk) = &self.jwk {
            return self.run_public(jwk);
        }
        if self.expect.get("thumbprint").is_some() {
            let thumbprint =
                self.key(keys).map_err(|error| format!("{error:?}"))?.public_jwk().map(|jwk| jwk.thumbprint());
            return same("thumbprint", &json!(thumbprint), &self.expect["thumbprint"]);
        }
        match self.token(keys) {
            Err(error) => refused(&error, &self.expect),
            Ok(token) => self.signed(&token),
        }
    }

    fn signed(&self, token: &Secret) -> Check {
        if let Some(expected) = self.expect.get("token") {
            return same("token", &token.expose().into(), expected);
        }
        let parsed = Jws::parse(token).map_err(|error| format!("{error:?}"))?;
        same("header", &to_value(parsed.header()), &self.expect["header"])?;
        let key = Jwk::parse(&self.expect["signed_by"].to_string()).map_err(|error| format!("{error:?}"))?;
        same("verified", &parsed.is_signed_by(&key).into(), &true.into())
    }

    fn run_public(&self, jwk: &Value) -> Check {
        let key = match Jwk::parse(&jwk.to_string()) {
            Err(error) => return refused(&error, &self.expect),
            Ok(key) => key,
        };
        let Some(token) = self.token.as_ref().map(Secret::new) else {
            return same("thumbprint", &key.thumbprint().into(), &self.expect["thumbprint"]);
        };
        match Jws::parse(&token) {
            Err(error) => refused(&error, &self.expect),
            Ok(parsed) => same("verifies", &parsed.is_signed_by(&key).into(), &self.expect["verifies"]),
        }
    }

    /// The key of RFC 7515 A.1 is no text, so it cannot be a client secret: only the MAC itself can be compared.
    fn run_mac(&self) -> Check {
        let unhex = |text: &str| -> Vec<u8> {
            (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal"))
                .collect()
        };
        let key = unhex(self.hmac_hex.as_deref().expect("a key"));
        let mac = tokcore::crypto::hmac_sha256(&key, self.signed.as_deref().expect("a text").as_bytes());
        same("signature", &URL_SAFE_NO_PAD.encode(mac).into(), &self.expect["signature"])
    }
}

#[test]
fn jose() {
    let table = table("jose.json");
    each(&table, |case: &JoseCase| case.run(&table["keys"]));
}

fn algorithm(name: &Option<String>) -> Option<Algorithm> {
    name.as_ref().map(|name| Algorithm::from_name(name).expect("a known algorithm"))
}
