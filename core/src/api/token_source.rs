//! What a program keeps and asks again and again: one token, always usable.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::OAuthClient;
use crate::cache::slot::{Flight, PATIENCE_WITH_A_USABLE_TOKEN, Slot, Turn};
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::flow::{Flow, driver};
use crate::token::freshness::{Freshness, LAST_USABLE_MS};

use crate::kinds::Kind;
use crate::person::{Interactivity, Person};
use crate::renewal;
use crate::secret::Secret;
use crate::settings::TokenRequest;
use crate::token::{SharedToken, Token};

/// One credential of one client: the token in memory while it is fresh, else a renewed one.
///
/// Sources that ask for the same share the credential, in the whole process. Threads: share it freely; one exchange
/// serves all callers who want the token at the same time, and its failure is everybody's.
#[derive(Clone)]
pub struct TokenSource(Arc<Inner>);

struct Inner {
    client: OAuthClient,
    request: Arc<TokenRequest>,
    slot: Arc<Slot>,
    key: String,
}

impl TokenSource {
    pub(super) fn new(client: OAuthClient, request: TokenRequest, slot: Arc<Slot>, key: String) -> Self {
        Self(Arc::new(Inner { client, request: Arc::new(request), slot, key }))
    }

    /// A token that is usable now.
    ///
    /// From memory while it is fresh; else renewed with its refresh token or by its grant; else, where the grant needs
    /// a person and one is there, by a sign-in. A token with life left is never refused because a renewal failed.
    ///
    /// Effects: `[net]` `[prompt]` `[blocks]`. Errors: `InteractionRequired` at once when a person is needed and there
    /// is none; those of the grant.
    pub fn token(&self, person: &dyn Person, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        let now = self.now_unix_ms();
        let Some(token) = self.0.slot.accepted() else { return self.renew(person, interrupt) };
        let lasts = self.lasts_long_enough(&token, now);
        match token.freshness(now) {
            Freshness::Fresh if lasts && now < token.fresh_until_unix_ms => Ok(token),
            Freshness::Fresh | Freshness::Stale if lasts => Ok(self.try_renewing(token, interrupt)),
            Freshness::Expired => self.renew(person, interrupt),
            _ => self.renew_or_keep(token, lasts, person, interrupt),
        }
    }

    /// Whether `token` may be handed out again by this source: no lock, no allocation, one coarse clock read.
    pub fn is_current(&self, token: &Token) -> bool {
        self.0.slot.is_current(token, self.now_unix_ms()) && self.0.request.min_validity.is_none()
    }

    /// The token in memory, whatever its age; nothing is asked of anybody.
    pub fn current(&self) -> Option<SharedToken> {
        self.0.slot.accepted()
    }

    /// Says that an API refused `token`, so that the next call renews it. Without effect on its successor.
    pub fn invalidate(&self, token: &Token) {
        self.0.slot.reject(token);
    }

    /// Forgets the credential in this process; nothing is revoked.
    pub fn forget(&self) {
        self.0.slot.clear();
    }

    /// Takes over a token from elsewhere, which is handed out and renewed from now on.
    pub fn adopt(&self, token: Token) -> SharedToken {
        self.0.slot.publish(token)
    }

    /// Starts a sign-in that the host steps; its token becomes this source's. Effects: `[net]`.
    ///
    /// Errors: `InvalidState` for a grant without a person; those of [`OAuthClient::begin`].
    pub fn begin(&self, interactivity: Interactivity, interrupt: &dyn Interrupt) -> Result<Flow, Error> {
        let flow = self.0.client.begin((*self.0.request).clone(), interactivity, interrupt)?;
        Ok(flow.publishing_to(self.0.slot.clone()))
    }

    /// The header fields of one API request with `token`: its authorization and, for a bound token, the proof.
    ///
    /// Errors: `InvalidArgument` for a URL that is not absolute; `ConfigInvalid` for a token that is not for a header, and
    /// with the reason `insecure_endpoint` for an address that others can listen to.
    pub fn request_headers(&self, token: &Token, method: &str, url: &str) -> Result<Vec<(String, Secret)>, Error> {
        let url =
            Url::parse(url).map_err(|_| Error::new(Kind::InvalidArgument, "the request's URL is not absolute"))?;
        self.0.client.server().request_headers(token, method, &url)
    }

    /// Takes from an API's answer what the next proof needs.
    pub fn learn(&self, url: &str, dpop_nonce: &str) {
        if let Ok(url) = Url::parse(url) {
            self.0.client.server().learn_nonce(&url, dpop_nonce);
        }
    }

    /// A sign-in for what an API wants beyond the usual; its token is handed out from now on.
    pub(super) fn sign_in_for(
        &self,
        request: TokenRequest,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        match self.turn(interrupt)? {
            Turn::Landed(outcome) => outcome,
            Turn::Yours(flight) => {
                let outcome = driver::acquire(self.0.client.server(), &Arc::new(request), person, interrupt);
                flight.land(outcome, self.now_unix_ms())
            }
        }
    }

    /// The credential's key in caches, as hexadecimal text.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// Whose credential it is.
    pub fn client(&self) -> &OAuthClient {
        &self.0.client
    }

    /// What is asked for.
    pub fn request(&self) -> &TokenRequest {
        &self.0.request
    }

    fn now_unix_ms(&self) -> i64 {
        self.0.client.server().context.clock.now_unix_ms()
    }

    /// Whether the token outlasts what the caller asked for; one of unknown expiry does.
    fn lasts_long_enough(&self, token: &Token, now_unix_ms: i64) -> bool {
        let (Some(at), Some(wanted)) = (token.expires_at_unix_s(), self.0.request.min_validity) else { return true };
        at.saturating_mul(1000).saturating_sub(now_unix_ms) > i64::try_from(wanted.as_millis()).unwrap_or(i64::MAX)
    }

    /// `token`, or a newer one if that can be had in a moment and nobody else is at it.
    fn try_renewing(&self, token: SharedToken, interrupt: &dyn Interrupt) -> SharedToken {
        if !self.0.slot.may_try(self.now_unix_ms()) || !renewal::is_quiet(&self.0.request, Some(&token)) {
            return token;
        }
        let renewed = self.renew_quietly(Some(PATIENCE_WITH_A_USABLE_TOKEN), interrupt);
        renewed.unwrap_or_else(|error| {
            tracing::debug!("the token is used although renewing it failed: {error}");
            token
        })
    }

    /// A new token, or the old one when that fails and it is still worth something.
    fn renew_or_keep(
        &self,
        token: SharedToken,
        lasts: bool,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        let error = match self.renew(person, interrupt) {
            Err(error) if error.kind() != Kind::Cancelled => error,
            outcome => return outcome,
        };
        let left_ms = token.expires_at_unix_s().map_or(i64::MAX, |at| at * 1000 - self.now_unix_ms());
        match lasts && left_ms > LAST_USABLE_MS {
            true => {
                tracing::warn!(
                    "the token is used for its last {} s, because renewing it failed: {error}",
                    left_ms / 1000
                );
                Ok(token)
            }
            false => Err(error),
        }
    }

    fn renew(&self, person: &dyn Person, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        if renewal::is_quiet(&self.0.request, self.0.slot.newest().as_deref()) {
            match self.renew_quietly(None, interrupt) {
                // The grant is over. Where a person began it, a person can begin another one.
                Err(error) if error.kind() == Kind::GrantRevoked && self.0.request.grant.is_interactive() => {
                    self.bury_refresh_token();
                    if person.interactivity() == Interactivity::No {
                        return Err(sign_in_needed(&error));
                    }
                    tracing::info!("{error}; a new sign-in is needed");
                }
                outcome => return outcome,
            }
        }
        self.sign_in_for((*self.0.request).clone(), person, interrupt)
    }

    /// A refresh token that the server has declared dead is never sent again.
    fn bury_refresh_token(&self) {
        if let Some(newest) = self.0.slot.newest() {
            self.0.slot.replace(Token { refresh_token: None, ..(*newest).clone() });
        }
    }

    /// A renewal that needs nobody; one at a time, and all who wait get what it brings.
    fn renew_quietly(&self, patience: Option<Duration>, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        let slot = &self.0.slot;
        let came_after = slot.flights();
        if let Some(error) = slot.resting(self.now_unix_ms()) {
            return Err(error);
        }
        let exchange = async {
            match slot.turn(came_after).await {
                Turn::Landed(outcome) => outcome,
                Turn::Yours(flight) => self.fly(flight).await,
            }
        };
        match patience {
            None => engine::run(exchange, interrupt),
            Some(patience) => engine::run(
                async {
                    let late = |_| Err(Error::new(Kind::Timeout, "the renewal takes longer than the caller waits"));
                    tokio::time::timeout(patience, exchange).await.unwrap_or_else(late)
                },
                interrupt,
            ),
        }
    }

    async fn fly(&self, flight: Flight) -> Result<SharedToken, Error> {
        let server = self.0.client.server().clone();
        let clock = server.context.clock.clone();
        let newest = self.0.slot.newest();
        flight.complete(move || clock.now_unix_ms(), renewal::quiet(server, self.0.request.clone(), newest)).await
    }

    fn turn(&self, interrupt: &dyn Interrupt) -> Result<Turn, Error> {
        let came_after = self.0.slot.flights();
        engine::run(async { Ok(self.0.slot.turn(came_after).await) }, interrupt)
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

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("client_id", &self.0.client.settings().client_id)
            .field("grant", &self.0.request.grant.name())
            .field("scopes", &self.0.request.scopes)
            .finish_non_exhaustive()
    }
}
