//! How a source comes by another token: at once, quietly, with a person, or not at all.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::root::{Grant, Root};
use crate::api::TokenSource;
use crate::cache::flight::{Flight, Turn, Wish};
use crate::cache::machine::{self, Decision, PATIENCE_WHILE_STALE, PATIENCE_WHILE_URGENT};
use crate::context::{Clock, Moment};
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::flow::driver;
use crate::kinds::Kind;
use crate::person::{Nobody, Notice, Person};
use crate::renewal::{self, Want};
use crate::server::Server;
use crate::settings::TokenRequest;
use crate::token::freshness::Freshness;
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;

/// How long another program's sign-in is waited for: as long as people take.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(300);

impl TokenSource {
    pub(super) fn now(&self) -> Moment {
        self.clock().now()
    }

    /// Whether the token may be handed out without another look.
    pub(super) fn is_in_its_window(&self, token: &Token) -> bool {
        self.0.credential.slot.is_current(token, &self.0.need, self.clock().now_unix_ms())
    }

    /// The same after the look that opens the next window.
    #[cold]
    pub(super) fn is_current_after_another_look(&self, token: &Token) -> bool {
        self.0.credential.slot.is_accepted(token) && !self.keeper().is_some_and(|keeper| keeper.changed()) && {
            let now = self.now();
            self.0.credential.slot.look_again(token, &now);
            self.0.credential.slot.is_current(token, &self.0.need, now.unix_ms)
        }
    }

    /// Takes over what another process has made of the credential meanwhile.
    ///
    /// Effects: `[disk]`. Errors: those of the store, while there is no token that does without it.
    pub(super) fn look_at_the_store(&self, person: &dyn Person) -> Result<(), Error> {
        let (Some(keeper), slot) = (self.keeper(), &self.0.credential.slot) else { return Ok(()) };
        let held = slot.newest();
        if held.is_some() && !keeper.changed() {
            return Ok(());
        }
        match keeper.look_with(person) {
            Ok(Some(found)) => {
                tracing::debug!("the store has a token (generation {})", found.generation);
                slot.take_over(found);
            }
            // Somebody signed out.
            Ok(None) if held.is_some() => {
                tracing::debug!("the store has the token no more: somebody signed out");
                slot.clear();
            }
            Ok(None) => tracing::debug!("nothing is stored for this request"),
            Err(error) if held.is_some() => tracing::debug!("the store was not looked at: {error}"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What a caller gets who asks now.
    pub(super) fn decide(&self) -> (Decision, Wish) {
        self.0.credential.slot.decide(&self.0.need, |newest| self.is_quiet(newest), &self.now())
    }

    // Kept out of their callers, these three: an exchange takes a lot of room on the stack, also where none is made.

    /// `token`, or a newer one if that can be had in a moment and nobody else is at it.
    #[inline(never)]
    pub(super) fn better_if_quick(&self, token: SharedToken, wish: Wish, interrupt: &dyn Interrupt) -> SharedToken {
        let flight = match self.0.credential.slot.try_turn(wish) {
            Some(Turn::Yours(flight)) => flight,
            Some(Turn::Landed(Ok(newer))) => return newer,
            _ => return token,
        };
        let exchange = within(PATIENCE_WHILE_STALE, self.fly(flight));
        engine::run(exchange, interrupt).unwrap_or_else(|error| {
            tracing::debug!("the token is used although renewing it failed: {error}");
            token
        })
    }

    /// A new token, or the old one when that fails and it is still worth something. No person is troubled before.
    #[inline(never)]
    pub(super) fn renew_or_keep(
        &self,
        token: SharedToken,
        wish: Wish,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        let error = match engine::run(within(PATIENCE_WHILE_URGENT, self.renew_quietly(wish)), interrupt) {
            Ok(newer) => return Ok(newer),
            Err(error) => error,
        };
        let now = self.now();
        let told = error.to_string();
        match machine::despite(error, &token, &self.0.need, &now) {
            Ok(token) => {
                let left_s = token.left_ms(&now).unwrap_or(i64::MAX) / 1000;
                tracing::warn!("the token is used for its last {left_s} s, because renewing it failed: {told}");
                Ok(token)
            }
            Err(over) if over.kind() == Kind::GrantRevoked => {
                self.renew(Some(token), self.0.credential.slot.wish_again(wish), person, interrupt)
            }
            Err(error) => Err(error),
        }
    }

    /// A new token, by whatever it takes. `too_short`: the one that does not last long enough for this caller.
    #[inline(never)]
    pub(super) fn renew(
        &self,
        too_short: Option<SharedToken>,
        wish: Wish,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        self.renew_somehow(wish, person, interrupt)
            .map_err(|error| machine::too_short(error, too_short.as_ref(), &self.0.need, &self.now()))
    }

    fn renew_somehow(&self, wish: Wish, person: &dyn Person, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        let Some(grant) = self.0.root.grant() else { return engine::run(self.renew_quietly(wish), interrupt) };
        let mut died_of = self.keeper().and_then(|keeper| keeper.ended());
        if self.is_quiet(self.0.credential.slot.newest().as_deref()) {
            match engine::run(self.renew_quietly(wish), interrupt) {
                // The grant is over. Where a person began it, a person can begin another one.
                Err(error) if error.kind() == Kind::GrantRevoked && renewal::needs_person(&grant.request) => {
                    died_of = Some(error);
                }
                outcome => return outcome,
            }
        }
        match self.renew_with(grant, &grant.request, self.0.credential.slot.wish_again(wish), person, interrupt) {
            Err(error) if error.kind() == Kind::InteractionRequired => {
                let again = |cause| sign_in_needed(&cause, &self.login_command(&grant.request));
                Err(died_of.map_or(error, again))
            }
            // A client that has only ever been given grants from elsewhere: why this one is over is the news.
            Err(error) if error.kind() == Kind::ConfigInvalid => {
                Err(died_of.map_or_else(|| error.clone(), |cause| sign_in_impossible(&cause, &error)))
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
        let wish = self.0.credential.slot.wish(Some(found));
        self.renew_with(self.grant()?, &Arc::new(request), wish, person, interrupt)
    }

    /// A new token with the help of a person. One person is asked at a time, and all who wait get the token.
    fn renew_with(
        &self,
        grant: &Grant,
        request: &Arc<TokenRequest>,
        wish: Wish,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        let (slot, server) = (&self.0.credential.slot, grant.client.server());
        // Whoever has nobody to ask does not queue behind those who have.
        self.expect(grant, request, person)?;
        match engine::run(async { Ok(slot.turn(wish).await) }, interrupt)? {
            Turn::Landed(outcome) => outcome,
            Turn::Yours(flight) => match self.asked(server, request, person, interrupt) {
                // This caller's own affair: the next one has a person of its own.
                Err(own) if matches!(own.kind(), Kind::Cancelled | Kind::InteractionRequired) => Err(own),
                outcome => flight.land(outcome, &self.now(), self.draw()),
            },
        }
    }

    /// A sign-in. Where another program of the same person is asking for it already, its answer is waited for.
    fn asked(
        &self,
        server: &Arc<Server>,
        request: &Arc<TokenRequest>,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<Token, Error> {
        let Some(keeper) = self.keeper() else { return driver::acquire(server, request, None, person, interrupt) };
        let held = self.0.credential.slot.newest();
        let mut turn = engine::run(keeper.turn_to_ask(Duration::ZERO), interrupt)?;
        if turn.is_none() && keeper.is_kept() {
            person.tell(&Notice::Note("Another program of yours waits for the same sign-in: finish it there."));
            turn = engine::run(keeper.turn_to_ask(PATIENCE_WITH_OTHERS), interrupt)?;
            let newer = keeper.look_with(person)?.filter(|found| {
                let is_same = held.as_ref().is_some_and(|held| held.access_token() == found.access_token());
                !is_same && found.freshness(&self.now()) < Freshness::Critical
            });
            if let Some(found) = newer {
                return Ok(found);
            }
        }
        let request = keeper.request_of_sign_in(request);
        let outcome = driver::acquire(server, &request, Some(keeper), person, interrupt);
        drop(turn);
        outcome
    }

    /// A token that takes nobody, asked for in the middle of somebody else's exchange.
    ///
    /// Effects: `[net]` `[disk]`. Errors: `InteractionRequired` where it takes a person; those of the grant.
    pub(super) async fn token_quietly(&self) -> Result<SharedToken, Error> {
        if let Some(token) = self.current().filter(|token| self.is_in_its_window(token)) {
            return Ok(token);
        }
        self.look_at_the_store(&Nobody)?;
        let (decision, wish) = self.decide();
        match decision {
            Decision::HandOut(token) | Decision::RenewIfFree(token) => Ok(token),
            Decision::RenewElseHandOut(token) => self.renew_quietly(wish).await.or(Ok(token)),
            Decision::RenewOrFail(_) => self.renew_quietly(wish).await,
            Decision::Fail(error) => Err(error),
        }
    }

    /// A renewal that needs nobody; one at a time, and all who wait get what it brings.
    async fn renew_quietly(&self, mut wish: Wish) -> Result<SharedToken, Error> {
        loop {
            match self.0.credential.slot.turn(wish).await {
                // Another call was, in a function of its host; this one goes on.
                Turn::Landed(Err(error)) if error.kind() == Kind::Cancelled => {
                    wish = self.0.credential.slot.wish_again(wish);
                }
                Turn::Landed(outcome) => return outcome,
                Turn::Yours(flight) => return self.fly(flight).await,
            }
        }
    }

    async fn fly(&self, flight: Flight) -> Result<SharedToken, Error> {
        let clock = self.0.clock.clone();
        let renewal: BoxFuture<'static, _> = match &self.0.root {
            Root::Grant(Grant { client, request, .. }) => {
                let want = Want { instead_of: flight.before(), rejected: flight.recovers(), need: self.0.need };
                let graves = self.0.credential.slot.graves().clone();
                Box::pin(renewal::renew(self.keeper(), client.server().clone(), request.clone(), want, graves))
            }
            Root::Provider(provider) => provider.clone().fetch(flight.before()),
        };
        flight.complete(move || clock.now(), self.draw(), renewal).await
    }

    fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    fn is_quiet(&self, token: Option<&Token>) -> bool {
        let graves = self.0.credential.slot.graves();
        self.0.root.grant().is_none_or(|grant| renewal::is_quiet(&grant.request, token, graves))
    }

    fn draw(&self) -> f64 {
        self.0.root.context().draw()
    }
}

/// What `exchange` brings, if that is soon enough; it goes on otherwise, for the next caller.
async fn within<T>(patience: Duration, exchange: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = |_| Err(Error::new(Kind::Timeout, "the renewal takes longer than the caller waits"));
    tokio::time::timeout(patience, exchange).await.unwrap_or_else(late)
}

fn sign_in_needed(cause: &Error, command: &str) -> Error {
    let words = format!("nobody is here to sign in again: {}", cause.message());
    // What may have ended the grant is known by the provider's profile.
    let error = Error::new(Kind::InteractionRequired, words)
        .with_hint(format!("sign in again, with `{command}`; {}", cause.hint()))
        .with_oauth_error("invalid_grant")
        .with_cause(cause.clone());
    match cause.reason() {
        Some(reason) => error.with_reason(reason),
        None => error,
    }
}

fn sign_in_impossible(cause: &Error, why: &Error) -> Error {
    Error::new(Kind::InteractionRequired, format!("{}; a sign-in cannot begin: {}", cause.message(), why.message()))
        .with_oauth_error("invalid_grant")
        .with_hint(why.hint())
        .with_cause(cause.clone())
}
