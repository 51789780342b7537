//! Signed texts in compact form. Source: RFC 7515 §7.1, RFC 8725 §3.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::jwk::Jwk;
use super::key::SigningKey;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// Longer than any token that fits into a header. Units: bytes.
const TEXT_BYTES: usize = 64 * 1024;

/// Signs `payload` and gives the compact form.
///
/// The header is `alg`, then `header` in its order, then what the key adds (`kid`, certificate members) and `header`
/// does not say already. Without an `algorithm` the key's usual one is taken.
///
/// Errors: `ConfigInvalid` with reason `Crypto` when key and algorithm do not fit; `InvalidArgument` for a header that
/// names an algorithm itself.
pub fn sign(key: &SigningKey, algorithm: Option<Algorithm>, header: &Claims, payload: &[u8]) -> Result<Secret, Error> {
    if header.get("alg").is_some() {
        return Err(Error::new(Kind::InvalidArgument, "the header of a signed token may not set `alg` itself")
            .with_hint("choose the algorithm by its own parameter"));
    }
    let algorithm = key.choose(algorithm)?;
    let mut members = Claims::new().with("alg", algorithm.name());
    members.merge(header);
    for (name, value) in key.header().iter().filter(|(name, _)| header.get(name).is_none()) {
        members.set(name, value.clone());
    }
    // The signature in base64 stays below 1 KiB for every key that is in use; one allocation holds it all.
    let mut text = Zeroizing::new(String::with_capacity(1536 + payload.len() * 4 / 3));
    URL_SAFE_NO_PAD.encode_string(members.to_json(), &mut text);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut text);
    let signature = key.sign(algorithm, text.as_bytes())?;
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    Ok(Secret::new(std::mem::take(&mut *text)))
}

/// Signs claims: a JWT. Errors: as [`sign`].
pub fn sign_claims(
    key: &SigningKey,
    algorithm: Option<Algorithm>,
    header: &Claims,
    claims: &Claims,
) -> Result<Secret, Error> {
    sign(key, algorithm, header, Zeroizing::new(claims.to_json()).as_bytes())
}

/// A signed text, taken apart and not believed yet.
pub struct Jws<'a> {
    header: Claims,
    payload: Zeroizing<Vec<u8>>,
    signature: Vec<u8>,
    signed: &'a str,
}

impl<'a> Jws<'a> {
    /// Takes a compact form apart.
    ///
    /// Errors: `Protocol` with reason `MalformedResponse` when it is none, or demands an extension that nobody knows.
    pub fn parse(text: &'a Secret) -> Result<Self, Error> {
        Self::read(text.expose()).map_err(|why| {
            Error::new(Kind::Protocol, format!("a signed token cannot be read: {why}"))
                .with_reason(Reason::MalformedResponse)
        })
    }

    /// The same for callers that have words of their own for a token which cannot be read.
    pub(crate) fn read(text: &'a str) -> Result<Self, &'static str> {
        if text.len() > TEXT_BYTES {
            return Err("it is longer than 64 KiB");
        }
        let parts = "it is not three parts of base64url";
        let (signed, signature) = text.rsplit_once('.').ok_or(parts)?;
        let (header, payload) = signed.split_once('.').ok_or(parts)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| parts);
        let header: Claims = serde_json::from_slice(&decode(header)?).map_err(|_| "its header is not a JSON object")?;
        // Whoever does not know a critical extension must not accept the token. Source: RFC 7515 §4.1.11.
        if header.get("crit").is_some() {
            return Err("its header demands an extension");
        }
        Ok(Self { header, payload: Zeroizing::new(decode(payload)?), signature: decode(signature)?, signed })
    }

    /// The header.
    pub fn header(&self) -> &Claims {
        &self.header
    }

    /// The algorithm that the header names. `None` for `none` and for every other that proves nothing to us.
    pub fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_name(self.header.text("alg")?)
    }

    /// The name of the key that signed, if the header tells.
    pub fn kid(&self) -> Option<&str> {
        self.header.text("kid")
    }

    /// What is signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as claims. `None` when it is not a JSON object.
    pub fn claims(&self) -> Option<Claims> {
        serde_json::from_slice(&self.payload).ok()
    }

    /// Whether this key signed it, by the algorithm that the header names.
    pub fn is_signed_by(&self, key: &Jwk) -> bool {
        let verifies = |algorithm| key.verifies(algorithm, self.signed.as_bytes(), &self.signature);
        self.algorithm().is_some_and(verifies)
    }

    /// Whether it carries the HMAC under this secret, by the algorithm that the header names.
    pub fn is_authentic_under(&self, secret: &Secret) -> bool {
        let Some(algorithm) = self.algorithm().filter(|algorithm| algorithm.is_hmac()) else { return false };
        algorithm.hash().hmac_matches(secret.expose().as_bytes(), self.signed.as_bytes(), &self.signature)
    }
}
