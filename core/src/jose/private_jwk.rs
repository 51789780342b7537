//! Private keys as JSON: a JWK, a set of them, or a JSON file with a PEM text inside. Source: RFC 7517, RFC 7518 §6.

use pkcs1::{RsaPrivateKey, UintRef};
use pkcs8::der::Encode;
use serde_json::Value;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::key::SigningKey;
use super::{jwk, key_file, unusable};
use crate::crypto::signature::{PrivateKey, PublicKey};
use crate::error::Error;
use crate::secret::Secret;

/// Reads whichever of the three it is.
pub(super) fn read(text: &Secret, passphrase: Option<&Secret>, kid: Option<&str>) -> Result<SigningKey, Error> {
    let members: Claims = serde_json::from_str(text.expose())
        .map_err(|_| unusable("the key begins like JSON and is none").with_hint("give a PEM text or a JWK"))?;
    if let Some(keys) = members.get("keys").and_then(Value::as_array) {
        return choose(keys, kid);
    }
    if let Some(pem) = members.text("private_key") {
        let key = SigningKey::from_pem(&Secret::new(pem), passphrase)?;
        return Ok(named(key, kid.or(members.text("private_key_id"))));
    }
    Ok(named(from_members(&members)?, kid.or(members.text("kid"))))
}

/// The private key of this name in a set; without a name, the only one.
fn choose(keys: &[Value], kid: Option<&str>) -> Result<SigningKey, Error> {
    let sets = keys.iter().filter_map(Value::as_object);
    let private = sets.filter(|key| key.contains_key("d") && key.get("use").is_none_or(|usage| usage == "sig"));
    let mut fitting = private.filter(|key| kid.is_none() || key.get("kid").and_then(Value::as_str) == kid);
    let Some(key) = fitting.next() else {
        return Err(match kid {
            Some(_) => unusable("the key set has no private key of the given kid"),
            None => unusable("the key set has no private key"),
        });
    };
    if fitting.next().is_some() {
        return Err(unusable("the key set has several private keys").with_hint("choose one of them by its kid"));
    }
    let members = Claims::from_iter(key.iter().map(|(name, value)| (name, value.clone())));
    Ok(named(from_members(&members)?, kid.or(members.text("kid"))))
}

fn named(key: SigningKey, kid: Option<&str>) -> SigningKey {
    match kid {
        Some(kid) => key.with_kid(kid),
        None => key,
    }
}

fn from_members(members: &Claims) -> Result<SigningKey, Error> {
    let incomplete = || unusable("the JWK is no complete private key").with_hint("give one with all its members");
    let algorithm = match members.text("alg").map(|name| (name, Algorithm::from_name(name))) {
        Some((_, None)) => return Err(unusable("the JWK is for an algorithm that tokcore does not sign with")),
        Some((_, known)) => known,
        None => None,
    };
    let public = jwk::public_key(members).ok_or_else(incomplete)?;
    let private = private_part(members, "d").ok_or_else(incomplete)?;
    let material = match &public {
        PublicKey::Rsa { modulus, exponent } => {
            let der = rsa_der(members, modulus, exponent).ok_or_else(|| {
                unusable("the RSA JWK has no p, q, dp, dq and qi").with_hint("export the key with its prime factors")
            })?;
            key_file::rsa(&der)
        }
        PublicKey::Ec { curve, x, y } => {
            let point = [&[4], x.as_slice(), y].concat();
            key_file::material(PrivateKey::ec(*curve, &private, &point))
        }
        PublicKey::Ed25519 { x } => key_file::material(PrivateKey::ed25519(&private, Some(x))),
    }?;
    let key = SigningKey::new(material, None, algorithm);
    key.choose(None).map(|_| key)
}

fn private_part(members: &Claims, name: &str) -> Option<Zeroizing<Vec<u8>>> {
    jwk::bytes(members, name).map(Zeroizing::new)
}

/// The members as the `RSAPrivateKey` that the provider reads.
fn rsa_der(members: &Claims, modulus: &[u8], exponent: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let [d, p, q, dp, dq, qi] = ["d", "p", "q", "dp", "dq", "qi"].map(|name| private_part(members, name));
    let (d, p, q, dp, dq, qi) = (d?, p?, q?, dp?, dq?, qi?);
    let key = RsaPrivateKey {
        modulus: UintRef::new(modulus).ok()?,
        public_exponent: UintRef::new(exponent).ok()?,
        private_exponent: UintRef::new(&d).ok()?,
        prime1: UintRef::new(&p).ok()?,
        prime2: UintRef::new(&q).ok()?,
        exponent1: UintRef::new(&dp).ok()?,
        exponent2: UintRef::new(&dq).ok()?,
        coefficient: UintRef::new(&qi).ok()?,
        other_prime_infos: None,
    };
    key.to_der().ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_that_do_not_belong_together_make_no_key() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2B";
        let text = format!(r#"{{"kty":"OKP","crv":"Ed25519","d":"{d}","x":"{x}"}}"#);
        let error = read(&Secret::new(text), None, None).map(|_| ()).expect_err("another seed");
        assert!(!format!("{error:?}").contains(&d[..8]));
    }
}
