//! How a source comes by another token: at once, quietly, with a person, or not at all.

use std::sync::Arc;

use crate::api::TokenSource;
use crate::cache::slot::{Flight, PATIENCE_WITH_A_USABLE_TOKEN, Turn, Wish};
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::flow::driver;
use crate::kinds::Kind;
use crate::person::Person;
use crate::renewal;
use crate::settings::TokenRequest;
use crate::token::freshness::LAST_USABLE_MS;
use crate::token::{SharedToken, Token};

impl TokenSource {
    pub(super) fn now_unix_ms(&self) -> i64 {
        self.0.client.server().context.clock.now_unix_ms()
    }

    /// Whether the token outlasts what the caller asked for, at most half its life; one of unknown expiry does.
    pub(super) fn lasts_long_enough(&self, token: &Token, now_unix_ms: i64) -> bool {
        let (Some(at), Some(wanted)) = (token.expires_at_unix_s(), self.0.request.min_validity) else { return true };
        let half_ms = at.saturating_sub(token.requested_at_unix_s()).saturating_mul(500);
        let wanted_ms = i64::try_from(wanted.as_millis()).unwrap_or(i64::MAX).min(half_ms);
        at.saturating_mul(1000).saturating_sub(now_unix_ms) > wanted_ms
    }

    /// `token`, or a newer one if that can be had in a moment and nobody else is at it.
    pub(super) fn better_if_quick(&self, token: SharedToken, interrupt: &dyn Interrupt) -> SharedToken {
        let slot = &self.0.slot;
        if slot.resting(self.now_unix_ms()).is_some() || !self.is_quiet(Some(&token)) {
            return token;
        }
        let flight = match slot.try_turn(slot.wish(Some(&token))) {
            Some(Turn::Yours(flight)) => flight,
            Some(Turn::Landed(Ok(newer))) => return newer,
            _ => return token,
        };
        let exchange = async {
            let late = |_| Err(Error::new(Kind::Timeout, "the renewal takes longer than the caller waits"));
            tokio::time::timeout(PATIENCE_WITH_A_USABLE_TOKEN, self.fly(flight)).await.unwrap_or_else(late)
        };
        engine::run(exchange, interrupt).unwrap_or_else(|error| {
            tracing::debug!("the token is used although renewing it failed: {error}");
            token
        })
    }

    /// A new token, or the old one when that fails and it is still worth something. No person is troubled before.
    pub(super) fn renew_or_keep(
        &self,
        token: SharedToken,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        let failure = match self.is_quiet(Some(&token)) {
            true => match self.renew_quietly(self.0.slot.wish(Some(&token)), interrupt) {
                Err(error) if error.kind() != Kind::Cancelled => Some(error),
                outcome => return outcome,
            },
            false => None,
        };
        let left_ms = token.expires_at_unix_s().map_or(i64::MAX, |at| at.saturating_mul(1000) - self.now_unix_ms());
        if left_ms <= LAST_USABLE_MS {
            return self.renew(Some(&token), person, interrupt);
        }
        if let Some(error) = failure {
            tracing::warn!("the token is used for its last {} s, because renewing it failed: {error}", left_ms / 1000);
        }
        Ok(token)
    }

    /// A new token in place of `found`, by whatever it takes.
    pub(super) fn renew(
        &self,
        found: Option<&Token>,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        let wish = self.0.slot.wish(found);
        let mut died_of = None;
        if self.is_quiet(self.0.slot.newest().as_deref()) {
            match self.renew_quietly(wish, interrupt) {
                // The grant is over. Where a person began it, a person can begin another one.
                Err(error) if error.kind() == Kind::GrantRevoked && renewal::needs_person(&self.0.request) => {
                    died_of = Some(error);
                }
                outcome => return outcome,
            }
        }
        match self.renew_with(&self.0.request, self.0.slot.wish_again(wish), person, interrupt) {
            Err(error) if error.kind() == Kind::InteractionRequired => {
                Err(died_of.map_or(error, |cause| sign_in_needed(&cause)))
            }
            outcome => outcome,
        }
    }

    /// A token for what an API wants beyond what `found` is good for.
    pub(super) fn sign_in_for(
        &self,
        request: TokenRequest,
        found: &Token,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        self.renew_with(&Arc::new(request), self.0.slot.wish(Some(found)), person, interrupt)
    }

    /// A new token with the help of a person. One person is asked at a time, and all who wait get the token.
    fn renew_with(
        &self,
        request: &Arc<TokenRequest>,
        wish: Wish,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        let (slot, server) = (&self.0.slot, self.0.client.server());
        // Whoever has nobody to ask does not queue behind those who have.
        driver::check(server, request, person)?;
        match engine::run(async { Ok(slot.turn(wish).await) }, interrupt)? {
            Turn::Landed(outcome) => outcome,
            Turn::Yours(flight) => match driver::acquire(server, request, person, interrupt) {
                // This caller's own affair: the next one has a person of its own.
                Err(own) if matches!(own.kind(), Kind::Cancelled | Kind::InteractionRequired) => Err(own),
                outcome => flight.land(outcome, self.now_unix_ms(), self.draw()),
            },
        }
    }

    /// A renewal that needs nobody; one at a time, and all who wait get what it brings.
    fn renew_quietly(&self, wish: Wish, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        let slot = &self.0.slot;
        if let Some(outcome) = slot.resting(self.now_unix_ms()) {
            return outcome;
        }
        let exchange = async {
            match slot.turn(wish).await {
                Turn::Landed(outcome) => outcome,
                Turn::Yours(flight) => self.fly(flight).await,
            }
        };
        engine::run(exchange, interrupt)
    }

    async fn fly(&self, flight: Flight) -> Result<SharedToken, Error> {
        let server = self.0.client.server().clone();
        let clock = server.context.clock.clone();
        let renewal = renewal::quiet(server, self.0.request.clone(), flight.before(), self.0.slot.graves().clone());
        flight.complete(move || clock.now_unix_ms(), self.draw(), renewal).await
    }

    fn is_quiet(&self, token: Option<&Token>) -> bool {
        renewal::is_quiet(&self.0.request, token, self.0.slot.graves())
    }

    fn draw(&self) -> f64 {
        self.0.client.server().draw()
    }
}

fn sign_in_needed(cause: &Error) -> Error {
    Error::new(
        Kind::InteractionRequired,
        format!("the grant is over, and nobody is here to sign in: {}", cause.message()),
    )
    .with_oauth_error("invalid_grant")
    .with_cause(cause.clone())
}
