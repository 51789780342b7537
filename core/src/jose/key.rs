//! A key of ours: parsed once, kept, cheap to clone, never printed.

use std::fmt;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::certificate::{self, CertificateHeader};
use super::claims::Claims;
use super::jwk::Jwk;
use super::{key_file, private_jwk, unusable};
use crate::crypto::signature::{PrivateKey, PublicKey};
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// A key that signs assertions and proofs.
#[derive(Clone)]
pub struct SigningKey {
    material: Arc<Material>,
    /// What the key's owner wants it used for; `None` leaves the choice.
    algorithm: Option<Algorithm>,
    /// What every header signed with it says.
    header: Arc<Claims>,
}

pub(super) enum Material {
    Pair { private: PrivateKey, public: PublicKey },
    Shared { secret: Secret, may_be_weak: bool },
}

impl Material {
    /// The pair, with its public half at hand.
    pub(super) fn of(private: PrivateKey) -> Result<Self, Error> {
        let public = private.public().ok_or_else(|| unusable("the key has no readable public half"))?;
        Ok(Self::Pair { private, public })
    }
}

impl SigningKey {
    pub(super) fn new(material: Material, kid: Option<&str>, algorithm: Option<Algorithm>) -> Self {
        let key = Self { material: Arc::new(material), algorithm, header: Arc::default() };
        match kid {
            Some(kid) => key.with_kid(kid),
            None => key,
        }
    }

    /// Reads a key in whatever form it comes: PEM (PKCS#8, also encrypted; PKCS#1; SEC1), a JWK, a set of JWK, or a
    /// JSON file that holds a PEM as `private_key` and its name as `private_key_id`.
    ///
    /// `kid` chooses a key of a set; of a single key it is the name, in place of its own.
    ///
    /// Errors: `ConfigInvalid` with reason `Crypto`; never quotes the key.
    pub fn parse(text: &Secret, passphrase: Option<&Secret>, kid: Option<&str>) -> Result<Self, Error> {
        if !text.expose().trim_start().starts_with('{') {
            return Ok(Self::new(key_file::from_pem(text, passphrase)?, kid, None));
        }
        private_jwk::read(text, passphrase, kid)
    }

    /// Reads a PEM text: the first private key in it.
    ///
    /// Errors: as [`SigningKey::parse`]; an encrypted key without a passphrase says so.
    pub fn from_pem(text: &Secret, passphrase: Option<&Secret>) -> Result<Self, Error> {
        Ok(Self::new(key_file::from_pem(text, passphrase)?, None, None))
    }

    /// The client secret as a key for HMAC. Shape: `may_be_weak` admits one shorter than the hash, which can be guessed
    /// from a single assertion.
    pub fn from_client_secret(secret: Secret, may_be_weak: bool) -> Self {
        Self::new(Material::Shared { secret, may_be_weak }, None, None)
    }

    /// The same key under this name (`kid`).
    pub fn with_kid(self, kid: &str) -> Self {
        self.with_header("kid", kid)
    }

    /// The same key, with a member that every header signed with it has.
    pub fn with_header(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        Arc::make_mut(&mut self.header).set(name, value);
        self
    }

    /// The same key, with its certificate in every header. Some servers know a key only by its certificate.
    ///
    /// Errors: `ConfigInvalid` with reason `Crypto` when the PEM text holds no certificate.
    pub fn with_certificate(self, pem: &str, members: &[CertificateHeader]) -> Result<Self, Error> {
        let chain = certificate::chain(pem)?;
        Ok(members.iter().fold(self, |key, member| key.with_header(member.name(), member.value(&chain))))
    }

    /// The key's name.
    pub fn kid(&self) -> Option<&str> {
        self.header.text("kid")
    }

    /// The public half. `None` for a shared secret, which has none.
    pub fn public_jwk(&self) -> Option<Jwk> {
        match &*self.material {
            Material::Pair { public, .. } => {
                Some(Jwk::new(public.clone(), self.kid().map(str::to_owned), self.algorithm))
            }
            Material::Shared { .. } => None,
        }
    }

    /// The algorithm that is signed with: the requested one, else the key's own, else the usual one of its type.
    ///
    /// Errors: `ConfigInvalid` with reason `Crypto` when the key cannot sign so, or the secret is too weak for it.
    pub fn choose(&self, requested: Option<Algorithm>) -> Result<Algorithm, Error> {
        let requested = requested.or(self.algorithm);
        match &*self.material {
            Material::Pair { public, .. } => {
                let algorithm = requested.unwrap_or(Algorithm::usual(public));
                match algorithm.fits(public) {
                    true => Ok(algorithm),
                    false => Err(misfit(algorithm, Algorithm::usual(public))),
                }
            }
            Material::Shared { secret, may_be_weak } => {
                let algorithm = requested.unwrap_or(Algorithm::Hs256);
                let needed = algorithm.hash().bytes();
                match secret.expose().len() {
                    _ if !algorithm.is_hmac() => Err(misfit(algorithm, Algorithm::Hs256)),
                    0 => Err(unusable("the client secret is empty")),
                    length if length < needed && !may_be_weak => Err(weak(algorithm, length)),
                    _ => Ok(algorithm),
                }
            }
        }
    }

    pub(super) fn header(&self) -> &Claims {
        &self.header
    }

    /// Signs `message`, by an algorithm that [`SigningKey::choose`] gave.
    pub(crate) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = match &*self.material {
            Material::Pair { private, .. } => algorithm.scheme().and_then(|scheme| private.sign(scheme, message)),
            Material::Shared { secret, .. } => Some(algorithm.hash().hmac(secret.expose().as_bytes(), message)),
        };
        signature.ok_or_else(|| Error::new(Kind::Internal, format!("signing with {} failed", algorithm.name())))
    }
}

fn misfit(algorithm: Algorithm, usual: Algorithm) -> Error {
    unusable(format!("the key cannot sign with {}", algorithm.name()))
        .with_hint(format!("sign with {}, or give a key of another type", usual.name()))
}

fn weak(algorithm: Algorithm, length: usize) -> Error {
    let needed = algorithm.hash().bytes();
    unusable(format!("a client secret of {length} bytes is too weak for {}, which needs {needed}", algorithm.name()))
        .with_hint("have a longer secret issued, or allow weak secrets for this client")
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.choose(None).map(Algorithm::name).unwrap_or("unusable");
        f.debug_struct("SigningKey").field("algorithm", &algorithm).field("kid", &self.kid()).finish_non_exhaustive()
    }
}
