//! `dpop.json`: proofs, nonces, token types.

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::Secret;
use tokcore::jose::{Jwk, Jws};
use tokcore::oauth::dpop::{self, DpopKey, Nonces, Proof};
use url::Url;

use crate::{Check, NOW, each, refused, same, table, to_value};

#[derive(Deserialize)]
struct DpopCase {
    method: Option<String>,
    url: Option<Url>,
    access_token: Option<String>,
    #[serde(default)]
    learn: Vec<(String, String)>,
    retry: Option<(String, Option<String>, Option<String>)>,
    token_type: Option<String>,
    #[serde(default)]
    downgrade: bool,
    expect: Value,
}

impl DpopCase {
    fn run(&self, key: &DpopKey) -> Check {
        if let Some((error, sent, given)) = &self.retry {
            let repeats = dpop::wants_nonce(Some(error), sent.as_deref(), given.as_deref());
            return same("retry", &repeats.into(), &self.expect["retry"]);
        }
        if let Some(token_type) = &self.token_type {
            return match dpop::check_token_type(token_type, self.downgrade) {
                Err(error) => refused(&error, &self.expect),
                Ok(()) => same("accepted", &true.into(), &self.expect["accepted"]),
            };
        }
        let url = self.url.as_ref().ok_or("no url")?;
        let mut nonces = Nonces::default();
        self.learn.iter().for_each(|(origin, nonce)| nonces.learn(origin, nonce));
        let token = self.access_token.as_ref().map(Secret::new);
        let proof = Proof {
            method: self.method.as_deref().unwrap_or_default(),
            url,
            now_unix_s: NOW,
            id: "id-1",
            nonce: nonces.get(&url.origin().ascii_serialization()),
            access_token: token.as_ref(),
        };
        let signed = key.prove(&proof).map_err(|error| format!("{error:?}"))?;
        let parsed = Jws::parse(&signed).map_err(|error| format!("{error:?}"))?;
        same("claims", &parsed.claims().as_ref().map(to_value).unwrap_or_default(), &self.expect["claims"])?;
        check_proof_header(&parsed, key)
    }
}

/// The public key stands in the header, nothing private beside it, and it signed.
fn check_proof_header(proof: &Jws<'_>, key: &DpopKey) -> Check {
    let jwk = proof.header().get("jwk").cloned().unwrap_or_default();
    same("header", &to_value(proof.header()), &json!({"alg": key.algorithm().name(), "typ": "dpop+jwt", "jwk": jwk}))?;
    let names: Vec<&String> = jwk.as_object().map(|jwk| jwk.keys().collect()).unwrap_or_default();
    same("members of the key", &json!(names), &json!(["crv", "kty", "x", "y"]))?;
    let public = Jwk::parse(&jwk.to_string()).map_err(|error| format!("{error:?}"))?;
    same("thumbprint", &public.thumbprint().into(), &key.thumbprint().into())?;
    same("signature", &proof.is_signed_by(&public).into(), &true.into())
}

#[test]
fn dpop_proofs() {
    let key = DpopKey::generate().expect("a key");
    each(&table("dpop.json"), |case: &DpopCase| case.run(&key));
}
