//! What to do when an API refuses a request: renew, sign in for more, or let the caller have the answer. Source: RFC 6750
//! §3, RFC 9449 §9, RFC 9470.

use super::TokenSource;
use crate::engine::Interrupt;
use crate::error::Error;
use crate::oauth::Dialect;
use crate::oauth::challenge::{ApiAnswer, Challenges, Next, Verdict};
use crate::person::{Interactivity, Person};
use crate::settings::TokenRequest;
use crate::token::{SharedToken, Token};

/// What to do with an API's refusal.
#[derive(Clone, Debug)]
pub enum Recovery {
    /// Send the request once more, with this token.
    Retry(SharedToken),
    /// It is not about the token: give the answer to whoever asked.
    GiveBack,
}

/// An API's answer, as far as it speaks of the token that it was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refusal<'a> {
    /// HTTP status.
    pub status: u16,
    /// Its `WWW-Authenticate` fields, one text each.
    pub www_authenticate: &'a [&'a str],
    /// Its `DPoP-Nonce` field.
    pub dpop_nonce: Option<&'a str>,
    /// The error code in its body, for providers that say there what others say with a status.
    pub error_code: Option<i64>,
}

impl TokenSource {
    /// What follows when an API refused a request made with `token`.
    ///
    /// A refused token is renewed, without a person if that can be. Missing scopes and a stronger sign-in are asked of a
    /// person, where one is there. The caller then sends its request once more, and does so at most once per request.
    ///
    /// Effects: as [`TokenSource::token`]. Errors: `Denied` naming the scopes that are missing; `InteractionRequired` naming
    /// what the API wants of the sign-in; those of [`TokenSource::token`].
    pub fn recover(
        &self,
        token: &Token,
        refusal: &Refusal<'_>,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<Recovery, Error> {
        let challenges = Challenges::parse(refusal.www_authenticate);
        let verdict = Verdict::of(&ApiAnswer {
            status: refusal.status,
            challenges: &challenges,
            dpop_nonce: refusal.dpop_nonce,
            error_code: refusal.error_code,
            usage: &self.client().map_or(Dialect::rfc(), |client| &client.server().dialect).usage,
            granted: token.scopes(),
        });
        match &verdict.next {
            // The nonce is known by then; the same token will do with another proof.
            Next::UseDpopNonce(_) => Ok(self.current().map_or(Recovery::GiveBack, Recovery::Retry)),
            Next::Recover => {
                self.invalidate(token);
                let newer = self.token(person, interrupt)?;
                // The same token would meet the same refusal.
                Ok(if newer.access_token() == token.access_token() {
                    Recovery::GiveBack
                } else {
                    Recovery::Retry(newer)
                })
            }
            next => match self.request_for_more(next, person) {
                Some(request) => self.sign_in_for(request, token, person, interrupt).map(Recovery::Retry),
                None => verdict.to_error(refusal.status).map_or(Ok(Recovery::GiveBack), Err),
            },
        }
    }

    /// The sign-in that would satisfy the API, if a person can be asked for it.
    fn request_for_more(&self, next: &Next, person: &dyn Person) -> Option<TokenRequest> {
        let request = self.request()?;
        let context = &self.client()?.server().context;
        if !request.grant.is_interactive() || person.interactivity().heeding(context) != Interactivity::Yes {
            return None;
        }
        let mut request = request.clone();
        match next {
            Next::InsufficientScope { missing } if !missing.is_empty() => {
                request.scopes.extend(missing.iter().cloned())
            }
            Next::StepUp { acr_values, max_age_s } => {
                request.acr_values = (!acr_values.is_empty()).then(|| acr_values.join(" "));
                request.max_age_s = *max_age_s;
            }
            _ => return None,
        }
        Some(request)
    }
}
