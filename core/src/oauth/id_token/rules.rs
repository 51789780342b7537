//! What each claim of an ID token must say. Source: OpenID Connect Core §3.1.3.7 items 2 to 13, §3.1.3.6, §12.2.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{Expectations, IdClaims, Verified, wrong};
use crate::crypto;
use crate::error::Error;
use crate::jose::{Algorithm, Claims};
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// Clocks of honest machines differ by this much. Units: seconds.
const TOLERANCE_S: i64 = 60;
/// Source: OpenID Connect Core §2.
const SUBJECT_CHARS: usize = 255;

pub(super) struct Rules<'a> {
    pub(super) claims: Claims,
    pub(super) algorithm: Algorithm,
    pub(super) expected: &'a Expectations<'a>,
}

impl Rules<'_> {
    pub(super) fn check(self, verified: Verified) -> Result<IdClaims, Error> {
        let issuer = self.issuer()?.to_owned();
        let audience = self.audience()?;
        let subject = self.subject()?.to_owned();
        let (expires_at_unix_s, issued_at_unix_s) = self.instants()?;
        let signed_in_at_unix_s = self.sign_in()?;
        self.nonce()?;
        self.hash("at_hash", self.expected.access_token)?;
        self.hash("c_hash", self.expected.code)?;
        let claims = IdClaims {
            issuer,
            subject,
            audience,
            expires_at_unix_s,
            issued_at_unix_s,
            signed_in_at_unix_s,
            verified,
            all: self.claims,
        };
        match self.expected.original {
            Some(original) => claims.continues(original).map(|()| claims),
            None => Ok(claims),
        }
    }

    fn issuer(&self) -> Result<&str, Error> {
        let expected = &self.expected.issuer;
        match self.claims.text("iss") {
            Some(issuer) if expected.is(issuer, &self.claims) => Ok(issuer),
            Some(issuer) if expected.differs_by_slash(issuer) => {
                Err(wrong("iss", "differs from the configured issuer by a slash at the end")
                    .with_hint("write the issuer exactly as its metadata does"))
            }
            Some(_) => Err(wrong("iss", "is not the configured issuer")),
            None => Err(wrong("iss", "is missing")),
        }
    }

    /// `aud`, and `azp` which says for whom of several the token was made.
    fn audience(&self) -> Result<Vec<String>, Error> {
        let audience = texts(self.claims.get("aud")).ok_or_else(|| wrong("aud", "is missing"))?;
        if !audience.iter().any(|one| one == self.expected.client_id) {
            return Err(wrong("aud", "does not name this client"));
        }
        match self.claims.get("azp") {
            Some(party) if party.as_str() == Some(self.expected.client_id) => Ok(audience),
            Some(_) => Err(wrong("azp", "names another client")),
            None if audience.len() > 1 => Err(wrong("azp", "is missing, although the token is for several parties")),
            None => Ok(audience),
        }
    }

    fn subject(&self) -> Result<&str, Error> {
        let subject = self.claims.text("sub").filter(|text| (1..=SUBJECT_CHARS).contains(&text.chars().count()));
        subject.ok_or_else(|| wrong("sub", "is not a name of 1 to 255 characters"))
    }

    fn instants(&self) -> Result<(i64, i64), Error> {
        let now = self.expected.now_unix_s;
        let expires_at = self.instant("exp")?.ok_or_else(|| wrong("exp", "is missing"))?;
        let issued_at = self.instant("iat")?.ok_or_else(|| wrong("iat", "is missing"))?;
        if expires_at <= now.saturating_sub(TOLERANCE_S) {
            return Err(
                wrong("exp", "is in the past").with_hint("sign in again; if it stays, set this machine's clock")
            );
        }
        let latest = now.saturating_add(TOLERANCE_S);
        let future = |claim| wrong(claim, "is in the future").with_hint("set this machine's clock");
        if issued_at > latest {
            return Err(future("iat"));
        }
        if self.instant("nbf")?.is_some_and(|not_before| not_before > latest) {
            return Err(future("nbf"));
        }
        Ok((expires_at, issued_at))
    }

    /// When the person signed in: not too long ago, if the request set a limit.
    fn sign_in(&self) -> Result<Option<i64>, Error> {
        let signed_in_at = self.instant("auth_time")?;
        match (self.expected.max_age_s, signed_in_at) {
            (None, _) => Ok(signed_in_at),
            (Some(_), None) => Err(wrong("auth_time", "is missing, although the request set a maximum age")),
            (Some(max_age_s), Some(at)) => {
                let latest = at.saturating_add_unsigned(max_age_s).saturating_add(TOLERANCE_S);
                match latest >= self.expected.now_unix_s {
                    true => Ok(signed_in_at),
                    false => Err(wrong("auth_time", "is longer ago than the request allows")),
                }
            }
        }
    }

    /// The nonce of this sign-in; after a refresh, the first one's or none.
    fn nonce(&self) -> Result<(), Error> {
        let mismatch = |problem: &str| {
            Err(Error::new(Kind::Protocol, format!("the ID token's claim `nonce` {problem}"))
                .with_reason(Reason::NonceMismatch)
                .with_hint("start the sign-in again"))
        };
        let said = self.claims.get("nonce").map(|nonce| nonce.as_str().unwrap_or_default());
        let original = self.expected.original.map(|original| original.all.text("nonce"));
        match (original, self.expected.nonce, said) {
            (Some(_), _, None) | (None, None, None) => Ok(()),
            (Some(first), _, said) if first == said => Ok(()),
            (None, Some(sent), Some(said)) if same(said, sent.expose()) => Ok(()),
            (None, Some(_), None) => mismatch("is missing"),
            (None, None, Some(_)) => mismatch("stands there, although none was sent"),
            _ => mismatch("belongs to another sign-in"),
        }
    }

    /// The left half of the hash of what came with the token, where the token has it.
    fn hash(&self, claim: &str, of: Option<&Secret>) -> Result<(), Error> {
        let (Some(said), Some(text)) = (self.claims.get(claim), of) else { return Ok(()) };
        match said.as_str().is_some_and(|said| same(said, &left_half(self.algorithm, text))) {
            true => Ok(()),
            false => Err(wrong(claim, "does not belong to what came with the token")),
        }
    }

    /// A claim that states an instant, in whole seconds. Errors: when it is there and no number.
    fn instant(&self, claim: &str) -> Result<Option<i64>, Error> {
        match self.claims.get(claim) {
            None => Ok(None),
            Some(Value::Number(number)) => match number.as_i64().or(number.as_f64().map(|seconds| seconds as i64)) {
                Some(seconds) => Ok(Some(seconds)),
                None => Err(wrong(claim, "is not an instant")),
            },
            Some(_) => Err(wrong(claim, "is not an instant")),
        }
    }
}

impl IdClaims {
    /// Whether a refreshed token speaks of the same sign-in. Source: OpenID Connect Core §12.2.
    fn continues(&self, original: &IdClaims) -> Result<(), Error> {
        let differs = |claim| Err(wrong(claim, "is not that of the first sign-in"));
        if self.issuer != original.issuer {
            return differs("iss");
        }
        if self.subject != original.subject {
            return differs("sub");
        }
        // Order says nothing in a list of audiences.
        let is_within = |some: &[String], all: &[String]| some.iter().all(|one| all.contains(one));
        if !is_within(&self.audience, &original.audience) || !is_within(&original.audience, &self.audience) {
            return differs("aud");
        }
        if self.signed_in_at_unix_s.is_some_and(|at| original.signed_in_at_unix_s.is_some_and(|first| first != at)) {
            return differs("auth_time");
        }
        if self.all.get("azp") != original.all.get("azp") {
            return differs("azp");
        }
        Ok(())
    }
}

/// `at_hash` of an access token, `c_hash` of a code, under a token signed with `algorithm`. Source: OpenID Connect Core
/// §3.1.3.6, §3.3.2.11.
pub fn left_half(algorithm: Algorithm, text: &Secret) -> String {
    let hash = algorithm.hash().of(text.expose().as_bytes());
    URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2])
}

/// A text, or a list of nothing but texts.
fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn same(left: &str, right: &str) -> bool {
    crypto::constant_time_eq(left.as_bytes(), right.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_specification() {
        let of = |text: &str| left_half(Algorithm::Rs256, &Secret::new(text));
        assert_eq!(of("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(of("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"), "LDktKdoQak3Pk0cnXxCltA");
    }
}
