//! Private keys as they lie in files. Source: RFC 5958 (PKCS#8), RFC 8017 §A.1.2 (PKCS#1), RFC 5915 (SEC1).

use pkcs1::RsaPrivateKey;
use pkcs8::der::Decode;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::{EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo, pkcs5};
use sec1::EcPrivateKey;

use super::key::Material;
use super::{pem, unusable};
use crate::crypto::signature::{Curve, PrivateKey, Rejected};
use crate::error::Error;
use crate::secret::Secret;

/// Shorter RSA keys are no longer safe. Source: RFC 7518 §3.3.
const MODULUS_BITS: usize = 2048;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Reads the first private key of a PEM text.
pub(super) fn from_pem(text: &Secret, passphrase: Option<&Secret>) -> Result<Material, Error> {
    let mut keys = pem::sections(text.expose()).filter(|section| section.label.ends_with("PRIVATE KEY"));
    let Some(section) = keys.next() else {
        return Err(unusable("the key file has no private key")
            .with_hint("give a PEM text that begins with -----BEGIN PRIVATE KEY-----, or a JWK"));
    };
    if section.has_encryption_header() {
        return Err(unusable("the private key is encrypted in a format from before PKCS#8").with_hint(REENCRYPT));
    }
    let der = section.der().ok_or_else(|| unusable("the private key in the PEM text is not base64"))?;
    match section.label {
        "PRIVATE KEY" => pkcs8(&der),
        "ENCRYPTED PRIVATE KEY" => encrypted(&der, passphrase),
        "RSA PRIVATE KEY" => rsa(&der),
        "EC PRIVATE KEY" => ec(&der, None),
        _ => Err(unknown_type()),
    }
}

const REENCRYPT: &str = "encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem -out new.pem";

/// Reads a PKCS#8 `PrivateKeyInfo`.
pub(super) fn pkcs8(der: &[u8]) -> Result<Material, Error> {
    let info = PrivateKeyInfo::from_der(der).map_err(|_| damaged())?;
    match info.algorithm.oid {
        RSA => rsa(info.private_key),
        EC => {
            let named = info.algorithm.parameters_oid().map_err(|_| unknown_type())?;
            ec(info.private_key, Some(named))
        }
        ED25519 => {
            let seed = OctetStringRef::from_der(info.private_key).map_err(|_| damaged())?;
            material(PrivateKey::ed25519(seed.as_bytes(), info.public_key))
        }
        _ => Err(unknown_type()),
    }
}

fn encrypted(der: &[u8], passphrase: Option<&Secret>) -> Result<Material, Error> {
    let Some(passphrase) = passphrase else {
        return Err(unusable("the private key is encrypted and needs a passphrase")
            .with_hint("give the passphrase, or write the key without one: openssl pkey -in key.pem -out plain.pem"));
    };
    let unknown = || unusable("the private key is encrypted in a way that tokcore does not open").with_hint(REENCRYPT);
    let info = EncryptedPrivateKeyInfo::from_der(der).map_err(|_| unknown())?;
    // A wrong passphrase shows as bad padding, or as plain text that is no key.
    let wrong = || unusable("the private key does not open with this passphrase").with_hint("check the passphrase");
    let plain = info.decrypt(passphrase.expose()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::DecryptFailed) => wrong(),
        pkcs8::Error::EncryptedPrivateKey(_) => unknown(),
        _ => wrong(),
    })?;
    PrivateKeyInfo::from_der(plain.as_bytes()).map_err(|_| wrong())?;
    pkcs8(plain.as_bytes())
}

/// Reads a PKCS#1 `RSAPrivateKey`.
pub(super) fn rsa(der: &[u8]) -> Result<Material, Error> {
    let key = RsaPrivateKey::from_der(der).map_err(|_| damaged())?;
    let modulus = key.modulus.as_bytes();
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if bits < MODULUS_BITS {
        return Err(unusable(format!("the RSA key has {bits} bits and needs at least {MODULUS_BITS}"))
            .with_hint("make a new key: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key.pem"));
    }
    material(PrivateKey::rsa(der))
}

/// Reads a SEC1 `ECPrivateKey`, whose curve may be named around it.
fn ec(der: &[u8], named: Option<ObjectIdentifier>) -> Result<Material, Error> {
    let key = EcPrivateKey::from_der(der).map_err(|_| damaged())?;
    let curve = match named.or(key.parameters.and_then(|parameters| parameters.named_curve())) {
        Some(P256) => Curve::P256,
        Some(P384) => Curve::P384,
        Some(P521) => Curve::P521,
        _ => return Err(unknown_type()),
    };
    material(match key.public_key {
        Some(point) => PrivateKey::ec(curve, key.private_key, point),
        None => PrivateKey::ec_without_point(curve, der),
    })
}

/// What is made of the provider's verdict.
pub(super) fn material(key: Result<PrivateKey, Rejected>) -> Result<Material, Error> {
    Material::of(key.map_err(|rejected| {
        match rejected {
            Rejected::Invalid => damaged(),
            Rejected::Unsupported => unusable("this build of tokcore does not sign with curve P-521")
                .with_hint("use a key on curve P-256 or P-384"),
            Rejected::NoPublicKey => unusable("the private key comes without its public half")
                .with_hint("write it anew, with both: openssl pkey -in key.pem -out complete.pem"),
        }
    })?)
}

fn damaged() -> Error {
    unusable("the private key is damaged: its parts make no key").with_hint("export the key again")
}

fn unknown_type() -> Error {
    unusable("the private key is of a type that tokcore does not sign with")
        .with_hint("use RSA, EC on P-256, P-384 or P-521, or Ed25519")
}
