//! Public keys as JSON, and sets of them. Source: RFC 7517, RFC 7518 §6, RFC 8037 §2; thumbprints: RFC 7638.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::unusable;
use crate::crypto;
use crate::crypto::signature::{Curve, PublicKey};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// As for every answer. Units: bytes.
const SET_BYTES: usize = 1024 * 1024;
/// More keys than any issuer uses at once; the rest is not looked at.
const SET_KEYS: usize = 256;
/// An RSA modulus of 16384 bits; larger ones only cost time.
const MODULUS_BYTES: usize = 2048;

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwk {
    pub(super) public: PublicKey,
    kid: Option<String>,
    algorithm: Option<Algorithm>,
}

impl Jwk {
    /// Reads a public key; the private members of a key pair are not looked at.
    ///
    /// Errors: `ConfigInvalid` with reason `Crypto` for a key of an unknown type or with impossible parts.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let members: Claims =
            serde_json::from_str(json).map_err(|_| unusable("the public key is not a JSON object"))?;
        Self::of_members(&members).ok_or_else(|| unusable("the public key is of an unknown type or incomplete"))
    }

    pub(super) fn new(public: PublicKey, kid: Option<String>, algorithm: Option<Algorithm>) -> Self {
        Self { public, kid, algorithm }
    }

    fn of_members(members: &Claims) -> Option<Self> {
        let public = public_key(members)?;
        let algorithm = members.text("alg").map(Algorithm::from_name);
        // An `alg` that nobody knows, such as one for encryption, makes it a key for something else.
        if algorithm.is_some_and(|known| known.is_none()) {
            return None;
        }
        Some(Self { public, kid: members.text("kid").map(str::to_owned), algorithm: algorithm.flatten() })
    }

    /// The key's name.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether the key may check a signature of this algorithm.
    pub fn is_for(&self, algorithm: Algorithm) -> bool {
        algorithm.fits(&self.public) && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Whether `signature` is this key's for `message`.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let scheme = algorithm.scheme().filter(|_| self.is_for(algorithm));
        scheme.is_some_and(|scheme| self.public.verifies(scheme, message, signature))
    }

    /// The members that make the key, in the order of their names: what a DPoP proof carries and a thumbprint hashes.
    pub fn members(&self) -> Claims {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.public {
            PublicKey::Rsa { modulus, exponent } => {
                Claims::from_iter([("e", text(exponent)), ("kty", "RSA".into()), ("n", text(modulus))])
            }
            PublicKey::Ec { curve, x, y } => Claims::from_iter([
                ("crv", curve_name(*curve).into()),
                ("kty", "EC".into()),
                ("x", text(x)),
                ("y", text(y)),
            ]),
            PublicKey::Ed25519 { x } => {
                Claims::from_iter([("crv", "Ed25519".into()), ("kty", "OKP".to_owned()), ("x", text(x))])
            }
        }
    }

    /// SHA-256 of those members, as base64url: a name that everybody computes alike. Source: RFC 7638.
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(crypto::sha256(self.members().to_json().as_bytes()))
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk").field("kid", &self.kid).field("thumbprint", &self.thumbprint()).finish_non_exhaustive()
    }
}

fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}

fn curve_of_name(name: &str) -> Option<Curve> {
    [Curve::P256, Curve::P384, Curve::P521].into_iter().find(|curve| curve_name(*curve) == name)
}

/// The bytes of a base64url text, also of one with padding; `None` when it is something else.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

fn bytes(members: &Claims, name: &str) -> Option<Vec<u8>> {
    decode(members.text(name)?)
}

pub(super) fn public_key(members: &Claims) -> Option<PublicKey> {
    let number = |name| -> Option<Vec<u8>> {
        let bytes = bytes(members, name)?;
        let first = bytes.iter().position(|byte| *byte != 0)?;
        Some(bytes[first..].to_vec())
    };
    match members.text("kty")? {
        "RSA" => {
            let (modulus, exponent) = (number("n")?, number("e")?);
            (modulus.len() <= MODULUS_BYTES).then_some(PublicKey::Rsa { modulus, exponent })
        }
        "EC" => {
            let curve = curve_of_name(members.text("crv")?)?;
            let (x, y) = (bytes(members, "x")?, bytes(members, "y")?);
            (x.len() == curve.bytes() && y.len() == curve.bytes()).then_some(PublicKey::Ec { curve, x, y })
        }
        "OKP" if members.text("crv") == Some("Ed25519") => {
            bytes(members, "x").filter(|x| x.len() == 32).map(|x| PublicKey::Ed25519 { x })
        }
        _ => None,
    }
}

/// An issuer's keys. Those that cannot check a signature (of other types, for encryption, malformed) are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<Jwk>,
    is_cut: bool,
}

impl Jwks {
    /// Reads a set: `{"keys": […]}`, of which the first 256 count.
    ///
    /// Errors: `Protocol`, with reason `ResponseTooLarge` beyond 1 MiB, else `MalformedResponse`.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let refuse = |reason, message| Err(Error::new(Kind::Protocol, message).with_reason(reason));
        if body.len() > SET_BYTES {
            return refuse(Reason::ResponseTooLarge, "the issuer's key set is larger than 1 MiB");
        }
        let document: Option<Value> = serde_json::from_slice(body).ok();
        let Some(keys) = document.as_ref().and_then(|document| document.get("keys")?.as_array()) else {
            return refuse(Reason::MalformedResponse, "the issuer's key set has no list of keys");
        };
        let usable = keys.iter().take(SET_KEYS).filter_map(|key| {
            let members = Claims::from_iter(key.as_object()?.iter().map(|(name, value)| (name, value.clone())));
            Jwk::of_members(&members).filter(|_| is_for_checking(&members))
        });
        Ok(Self { keys: usable.collect(), is_cut: keys.len() > SET_KEYS })
    }

    /// The keys.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// Whether the set had more keys than were looked at.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The keys that may have signed: those named `kid` if the token names one, and fit for its algorithm.
    pub fn candidates<'a>(&'a self, kid: Option<&'a str>, algorithm: Algorithm) -> impl Iterator<Item = &'a Jwk> {
        let named = move |key: &&Jwk| kid.is_none() || key.kid() == kid;
        self.keys.iter().filter(named).filter(move |key| key.is_for(algorithm))
    }
}

/// Whether `use` and `key_ops`, where given, allow checking a signature. Source: RFC 7517 §4.2, §4.3.
fn is_for_checking(members: &Claims) -> bool {
    let operations = members.get("key_ops").and_then(Value::as_array);
    members.text("use").is_none_or(|usage| usage == "sig")
        && operations.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"))
}
