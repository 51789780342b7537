//! Proof that whoever uses a token holds the key it was issued to. Source: RFC 9449.

use std::collections::VecDeque;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use url::Url;
use zeroize::Zeroizing;

use crate::crypto;
use crate::crypto::signature::PrivateKey;
use crate::error::Error;
use crate::jose::{Algorithm, Claims, SigningKey, jws};
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// The header that carries a proof.
pub const PROOF_HEADER: &str = "dpop";
/// The header in which a server hands out its next nonce.
pub const NONCE_HEADER: &str = "dpop-nonce";
/// The error by which a server asks for its nonce.
pub const USE_NONCE: &str = "use_dpop_nonce";

/// The key of one grant, kept with the token that is bound to it.
#[derive(Clone)]
pub struct DpopKey {
    key: SigningKey,
    algorithm: Algorithm,
    header: Claims,
    thumbprint: String,
    stored: Secret,
}

impl DpopKey {
    /// A fresh ES256 key, from the provider's own randomness.
    ///
    /// Errors: `Internal` when the system has no randomness to give.
    pub fn generate() -> Result<Self, Error> {
        let der = PrivateKey::generate_p256()
            .ok_or_else(|| Error::new(Kind::Internal, "no key could be made for DPoP").with_reason(Reason::Crypto))?;
        let body = Zeroizing::new(STANDARD.encode(&*der));
        Self::import(&Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", *body)))
    }

    /// A key that was kept, or a caller's own: RSA, EC or Ed25519 in any form of [`SigningKey::parse`].
    ///
    /// Errors: `ConfigInvalid` with reason `Crypto`.
    pub fn import(stored: &Secret) -> Result<Self, Error> {
        let key = SigningKey::parse(stored, None, None)?;
        let public = key.public_jwk().ok_or_else(|| Error::new(Kind::Internal, "a key pair without a public half"))?;
        let jwk: serde_json::Map<_, _> =
            public.members().iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        // The key stands in the header itself; a name beside it could only contradict.
        let header = Claims::new().with("typ", "dpop+jwt").with("jwk", jwk).with("kid", serde_json::Value::Null);
        let algorithm = key.choose(None)?;
        Ok(Self { key, algorithm, header, thumbprint: public.thumbprint(), stored: stored.clone() })
    }

    /// The key as text for encrypted storage; [`DpopKey::import`] reads it back.
    pub fn export(&self) -> &Secret {
        &self.stored
    }

    /// What proofs are signed with: one of the server's `dpop_signing_alg_values_supported`, where it lists any.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `dpop_jkt` of the authorization request, and `jkt` of a bound token. Source: RFC 7638.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The proof for one request.
    ///
    /// Errors: `Internal` when signing fails.
    pub fn prove(&self, request: &Proof<'_>) -> Result<Secret, Error> {
        jws::sign_claims(&self.key, Some(self.algorithm), &self.header, &request.claims())
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DpopKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// The request that a proof is for.
#[derive(Clone, Debug)]
pub struct Proof<'a> {
    /// The HTTP method, in capitals.
    pub method: &'a str,
    /// Where the request goes; query and fragment are not signed.
    pub url: &'a Url,
    /// The server's time, as far as it is known. Units: seconds since 1970-01-01 UTC.
    pub now_unix_s: i64,
    /// A fresh id per proof ([`super::client_assertion::fresh_id`]).
    pub id: &'a str,
    /// The server's newest nonce, if it has given one ([`Nonces`]).
    pub nonce: Option<&'a str>,
    /// The token that goes with the request; none toward the token endpoint.
    pub access_token: Option<&'a Secret>,
}

impl Proof<'_> {
    /// The claims of the proof.
    pub fn claims(&self) -> Claims {
        let mut claims = Claims::new()
            .with("jti", self.id)
            .with("htm", self.method)
            .with("htu", bare(self.url))
            .with("iat", self.now_unix_s);
        if let Some(token) = self.access_token {
            claims.set("ath", URL_SAFE_NO_PAD.encode(crypto::sha256(token.expose().as_bytes())));
        }
        if let Some(nonce) = self.nonce {
            claims.set("nonce", nonce);
        }
        claims
    }
}

/// The URL without query and fragment. An empty path is the one slash that the request line has.
fn bare(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// As many servers as one process talks to with proofs.
const ORIGINS: usize = 100;
/// Longer nonces are no nonces. Units: bytes.
const NONCE_BYTES: usize = 1024;

/// The newest nonce of each server, for the hundred used last.
#[derive(Clone, Debug, Default)]
pub struct Nonces {
    /// Used last comes last.
    newest: VecDeque<(String, String)>,
}

impl Nonces {
    /// The nonce for the next request to `origin` (`url.origin().ascii_serialization()`).
    pub fn get(&mut self, origin: &str) -> Option<&str> {
        let at = self.newest.iter().position(|(own, _)| own == origin)?;
        let used = self.newest.remove(at)?;
        self.newest.push_back(used);
        self.newest.back().map(|(_, nonce)| nonce.as_str())
    }

    /// Takes what a server's answer has in [`NONCE_HEADER`]; of every answer, also of a success. Impossible ones are
    /// ignored. Source: RFC 9449 §8.1, §8.2.
    pub fn learn(&mut self, origin: &str, nonce: &str) {
        if !is_nonce(nonce) {
            return;
        }
        self.newest.retain(|(own, _)| own != origin);
        if self.newest.len() == ORIGINS {
            self.newest.pop_front();
        }
        self.newest.push_back((origin.to_owned(), nonce.to_owned()));
    }
}

fn is_nonce(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (1..=NONCE_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether a refused request is worth repeating with a new proof: only when the server asks for its nonce and gives one
/// that was not sent. The caller repeats once at most.
pub fn wants_nonce(oauth_error: Option<&str>, sent: Option<&str>, given: Option<&str>) -> bool {
    oauth_error == Some(USE_NONCE) && given.is_some_and(|nonce| is_nonce(nonce) && sent != Some(nonce))
}

/// Refuses a token that is not bound to the key although that was asked for.
///
/// `token_type`: as [`super::TokenReply`] has it. Errors: `Protocol` with reason `MalformedResponse`.
pub fn check_token_type(token_type: &str, allow_downgrade: bool) -> Result<(), Error> {
    match token_type {
        "DPoP" => Ok(()),
        _ if allow_downgrade => Ok(()),
        _ => Err(Error::new(
            Kind::Protocol,
            "the server answered a DPoP request with a token that is not bound to the key",
        )
        .with_reason(Reason::MalformedResponse)
        .with_hint("allow the downgrade for this client, or do without DPoP")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_storage_and_no_print_shows_it() {
        let key = DpopKey::generate().expect("a key");
        let again = DpopKey::import(key.export()).expect("the same key");
        assert_eq!(again.thumbprint(), key.thumbprint());
        assert_ne!(DpopKey::generate().expect("another").thumbprint(), key.thumbprint());
        let secret = key.export().expose().lines().nth(1).expect("a body").to_owned();
        assert!(!format!("{key:?} {again:#?}").contains(&secret[40..80]));
    }

    #[test]
    fn the_hundred_servers_used_last_are_remembered() {
        let mut nonces = Nonces::default();
        (0..100).for_each(|at| nonces.learn(&format!("https://{at}.example"), "n"));
        assert_eq!(nonces.get("https://0.example"), Some("n"));
        nonces.learn("https://new.example", "n");
        assert_eq!(nonces.get("https://0.example"), Some("n"));
        assert_eq!(nonces.get("https://1.example"), None);
    }
}
