//! The algorithms of a signature, by the names of JOSE. Source: RFC 7518 §3.1, RFC 8037 §3.1.

use crate::crypto::Hash;
use crate::crypto::signature::{Curve, PublicKey, Scheme};

macro_rules! algorithms {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// How a token is signed. `none` is not among them: a token without a signature proves nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Algorithm {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Algorithm {
            /// Every algorithm.
            pub const ALL: &'static [Algorithm] = &[$(Algorithm::$name,)+];

            /// The name in a header's `alg`.
            pub const fn name(self) -> &'static str {
                match self { $(Algorithm::$name => $text,)+ }
            }
        }
    };
}

algorithms! {
    /// HMAC with SHA-256, under a secret that both sides know.
    Hs256 = "HS256";
    /// HMAC with SHA-384.
    Hs384 = "HS384";
    /// HMAC with SHA-512.
    Hs512 = "HS512";
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256 = "RS256";
    /// RSA PKCS#1 v1.5 with SHA-384.
    Rs384 = "RS384";
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512 = "RS512";
    /// RSA PSS with SHA-256.
    Ps256 = "PS256";
    /// RSA PSS with SHA-384.
    Ps384 = "PS384";
    /// RSA PSS with SHA-512.
    Ps512 = "PS512";
    /// ECDSA on P-256 with SHA-256.
    Es256 = "ES256";
    /// ECDSA on P-384 with SHA-384.
    Es384 = "ES384";
    /// ECDSA on P-521 with SHA-512. Only with aws-lc.
    Es512 = "ES512";
    /// Ed25519.
    EdDsa = "EdDSA";
}

impl Algorithm {
    /// The algorithm of this name, in exactly this spelling; `Ed25519` is RFC 9864's name of the only `EdDSA` in use.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
    }

    /// Whether both sides need the same secret.
    pub const fn is_hmac(self) -> bool {
        matches!(self, Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512)
    }

    /// The hash inside; also that of `at_hash` and `c_hash`. Source: OpenID Connect Core §3.1.3.6, RFC 8032 §5.1.
    pub(crate) const fn hash(self) -> Hash {
        match self {
            Algorithm::Hs256 | Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => Hash::Sha256,
            Algorithm::Hs384 | Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => Hash::Sha384,
            Algorithm::Hs512 | Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::Es512 | Algorithm::EdDsa => {
                Hash::Sha512
            }
        }
    }

    /// How a key pair signs with it. `None` for HMAC.
    pub(super) const fn scheme(self) -> Option<Scheme> {
        match self {
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => None,
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 => Some(Scheme::RsaPkcs1(self.hash())),
            Algorithm::Ps256 | Algorithm::Ps384 | Algorithm::Ps512 => Some(Scheme::RsaPss(self.hash())),
            Algorithm::Es256 => Some(Scheme::Ecdsa(Curve::P256)),
            Algorithm::Es384 => Some(Scheme::Ecdsa(Curve::P384)),
            Algorithm::Es512 => Some(Scheme::Ecdsa(Curve::P521)),
            Algorithm::EdDsa => Some(Scheme::Ed25519),
        }
    }

    /// Whether a key of this type can sign so.
    pub(super) fn fits(self, key: &PublicKey) -> bool {
        match (key, self.scheme()) {
            (PublicKey::Rsa { .. }, Some(Scheme::RsaPkcs1(_) | Scheme::RsaPss(_))) => true,
            (PublicKey::Ec { curve: own, .. }, Some(Scheme::Ecdsa(curve))) => *own == curve,
            (PublicKey::Ed25519 { .. }, Some(Scheme::Ed25519)) => true,
            _ => false,
        }
    }

    /// What a key of this type signs with unless told otherwise.
    pub(super) fn usual(key: &PublicKey) -> Self {
        match key {
            PublicKey::Rsa { .. } => Algorithm::Rs256,
            PublicKey::Ec { curve: Curve::P256, .. } => Algorithm::Es256,
            PublicKey::Ec { curve: Curve::P384, .. } => Algorithm::Es384,
            PublicKey::Ec { curve: Curve::P521, .. } => Algorithm::Es512,
            PublicKey::Ed25519 { .. } => Algorithm::EdDsa,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_none_is_no_algorithm() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(*algorithm));
        }
        for other in ["none", "None", "rs256", "HS1", ""] {
            assert_eq!(Algorithm::from_name(other), None, "{other}");
        }
    }
}
