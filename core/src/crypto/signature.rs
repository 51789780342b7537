//! Asymmetric signatures: RSA, ECDSA and Ed25519, made and checked by the provider.
//!
//! Keys come and go as their bare parts; [`crate::jose`] reads them from files and writes them as JWK.

use zeroize::Zeroizing;

use super::Hash;
use super::provider::rand::SystemRandom;
use super::provider::signature as algorithms;
use super::provider::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair, UnparsedPublicKey};

/// A curve of ECDSA, each with the hash that JOSE pairs it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Length of a coordinate, and of the private scalar. Units: bytes.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }
}

/// How a message is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    RsaPkcs1(Hash),
    RsaPss(Hash),
    Ecdsa(Curve),
    Ed25519,
}

/// Why the provider takes no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "aws-lc", expect(dead_code, reason = "only ring lacks a curve and a computation"))]
pub(crate) enum Rejected {
    /// Its parts make no sense, or do not belong together.
    Invalid,
    /// This provider does not have the curve.
    Unsupported,
    /// The public half is not there, and this provider does not compute it.
    NoPublicKey,
}

/// A private key, parsed once.
pub(crate) enum PrivateKey {
    Rsa(Box<RsaKeyPair>),
    Ec(Curve, Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// A public key as its parts, big-endian and without leading zeros (RSA) or of full length (curves).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    Ed25519 { x: Vec<u8> },
}

impl PrivateKey {
    /// An RSA key from its `RSAPrivateKey`. Source: RFC 8017 §A.1.2.
    pub(crate) fn rsa(pkcs1: &[u8]) -> Result<Self, Rejected> {
        RsaKeyPair::from_der(pkcs1).map(|pair| Self::Rsa(Box::new(pair))).map_err(|_| Rejected::Invalid)
    }

    /// A key of a curve from its scalar, of full length, and its uncompressed point; they are checked to belong together.
    pub(crate) fn ec(curve: Curve, scalar: &[u8], point: &[u8]) -> Result<Self, Rejected> {
        let algorithm = signing_algorithm(curve)?;
        #[cfg(feature = "aws-lc")]
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point);
        #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point, &SystemRandom::new());
        pair.map(|pair| Self::Ec(curve, Box::new(pair))).map_err(|_| Rejected::Invalid)
    }

    /// A key of a curve from an `ECPrivateKey` that leaves the point out. Source: RFC 5915 §3.
    pub(crate) fn ec_without_point(curve: Curve, sec1: &[u8]) -> Result<Self, Rejected> {
        let algorithm = signing_algorithm(curve)?;
        #[cfg(feature = "aws-lc")]
        let pair = EcdsaKeyPair::from_private_key_der(algorithm, sec1).map_err(|_| Rejected::Invalid);
        #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
        let pair = Err((algorithm, sec1)).map_err(|_| Rejected::NoPublicKey);
        pair.map(|pair| Self::Ec(curve, Box::new(pair)))
    }

    /// An Ed25519 key from its seed; a public key that is given is checked.
    pub(crate) fn ed25519(seed: &[u8], public: Option<&[u8]>) -> Result<Self, Rejected> {
        let pair = match public {
            Some(public) => Ed25519KeyPair::from_seed_and_public_key(seed, public),
            None => Ed25519KeyPair::from_seed_unchecked(seed),
        };
        pair.map(|pair| Self::Ed25519(Box::new(pair))).map_err(|_| Rejected::Invalid)
    }

    /// A fresh P-256 key as PKCS#8, for storage; [`PrivateKey`] is made of it like of any other. `None` without randomness.
    pub(crate) fn generate_p256() -> Option<Zeroizing<Vec<u8>>> {
        EcdsaKeyPair::generate_pkcs8(&algorithms::ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .ok()
            .map(|document| Zeroizing::new(document.as_ref().to_vec()))
    }

    /// Signs `message`. `None` when the scheme is not for this key, or the provider fails.
    pub(crate) fn sign(&self, scheme: Scheme, message: &[u8]) -> Option<Vec<u8>> {
        let rng = SystemRandom::new();
        match (self, scheme) {
            (Self::Rsa(pair), Scheme::RsaPkcs1(_) | Scheme::RsaPss(_)) => {
                let padding: &'static dyn algorithms::RsaEncoding = match scheme {
                    Scheme::RsaPkcs1(Hash::Sha256) => &algorithms::RSA_PKCS1_SHA256,
                    Scheme::RsaPkcs1(Hash::Sha384) => &algorithms::RSA_PKCS1_SHA384,
                    Scheme::RsaPkcs1(Hash::Sha512) => &algorithms::RSA_PKCS1_SHA512,
                    Scheme::RsaPss(Hash::Sha256) => &algorithms::RSA_PSS_SHA256,
                    Scheme::RsaPss(Hash::Sha384) => &algorithms::RSA_PSS_SHA384,
                    _ => &algorithms::RSA_PSS_SHA512,
                };
                let mut signature = vec![0; modulus_bytes(pair)];
                pair.sign(padding, &rng, message, &mut signature).ok().map(|()| signature)
            }
            (Self::Ec(own, pair), Scheme::Ecdsa(curve)) if *own == curve => {
                pair.sign(&rng, message).ok().map(|signature| signature.as_ref().to_vec())
            }
            (Self::Ed25519(pair), Scheme::Ed25519) => Some(pair.sign(message).as_ref().to_vec()),
            _ => None,
        }
    }

    /// The public half. `None` only if the provider wrote it in a form that nobody can read.
    pub(crate) fn public(&self) -> Option<PublicKey> {
        match self {
            Self::Rsa(pair) => {
                let parts = pkcs1::RsaPublicKey::try_from(pair.public_key().as_ref()).ok()?;
                let (modulus, exponent) = (parts.modulus.as_bytes(), parts.public_exponent.as_bytes());
                Some(PublicKey::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
            }
            Self::Ec(curve, pair) => PublicKey::of_point(*curve, pair.public_key().as_ref()),
            Self::Ed25519(pair) => Some(PublicKey::Ed25519 { x: pair.public_key().as_ref().to_vec() }),
        }
    }
}

fn modulus_bytes(pair: &RsaKeyPair) -> usize {
    #[cfg(feature = "aws-lc")]
    {
        pair.public_modulus_len()
    }
    #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
    {
        pair.public().modulus_len()
    }
}

fn signing_algorithm(curve: Curve) -> Result<&'static algorithms::EcdsaSigningAlgorithm, Rejected> {
    match curve {
        Curve::P256 => Ok(&algorithms::ECDSA_P256_SHA256_FIXED_SIGNING),
        Curve::P384 => Ok(&algorithms::ECDSA_P384_SHA384_FIXED_SIGNING),
        #[cfg(feature = "aws-lc")]
        Curve::P521 => Ok(&algorithms::ECDSA_P521_SHA512_FIXED_SIGNING),
        #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
        Curve::P521 => Err(Rejected::Unsupported),
    }
}

/// Marks an uncompressed point. Source: SEC 1 §2.3.3.
const UNCOMPRESSED: u8 = 4;

impl PublicKey {
    /// The key at an uncompressed point. `None` when the bytes are no such point.
    pub(crate) fn of_point(curve: Curve, point: &[u8]) -> Option<Self> {
        let (&UNCOMPRESSED, coordinates) = point.split_first()? else { return None };
        if coordinates.len() != 2 * curve.bytes() {
            return None;
        }
        let (x, y) = coordinates.split_at(curve.bytes());
        Some(Self::Ec { curve, x: x.to_vec(), y: y.to_vec() })
    }

    /// The uncompressed point of a key on a curve.
    pub(crate) fn point(&self) -> Option<Vec<u8>> {
        match self {
            Self::Ec { x, y, .. } => Some([&[UNCOMPRESSED], x.as_slice(), y].concat()),
            _ => None,
        }
    }

    /// Whether `signature` is this key's for `message`. `false` also for a scheme that is not for this key.
    pub(crate) fn verifies(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        match (self, scheme) {
            (Self::Rsa { modulus, exponent }, Scheme::RsaPkcs1(_) | Scheme::RsaPss(_)) => {
                let parameters = match scheme {
                    Scheme::RsaPkcs1(Hash::Sha256) => &algorithms::RSA_PKCS1_2048_8192_SHA256,
                    Scheme::RsaPkcs1(Hash::Sha384) => &algorithms::RSA_PKCS1_2048_8192_SHA384,
                    Scheme::RsaPkcs1(Hash::Sha512) => &algorithms::RSA_PKCS1_2048_8192_SHA512,
                    Scheme::RsaPss(Hash::Sha256) => &algorithms::RSA_PSS_2048_8192_SHA256,
                    Scheme::RsaPss(Hash::Sha384) => &algorithms::RSA_PSS_2048_8192_SHA384,
                    _ => &algorithms::RSA_PSS_2048_8192_SHA512,
                };
                let key = algorithms::RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(parameters, message, signature).is_ok()
            }
            (Self::Ec { curve: own, .. }, Scheme::Ecdsa(curve)) if *own == curve => {
                let point = self.point().unwrap_or_default();
                match curve {
                    Curve::P256 => accepts(&algorithms::ECDSA_P256_SHA256_FIXED, &point, message, signature),
                    Curve::P384 => accepts(&algorithms::ECDSA_P384_SHA384_FIXED, &point, message, signature),
                    #[cfg(feature = "aws-lc")]
                    Curve::P521 => accepts(&algorithms::ECDSA_P521_SHA512_FIXED, &point, message, signature),
                    #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
                    Curve::P521 => false,
                }
            }
            (Self::Ed25519 { x }, Scheme::Ed25519) => accepts(&algorithms::ED25519, x, message, signature),
            _ => false,
        }
    }
}

fn accepts(
    algorithm: &'static dyn algorithms::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}
