//! Private keys as JSON: a JWK, a set of them, or a JSON file with a PEM text inside. Source: RFC 7517, RFC 7518 §6.

use pkcs1::{RsaPrivateKey, UintRef};
use pkcs8::der::Encode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::key::SigningKey;
use super::{jwk, key_file, unusable};
use crate::crypto::signature::{PrivateKey, PublicKey};
use crate::error::Error;
use crate::secret::Secret;

/// What such a text may hold. Only the secret members are erased; the others are nobody's secret.
#[derive(Deserialize)]
struct Document {
    kty: Option<String>,
    crv: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<Zeroizing<String>>,
    p: Option<Zeroizing<String>>,
    q: Option<Zeroizing<String>>,
    dp: Option<Zeroizing<String>>,
    dq: Option<Zeroizing<String>>,
    qi: Option<Zeroizing<String>>,
    /// The members of a set.
    keys: Option<Vec<Document>>,
    /// A PEM text, and its name.
    private_key: Option<Zeroizing<String>>,
    private_key_id: Option<String>,
}

/// Reads whichever of the three it is.
pub(super) fn read(text: &Secret, passphrase: Option<&Secret>, kid: Option<&str>) -> Result<SigningKey, Error> {
    let document: Document = serde_json::from_str(text.expose()).map_err(|_| {
        unusable("the key begins like JSON and is no JWK, key set or key file").with_hint("give a PEM text or a JWK")
    })?;
    if let Some(keys) = &document.keys {
        return choose(keys, kid)?.signing_key(kid);
    }
    match &document.private_key {
        Some(pem) => {
            let key = SigningKey::from_pem(&Secret::new(pem.as_str()), passphrase)?;
            Ok(named(key, kid.or(document.private_key_id.as_deref())))
        }
        None => document.signing_key(kid),
    }
}

/// The private key of this name in a set; without a name, the only one.
fn choose<'a>(keys: &'a [Document], kid: Option<&str>) -> Result<&'a Document, Error> {
    let signs = |key: &&Document| key.d.is_some() && key.usage.as_deref().is_none_or(|usage| usage == "sig");
    let mut fitting = keys.iter().filter(signs).filter(|key| kid.is_none() || key.kid.as_deref() == kid);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (Some(_), Some(_)) => {
            Err(unusable("the key set has several private keys").with_hint("choose one of them by its kid"))
        }
        (None, _) if kid.is_some() => Err(unusable("the key set has no private key of the given kid")),
        (None, _) => Err(unusable("the key set has no private key")),
    }
}

fn named(key: SigningKey, kid: Option<&str>) -> SigningKey {
    match kid {
        Some(kid) => key.with_kid(kid),
        None => key,
    }
}

impl Document {
    fn signing_key(&self, kid: Option<&str>) -> Result<SigningKey, Error> {
        let incomplete = || unusable("the JWK is no complete private key").with_hint("give one with all its members");
        let algorithm = match &self.alg {
            Some(name) => Some(
                Algorithm::from_name(name)
                    .ok_or_else(|| unusable("the JWK is for an algorithm that tokcore does not sign with"))?,
            ),
            None => None,
        };
        let public = jwk::public_key(&self.public_members()).ok_or_else(incomplete)?;
        let private = decoded(&self.d).ok_or_else(incomplete)?;
        let material = match &public {
            PublicKey::Rsa { modulus, exponent } => {
                let der = self.rsa_der(&private, modulus, exponent).ok_or_else(|| {
                    unusable("the RSA JWK has no p, q, dp, dq and qi")
                        .with_hint("export the key with its prime factors")
                })?;
                key_file::rsa(&der)
            }
            PublicKey::Ec { curve, .. } => {
                key_file::material(PrivateKey::ec(*curve, &private, &public.point().unwrap_or_default()))
            }
            PublicKey::Ed25519 { x } => key_file::material(PrivateKey::ed25519(&private, Some(x))),
        }?;
        let key = SigningKey::new(material, None, algorithm);
        key.choose(None)?;
        Ok(named(key, kid.or(self.kid.as_deref())))
    }

    fn public_members(&self) -> Claims {
        let members =
            [("kty", &self.kty), ("crv", &self.crv), ("n", &self.n), ("e", &self.e), ("x", &self.x), ("y", &self.y)];
        members.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    /// The members as the `RSAPrivateKey` that the provider reads.
    fn rsa_der(&self, private_exponent: &[u8], modulus: &[u8], exponent: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let [p, q, dp, dq, qi] = [&self.p, &self.q, &self.dp, &self.dq, &self.qi].map(decoded);
        let (p, q, dp, dq, qi) = (p?, q?, dp?, dq?, qi?);
        let key = RsaPrivateKey {
            modulus: UintRef::new(modulus).ok()?,
            public_exponent: UintRef::new(exponent).ok()?,
            private_exponent: UintRef::new(private_exponent).ok()?,
            prime1: UintRef::new(&p).ok()?,
            prime2: UintRef::new(&q).ok()?,
            exponent1: UintRef::new(&dp).ok()?,
            exponent2: UintRef::new(&dq).ok()?,
            coefficient: UintRef::new(&qi).ok()?,
            other_prime_infos: None,
        };
        key.to_der().ok().map(Zeroizing::new)
    }
}

fn decoded(member: &Option<Zeroizing<String>>) -> Option<Zeroizing<Vec<u8>>> {
    jwk::decode(member.as_ref()?).map(Zeroizing::new)
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
