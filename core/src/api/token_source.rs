//! What a program keeps and asks again and again: one token, always usable.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use super::OAuthClient;
use super::root::{Grant, Root};
use crate::cache::machine::{Decision, Need};
use crate::context::Clock;
use crate::engine::{self, Interrupt, NoInterrupt};
use crate::error::{Attempt, Error};
use crate::flow::Flow;
use crate::kinds::Kind;
use crate::oauth::Warning;
use crate::person::{Interactivity, Person};
use crate::provider::{self, About, TokenProvider};
use crate::renewal::credential::Credential;
use crate::renewal::keeper::Keeper;
use crate::renewal::{self, Logout};
use crate::secret::Secret;
use crate::settings::TokenRequest;
use crate::store::home::Home;
use crate::token::{SharedToken, Token};
use crate::world::World;

/// One credential of one client: the token in memory while it is fresh, else a renewed one.
///
/// Sources that ask for the same share the credential, in the whole process. Threads: share it freely; one exchange
/// serves all callers who want the token at the same time, and its failure is everybody's.
#[derive(Clone)]
pub struct TokenSource(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) root: Root,
    pub(super) credential: Arc<Credential>,
    pub(super) need: Need,
    /// That of the root's world, within reach: every hand-out reads it.
    pub(super) clock: Arc<dyn Clock>,
    key: String,
    /// Header fields that its requests carry beside the authorization.
    headers: Vec<(HeaderName, HeaderValue)>,
    /// How a chain came to it. Shape: empty for a source that was made without one.
    attempts: Vec<Attempt>,
    /// The command that signs in, where it is not the one of every client.
    pub(super) login_command: Option<String>,
}

impl Inner {
    /// The same credential, for a source that differs in something else.
    fn again(&self) -> Self {
        Self {
            root: self.root.clone(),
            credential: self.credential.clone(),
            need: self.need,
            clock: self.clock.clone(),
            key: self.key.clone(),
            headers: self.headers.clone(),
            attempts: self.attempts.clone(),
            login_command: self.login_command.clone(),
        }
    }
}

impl TokenSource {
    pub(super) fn new(
        client: OAuthClient,
        request: TokenRequest,
        credential: Arc<Credential>,
        home: Option<Arc<Home>>,
        key: String,
    ) -> Self {
        let need = Need { min_validity: request.min_validity };
        let root = Root::Grant(Grant { client, request: Arc::new(request), home });
        Self::rooted(root, credential, need, key)
    }

    /// The tokens of a credential that needs nobody. They stay in memory: it can always be asked again.
    pub(crate) fn of_provider(world: &World, provider: Arc<dyn TokenProvider>, min_validity: Option<Duration>) -> Self {
        let key = provider.key();
        let headers = provider.headers();
        let source = Self::rooted(Root::Provider(provider), world.tokens.of(key), Need { min_validity }, key.hex());
        source.with_headers(headers)
    }

    fn rooted(root: Root, credential: Arc<Credential>, need: Need, key: String) -> Self {
        let clock = root.context().clock.clone();
        Self(Arc::new(Inner {
            root,
            credential,
            need,
            clock,
            key,
            headers: Vec::new(),
            attempts: Vec::new(),
            login_command: None,
        }))
    }

    /// The same, whose requests carry these header fields beside the authorization.
    pub(crate) fn with_headers(&self, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self(Arc::new(Inner { headers, ..self.0.again() }))
    }

    /// The same, for which this command signs in at a shell.
    pub(crate) fn with_login_command(&self, command: String) -> Self {
        Self(Arc::new(Inner { login_command: Some(command), ..self.0.again() }))
    }

    /// The same, with the report of the chain that found it.
    pub(crate) fn found_by(&self, attempts: Vec<Attempt>) -> Self {
        Self(Arc::new(Inner { attempts, ..self.0.again() }))
    }

    /// The token that is stored, whatever its age. Takes no lock. Effects: `[disk]`. Shape and errors: as
    /// [`Keeper::look`].
    pub(crate) fn stored(&self) -> Result<Option<Token>, Error> {
        self.keeper().map_or(Ok(None), |keeper| keeper.look())
    }

    /// This credential's place in a store. Shape: `None` for one that is in memory alone.
    pub(super) fn keeper(&self) -> Option<Arc<Keeper>> {
        let Grant { client, request, home } = self.0.root.grant()?;
        let home = home.as_ref()?;
        let make = || Keeper::new(home.clone(), client.server().clone(), request.clone());
        Some(self.0.credential.keeper(make))
    }

    /// The key under which the credential is kept: that of its account, where there are several.
    pub(super) fn kept_key(&self) -> String {
        self.keeper().map_or_else(|| self.0.key.clone(), |keeper| keeper.key())
    }

    /// A token that is usable now.
    ///
    /// From memory while it is fresh; else renewed with its refresh token or by its grant; else, where the grant needs
    /// a person and one is there, by a sign-in. A token with life left is never refused because a renewal failed.
    ///
    /// Effects: `[net]` `[prompt]` `[blocks]`. Errors: `InteractionRequired` at once when a person is needed and there
    /// is none; those of the grant.
    pub fn token(&self, person: &dyn Person, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        if let Some(token) = self.0.credential.slot.accepted().filter(|token| self.is_in_its_window(token)) {
            return Ok(token);
        }
        self.look_at_the_store(person)?;
        let (decision, wish) = self.decide();
        tracing::debug!("{}", decision.words());
        match decision {
            Decision::HandOut(token) => Ok(token),
            Decision::RenewIfFree(token) => Ok(self.better_if_quick(token, wish, interrupt)),
            Decision::RenewElseHandOut(token) => self.renew_or_keep(token, wish, person, interrupt),
            Decision::RenewOrFail(token) => self.renew(token, wish, person, interrupt),
            Decision::Fail(error) => Err(error),
        }
    }

    /// Whether `token` may be handed out again by this source: no lock, no allocation, one coarse clock read. Every half
    /// minute a second look is taken, at the other clock and, where there is a store, at its record. Effects: `[disk]`
    /// then.
    pub fn is_current(&self, token: &Token) -> bool {
        self.is_in_its_window(token) || self.is_current_after_another_look(token)
    }

    /// The token in memory, whatever its age; nothing is asked of anybody.
    pub fn current(&self) -> Option<SharedToken> {
        self.0.credential.slot.accepted()
    }

    /// Says that an API refused `token`, so that the next call renews it. Without effect on its successor.
    pub fn invalidate(&self, token: &Token) {
        self.0.credential.slot.reject(token);
    }

    /// Forgets the credential in this process; nothing is revoked.
    pub fn forget(&self) {
        self.0.credential.slot.clear();
    }

    /// Signs out: tells the server, where `revoke` says so, then removes the credential from store and memory. Renewals
    /// that are under way in other processes end first. Effects: `[net]` `[disk]` `[blocks]`.
    ///
    /// Errors: `Store` where it cannot be removed; `AmbiguousAccount` where several are stored and none is named. A server
    /// that cannot be told is in the result.
    pub fn logout(&self, revoke: bool, interrupt: &dyn Interrupt) -> Result<Logout, Error> {
        let server = self.grant()?.client.server().clone();
        let keeper = self.keeper();
        let kept = keeper.as_ref().map(|keeper| keeper.look()).transpose()?.flatten();
        if kept.is_none() && self.0.credential.slot.newest().is_none() {
            return Ok(Logout { found: false, revocation: None });
        }
        let leaving = renewal::log_out(keeper, server, self.0.credential.slot.newest(), revoke);
        let logout = engine::run(async { engine::protected(leaving).await }, interrupt)?;
        self.0.credential.slot.clear();
        Ok(logout)
    }

    /// Takes over a token from elsewhere, which is handed out and renewed from now on. Where there is a store it is kept
    /// there first; what cannot be kept says so among its warnings. Effects: `[disk]` `[blocks]` then.
    pub fn adopt(&self, mut token: Token) -> SharedToken {
        token.requested_at_boot = token.requested_at_boot.or_else(|| self.now().boot_at(token.requested_at_unix_s));
        let Some(keeper) = self.keeper() else { return self.0.credential.slot.publish(token) };
        let mut given = token.clone();
        let kept = async { engine::protected(async { Ok(renewal::keep_first(Some(keeper), token).await) }).await };
        self.0.credential.slot.publish(engine::run(kept, &NoInterrupt).unwrap_or_else(|bug| {
            tracing::warn!("{}: {bug}", Warning::RefreshTokenNotPersisted);
            given.warnings.push(Warning::RefreshTokenNotPersisted);
            given
        }))
    }

    /// Starts a sign-in that the host steps; its token becomes this source's. Effects: `[net]`.
    ///
    /// Errors: `InvalidState` for a grant without a person; those of [`OAuthClient::begin`].
    pub fn begin(&self, interactivity: Interactivity, interrupt: &dyn Interrupt) -> Result<Flow, Error> {
        let Grant { client, request, .. } = self.grant()?;
        let keeper = self.keeper();
        let request = keeper.as_ref().map_or_else(|| request.clone(), |keeper| keeper.request_of_sign_in(request));
        let flow = client.begin(Arc::unwrap_or_clone(request), interactivity, interrupt)?;
        Ok(flow.publishing_to(self.0.credential.clone()).kept_by(keeper))
    }

    /// The header fields of one API request with `token`: its authorization and, for a bound token, the proof.
    ///
    /// Errors: `InvalidArgument` for a URL that is not absolute; `ConfigInvalid` for a token that is not for a header, and
    /// with the reason `insecure_endpoint` for an address that others can listen to.
    pub fn request_headers(&self, token: &Token, method: &str, url: &str) -> Result<Vec<(String, Secret)>, Error> {
        let url =
            Url::parse(url).map_err(|_| Error::new(Kind::InvalidArgument, "the request's URL is not absolute"))?;
        let mut fields = match &self.0.root {
            Root::Grant(grant) => grant.client.server().request_headers(token, method, &url)?,
            Root::Provider(_) => provider::authorization(token, &url)?,
        };
        fields.extend(self.fields_beside());
        Ok(fields)
    }

    /// The header fields that each of its requests carries beside the authorization, whatever the token, such as the project
    /// that is charged. No I/O.
    pub fn fields_beside(&self) -> impl Iterator<Item = (String, Secret)> {
        let text = |value: &HeaderValue| Secret::new(String::from_utf8_lossy(value.as_bytes()).into_owned());
        self.0.headers.iter().map(move |(name, value)| (name.as_str().to_owned(), text(value)))
    }

    /// The credential's own signature of `bytes`, such as a signed address needs: by its key, or by Google on its behalf.
    /// Shape: RSA PKCS#1 v1.5 with SHA-256. Effects: `[net]` `[blocks]` for the latter.
    ///
    /// Errors: `InvalidState` for a credential that cannot sign; those of the exchange.
    pub fn sign(&self, bytes: &[u8], interrupt: &dyn Interrupt) -> Result<Vec<u8>, Error> {
        match &self.0.root {
            Root::Provider(provider) => engine::run(provider.sign(bytes), interrupt),
            Root::Grant(_) => Err(Error::new(Kind::InvalidState, "a user's credential cannot sign")
                .with_hint("use a service account's key, or name the account to impersonate")),
        }
    }

    /// The address whose signature [`TokenSource::sign`] gives: a service account's, also where its tokens are a user's. Shape:
    /// `None` for a credential that cannot sign.
    pub fn signer(&self) -> Option<&str> {
        match &self.0.root {
            Root::Provider(provider) => provider.signer(),
            Root::Grant(_) => None,
        }
    }

    /// Takes from an API's answer what the next proof needs.
    pub fn learn(&self, url: &str, dpop_nonce: &str) {
        if let (Ok(url), Some(grant)) = (Url::parse(url), self.0.root.grant()) {
            grant.client.server().learn_nonce(&url, dpop_nonce);
        }
    }

    /// The credential's key in caches, as hexadecimal text.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// Whose credential it is. Shape: `None` for one that no client was registered for, such as a machine's identity.
    pub fn client(&self) -> Option<&OAuthClient> {
        self.0.root.grant().map(|grant| &grant.client)
    }

    /// What is asked for. Shape: `None` for a credential without a client.
    pub fn request(&self) -> Option<&TokenRequest> {
        self.0.root.grant().map(|grant| &*grant.request)
    }

    /// What is known of the credential without asking anybody: whose it is, where a user has signed in, from its token. No
    /// I/O.
    pub fn about(&self) -> About {
        let about = self.0.root.about();
        let token = self.current().filter(|_| self.0.root.grant().is_some());
        let owner = token.and_then(|token| renewal::account_of(&token).label);
        About { principal: owner.or(about.principal), ..about }
    }

    /// How a chain came to it, method by method. Shape: empty for a source that was made without one.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// The client's grant. Errors: `InvalidState` for a credential that nobody signed in for.
    pub(super) fn grant(&self) -> Result<&Grant, Error> {
        self.0.root.grant().ok_or_else(|| {
            let kind = self.about().kind;
            Error::new(Kind::InvalidState, format!("a credential of the kind {kind} has no sign-in of its own"))
                .with_hint("its owner takes it away where it comes from: a key file, a machine, a pool of identities")
        })
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = self.about();
        f.debug_struct("TokenSource")
            .field("kind", &about.kind)
            .field("client_id", &about.client_id)
            .field("principal", &about.principal)
            .field("scopes", &about.scopes)
            .finish_non_exhaustive()
    }
}
