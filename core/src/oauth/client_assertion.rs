//! A statement, signed by the client, that it is the client: `private_key_jwt` and `client_secret_jwt`. Source: RFC 7523
//! §2.2 and §3, OpenID Connect Core §9.
//!
//! One is made for every request; [`super::ClientAuth::Assertion`] carries it. With the key pair's [`SigningKey`] it is
//! the one method, with [`SigningKey::from_client_secret`] the other.

use super::state;
use crate::context::Rng;
use crate::error::Error;
use crate::jose::{Algorithm, Claims, SigningKey, jws};
use crate::kinds::Kind;
use crate::secret::Secret;

/// Long enough for one request on a slow network, too short to be worth stealing.
pub const DEFAULT_LIFETIME_S: u64 = 60;
/// Beyond this, a server may take the assertion for a mistake of units.
pub const LONGEST_LIFETIME_S: u64 = 600;

/// Whom the assertion is for. Servers differ in what they accept, and the attack on the others is to be sent to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// The issuer when one is configured, else the token endpoint.
    #[default]
    IssuerOrTokenEndpoint,
    /// The token endpoint, also for requests to another one.
    TokenEndpoint,
    /// The endpoint that is called.
    CalledEndpoint,
    /// This very text.
    Explicit(String),
}

impl Audience {
    /// The audience that a setting names: `issuer`, `token_endpoint`, `endpoint`, else the text itself.
    pub fn named(text: &str) -> Self {
        match text {
            "issuer" => Audience::IssuerOrTokenEndpoint,
            "token_endpoint" => Audience::TokenEndpoint,
            "endpoint" => Audience::CalledEndpoint,
            text => Audience::Explicit(text.to_owned()),
        }
    }

    /// The text for `aud`.
    pub fn resolve<'a>(&'a self, issuer: Option<&'a str>, token_endpoint: &'a str, called: &'a str) -> &'a str {
        match self {
            Audience::IssuerOrTokenEndpoint => issuer.unwrap_or(token_endpoint),
            Audience::TokenEndpoint => token_endpoint,
            Audience::CalledEndpoint => called,
            Audience::Explicit(text) => text,
        }
    }
}

/// What goes into one assertion.
#[derive(Clone, Debug)]
pub struct ClientAssertion<'a> {
    /// `client_id`: both who says it and about whom.
    pub client_id: &'a str,
    /// Whom it is for ([`Audience::resolve`]).
    pub audience: &'a str,
    /// The server's time, as far as it is known ([`super::clock`]). Units: seconds since 1970-01-01 UTC.
    pub now_unix_s: i64,
    /// What makes this assertion unlike every other ([`fresh_id`]).
    pub id: &'a str,
    /// How long it lasts. Units: seconds, at most 600.
    pub lifetime_s: u64,
    /// Whether `nbf` is said too; a server whose clock is behind would refuse it.
    pub not_before: bool,
    /// What the caller says otherwise, member by member; `null` leaves a member out.
    pub claims: &'a Claims,
    /// Additional header members; `typ` replaces ours, `null` leaves it out.
    pub header: &'a Claims,
}

impl ClientAssertion<'_> {
    /// The claims, in the order in which they are signed.
    ///
    /// Errors: `ConfigInvalid` for a lifetime of zero or above 600 s.
    pub fn claims(&self) -> Result<Claims, Error> {
        if !(1..=LONGEST_LIFETIME_S).contains(&self.lifetime_s) {
            return Err(Error::new(Kind::ConfigInvalid, "a client assertion lasts between 1 and 600 seconds"));
        }
        let mut claims = Claims::new()
            .with("jti", self.id)
            .with("aud", self.audience)
            .with("exp", self.now_unix_s.saturating_add_unsigned(self.lifetime_s))
            .with("iat", self.now_unix_s);
        if self.not_before {
            claims.set("nbf", self.now_unix_s);
        }
        claims.set("iss", self.client_id);
        claims.set("sub", self.client_id);
        claims.merge(self.claims);
        Ok(claims)
    }

    /// The signed assertion.
    ///
    /// Errors: `ConfigInvalid`, with reason `Crypto` when the key cannot sign so or the client secret is too weak.
    pub fn sign(&self, key: &SigningKey, algorithm: Option<Algorithm>) -> Result<Secret, Error> {
        let mut header = Claims::new().with("typ", "JWT");
        header.merge(self.header);
        jws::sign_claims(key, algorithm, &header, &self.claims()?)
    }
}

/// A fresh `jti`: 32 random bytes.
///
/// Errors: `Internal` when the system has no randomness to give.
pub fn fresh_id(rng: &dyn Rng) -> Result<String, Error> {
    state::generate(rng).map(|text| text.expose().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_is_the_issuer_where_one_is_known() {
        let resolve = |audience: &Audience, issuer| {
            audience.resolve(issuer, "https://as.example/token", "https://as.example/par").to_owned()
        };
        assert_eq!(resolve(&Audience::default(), Some("https://as.example")), "https://as.example");
        assert_eq!(resolve(&Audience::default(), None), "https://as.example/token");
        assert_eq!(resolve(&Audience::TokenEndpoint, Some("https://as.example")), "https://as.example/token");
        assert_eq!(resolve(&Audience::CalledEndpoint, None), "https://as.example/par");
        assert_eq!(resolve(&Audience::Explicit("urn:x".into()), None), "urn:x");
    }
}
