//! `id_token.json`: ID tokens and key sets.

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::Secret;
use tokcore::jose::{Algorithm, Jwks};
use tokcore::oauth::id_token::{self, Expectations, ExpectedIssuer, Verified};

use crate::{Check, NOW, each, refused, same, table, text_of};

#[derive(Deserialize)]
struct IdTokenCase {
    token: Option<String>,
    keys: Option<bool>,
    #[serde(default = "crate::some_issuer")]
    issuer: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    placeholder: Option<(String, String)>,
    #[serde(default = "some_nonce")]
    nonce: Option<String>,
    #[serde(default)]
    algorithms: Vec<String>,
    secret: Option<String>,
    access_token: Option<String>,
    code: Option<String>,
    max_age_s: Option<u64>,
    #[serde(default)]
    needs_signature: bool,
    #[serde(default)]
    original: bool,
    set: Option<Value>,
    set_text: Option<String>,
    set_fill: Option<usize>,
    set_copies: Option<usize>,
    expect: Value,
}

fn some_nonce() -> Option<String> {
    Some("n-1".into())
}

impl IdTokenCase {
    fn run(&self, jwks: &Value, original: &Secret) -> Check {
        let keys = Jwks::parse(jwks.to_string().as_bytes()).map_err(|error| format!("{error:?}"))?;
        let Some(token) = self.token.as_ref().map(Secret::new) else { return self.run_set(jwks) };
        if let Some(expected) = self.expect.get("refetch") {
            same("refetch", &id_token::names_unknown_key(&token, &keys).into(), expected)?;
        }
        let issuer = ExpectedIssuer {
            text: self.issuer.as_deref().unwrap_or_default(),
            aliases: &self.aliases,
            placeholder: self.placeholder.as_ref().map(|(placeholder, claim)| (placeholder.as_str(), claim.as_str())),
        };
        let algorithms: Vec<Algorithm> = self.algorithms.iter().filter_map(|name| Algorithm::from_name(name)).collect();
        let [nonce, secret, access_token, code] =
            [&self.nonce, &self.secret, &self.access_token, &self.code].map(|text| text.as_ref().map(Secret::new));
        let mut expected = Expectations {
            nonce: nonce.as_ref(),
            max_age_s: self.max_age_s,
            access_token: access_token.as_ref(),
            code: code.as_ref(),
            algorithms: &algorithms,
            client_secret: secret.as_ref(),
            needs_signature: self.needs_signature,
            ..Expectations::new(issuer, "client", NOW)
        };
        let first = id_token::read_unchecked(original).map_err(|error| format!("{error:?}"))?;
        expected.original = Some(&first).filter(|_| self.original);
        match id_token::check(&token, &expected, Some(&keys).filter(|_| self.keys != Some(false))) {
            Err(error) => refused(&error, &self.expect),
            Ok(claims) if format!("{claims:?}").contains("user-1") => Err("somebody's name was printed".into()),
            Ok(claims) => {
                let verified = match claims.verified {
                    Verified::Nothing => "nothing",
                    Verified::Claims => "claims",
                    Verified::Signature => "signature",
                };
                same("subject", &claims.subject.into(), &self.expect["subject"])?;
                same("verified", &verified.into(), &self.expect["verified"])
            }
        }
    }

    fn run_set(&self, jwks: &Value) -> Check {
        let body = match (&self.set, &self.set_text, self.set_fill, self.set_copies) {
            (Some(set), ..) => set.to_string(),
            (_, Some(text), ..) => text.clone(),
            (_, _, Some(bytes), _) => format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(bytes)),
            // Short keys, so that it is their number that counts.
            (_, _, _, Some(copies)) => json!({ "keys": vec![short(&jwks["keys"][1]); copies] }).to_string(),
            _ => return Err("neither token nor set".into()),
        };
        match Jwks::parse(body.as_bytes()) {
            Err(error) => refused(&error, &self.expect),
            Ok(set) => {
                same("keys", &set.keys().len().into(), &self.expect["keys"])?;
                same("cut", &set.is_cut().into(), &self.expect["cut"])
            }
        }
    }
}

/// A key that takes less than a hundred bytes, so that ten thousand of them stay below the cap of the set's size.
fn short(key: &Value) -> Value {
    assert_eq!(key["kty"], "EC");
    json!({"kty": "OKP", "crv": "Ed25519", "x": key["x"]})
}

#[test]
fn id_tokens() {
    let table = table("id_token.json");
    let original = text_of(&table["original"]);
    each(&table, |case: &IdTokenCase| case.run(&table["jwks"], &original));
}
