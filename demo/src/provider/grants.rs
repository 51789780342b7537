//! What the demo authorization server remembers: codes, refresh tokens and access tokens. Pure: the caller gives the time.
//!
//! Strict where careless servers are lax, so that what works here works elsewhere: codes are good once, PKCE is a must,
//! refresh tokens rotate, and presenting an old one ends everything that came from the same sign-in (RFC 9700 §4.14).

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use tokcore::oauth::Verifier;
use tokcore::{Error, Secret};
use tokcore_broker::random;

/// Short, so that a refresh can be watched.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(60);
/// RFC 6749 §4.1.2 recommends ten minutes at most; a redirect needs a second.
const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// What a person agreed to.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Who asked.
    pub client_id: String,
    /// Where the answer goes; the token request must repeat it.
    pub redirect_uri: String,
    /// base64url of the SHA-256 of the code verifier.
    pub challenge: String,
    /// Space-separated scopes.
    pub scope: String,
}

/// A successful token answer.
#[derive(Debug)]
pub struct Issued {
    /// Good for [`ACCESS_TOKEN_LIFETIME`].
    pub access_token: Secret,
    /// Good once.
    pub refresh_token: Secret,
    /// What it may be used for.
    pub scope: String,
}

/// Why no token was issued.
#[derive(Debug)]
pub enum Refusal {
    /// The `invalid_grant` of RFC 6749 §5.2, and why.
    InvalidGrant(&'static str),
    /// No randomness.
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Everything issued. Keys are hashes: a token is looked up without comparing its text.
#[derive(Debug, Default)]
pub struct Grants {
    codes: HashMap<String, (Consent, Instant)>,
    refresh_tokens: HashMap<String, Refresh>,
    access_tokens: HashMap<String, (u64, Instant)>,
    ended_sign_ins: HashSet<u64>,
    sign_ins: u64,
}

#[derive(Debug)]
struct Refresh {
    sign_in: u64,
    client_id: String,
    scope: String,
    used: bool,
}

impl Grants {
    /// A code for this consent, good once and for a minute.
    pub fn code(&mut self, consent: Consent, now: Instant) -> Result<Secret, Error> {
        let code = random::token()?;
        self.codes.insert(random::hashed(code.expose()), (consent, now + CODE_LIFETIME));
        Ok(code)
    }

    /// Tokens for a code. The code is spent even when this fails.
    pub fn redeem(
        &mut self,
        client_id: &str,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: Instant,
    ) -> Result<Issued, Refusal> {
        let (consent, expires) =
            self.codes.remove(&random::hashed(code)).ok_or(Refusal::InvalidGrant("unknown or spent code"))?;
        if now >= expires {
            return Err(Refusal::InvalidGrant("the code has expired"));
        }
        if consent.client_id != client_id || consent.redirect_uri != redirect_uri {
            return Err(Refusal::InvalidGrant("the code was issued to another client or redirect URI"));
        }
        let proven = Verifier::parse(Secret::new(verifier)).is_ok_and(|v| v.challenge().as_str() == consent.challenge);
        if !proven {
            return Err(Refusal::InvalidGrant("the code verifier does not fit"));
        }
        self.sign_ins += 1;
        self.issue(self.sign_ins, consent.client_id, consent.scope, now)
    }

    /// New tokens for a refresh token, which is thereby spent.
    pub fn refresh(&mut self, client_id: &str, token: &str, now: Instant) -> Result<Issued, Refusal> {
        let known = self.refresh_tokens.get_mut(&random::hashed(token)).filter(|known| known.client_id == client_id);
        let Some(known) = known else { return Err(Refusal::InvalidGrant("unknown refresh token")) };
        if std::mem::replace(&mut known.used, true) {
            // Two parties hold it: one of them stole it, and nobody can say which.
            self.ended_sign_ins.insert(known.sign_in);
            return Err(Refusal::InvalidGrant("the refresh token was used before; the sign-in has been ended"));
        }
        if self.ended_sign_ins.contains(&known.sign_in) {
            return Err(Refusal::InvalidGrant("the sign-in has been ended"));
        }
        let (sign_in, client_id, scope) = (known.sign_in, known.client_id.clone(), known.scope.clone());
        self.issue(sign_in, client_id, scope, now)
    }

    /// Whether a request that presents this access token may pass.
    pub fn admits(&self, access_token: &str, now: Instant) -> bool {
        self.access_tokens
            .get(&random::hashed(access_token))
            .is_some_and(|(sign_in, expires)| now < *expires && !self.ended_sign_ins.contains(sign_in))
    }

    fn issue(&mut self, sign_in: u64, client_id: String, scope: String, now: Instant) -> Result<Issued, Refusal> {
        self.access_tokens.retain(|_, (_, expires)| now < *expires);
        let (access_token, refresh_token) = (random::token()?, random::token()?);
        self.access_tokens.insert(random::hashed(access_token.expose()), (sign_in, now + ACCESS_TOKEN_LIFETIME));
        let refresh = Refresh { sign_in, client_id, scope: scope.clone(), used: false };
        self.refresh_tokens.insert(random::hashed(refresh_token.expose()), refresh);
        Ok(Issued { access_token, refresh_token, scope })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIRECT: &str = "http://127.0.0.1:1/oauth_redirect_callback";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn consent() -> Consent {
        let [client_id, redirect_uri, challenge, scope] = ["c", REDIRECT, CHALLENGE, "s"].map(str::to_owned);
        Consent { client_id, redirect_uri, challenge, scope }
    }

    fn signed_in(grants: &mut Grants, now: Instant) -> Issued {
        let code = grants.code(consent(), now).unwrap();
        grants.redeem("c", code.expose(), REDIRECT, VERIFIER, now).unwrap()
    }

    fn is_invalid_grant(outcome: Result<Issued, Refusal>) -> bool {
        matches!(outcome, Err(Refusal::InvalidGrant(_)))
    }

    #[test]
    fn a_code_is_good_once_for_its_client_with_its_verifier_and_not_for_long() {
        let (mut grants, now) = (Grants::default(), Instant::now());
        let attempts = [("c", REDIRECT, VERIFIER, 0), ("d", REDIRECT, VERIFIER, 0), ("c", "http://x/", VERIFIER, 0)];
        let attempts = attempts.into_iter().chain([("c", REDIRECT, CHALLENGE, 0), ("c", REDIRECT, VERIFIER, 60)]);
        for (at, (client, redirect, verifier, later)) in attempts.enumerate() {
            let code = grants.code(consent(), now).unwrap();
            let mut redeem =
                || grants.redeem(client, code.expose(), redirect, verifier, now + Duration::from_secs(later));
            assert_eq!(redeem().is_ok(), at == 0, "{client} {redirect} {verifier} {later}");
            assert!(is_invalid_grant(redeem()), "a second time");
        }
    }

    #[test]
    fn an_access_token_ends_with_its_minute() {
        let (mut grants, now) = (Grants::default(), Instant::now());
        let issued = signed_in(&mut grants, now);
        assert!(grants.admits(issued.access_token.expose(), now + Duration::from_secs(59)));
        assert!(!grants.admits(issued.access_token.expose(), now + Duration::from_secs(60)));
        assert!(!grants.admits("something else", now));
    }

    #[test]
    fn an_old_refresh_token_ends_the_whole_sign_in_but_no_other() {
        let (mut grants, now) = (Grants::default(), Instant::now());
        let (first, other) = (signed_in(&mut grants, now), signed_in(&mut grants, now));
        let second = grants.refresh("c", first.refresh_token.expose(), now).unwrap();
        assert!(grants.admits(second.access_token.expose(), now));

        assert!(is_invalid_grant(grants.refresh("c", first.refresh_token.expose(), now)));
        assert!(!grants.admits(second.access_token.expose(), now));
        assert!(is_invalid_grant(grants.refresh("c", second.refresh_token.expose(), now)));
        assert!(grants.admits(other.access_token.expose(), now));
    }

    #[test]
    fn a_refresh_token_serves_its_own_client_only() {
        let (mut grants, now) = (Grants::default(), Instant::now());
        let issued = signed_in(&mut grants, now);
        assert!(is_invalid_grant(grants.refresh("d", issued.refresh_token.expose(), now)));
        assert!(grants.refresh("c", issued.refresh_token.expose(), now).is_ok());
    }
}
