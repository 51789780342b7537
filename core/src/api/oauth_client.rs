//! A client at an authorization server: where every OAuth flow begins.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use super::{Store, TokenSource};
use crate::cache::tokens::TokenCache;
use crate::context::Context;
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::flow::{CapturePlan, Flow, driver};
use crate::oauth::client_auth::Authentication;
use crate::oauth::discovery::ServerMetadata;
use crate::oauth::introspection::Introspection;
use crate::oauth::resource_metadata::ResourceMetadata;
use crate::oauth::revocation::{Revocation, TokenHint};
use crate::person::{Interactivity, Person};
use crate::renewal::credential::Credential;
use crate::renewal::{self, Logout};
use crate::secret::Secret;
use crate::server::Server;
use crate::settings::{ClientSettings, Settings, TokenRequest, credential_key, slot_key};
use crate::store::account::Wanted;
use crate::store::home::Home;
use crate::token::{SharedToken, Token};
use crate::world::World;

/// A client as it is registered with an authorization server.
///
/// Making one reads nothing and connects to nothing. Threads: share it freely; clones are the same client.
#[derive(Clone)]
pub struct OAuthClient(Arc<Inner>);

struct Inner {
    server: Arc<Server>,
    tokens: &'static TokenCache<Credential>,
    home: Arc<Home>,
}

impl OAuthClient {
    /// A client in the operating system's world.
    ///
    /// Errors: `ConfigInvalid` for endpoints that are not https, an unknown profile and settings that contradict.
    pub fn new(settings: ClientSettings) -> Result<Self, Error> {
        let home = Home::chosen(settings.store.clone(), settings.store_key.clone());
        Self::of(&World::os(), settings, home)
    }

    /// The client that a file describes, see [`ClientSettings::from_file`]. Effects: `[disk]`.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Self::new(ClientSettings::from_file(&Context::os(), path)?)
    }

    /// The same with some settings in place of the file's, see [`ClientSettings::from_file_with`]. Effects: `[disk]`.
    pub fn from_file_with(path: &Path, changes: Settings) -> Result<Self, Error> {
        Self::new(ClientSettings::from_file_with(&Context::os(), path, changes)?)
    }

    /// A client in a given world, for tests: it shares nothing with others, and keeps nothing unless it is given a store.
    pub fn with_context(context: Context, settings: ClientSettings) -> Result<Self, Error> {
        Self::of(&World::apart(context), settings, Home::Nowhere)
    }

    /// A client whose credentials are in `store`, to put one there.
    pub(super) fn in_store(store: &Store, settings: ClientSettings) -> Result<Self, Error> {
        let client = Self::of(&World::shared(store.context().clone()), settings, Home::Nowhere)?;
        Ok(client.with_store(store))
    }

    pub(crate) fn of(world: &World, settings: ClientSettings, home: Home) -> Result<Self, Error> {
        let server = world.server(settings)?;
        Ok(Self(Arc::new(Inner { server, tokens: world.tokens, home: Arc::new(home) })))
    }

    /// The same client, whose credentials are in `store`, whatever its settings say.
    pub fn with_store(&self, store: &Store) -> Self {
        let Inner { server, tokens, .. } = &*self.0;
        Self(Arc::new(Inner { server: server.clone(), tokens, home: store.home().clone() }))
    }

    /// The store that its credentials are in.
    pub fn store(&self) -> Store {
        Store::at(self.0.server.context.clone(), self.0.home.clone())
    }

    /// What the user said about it.
    pub fn settings(&self) -> &ClientSettings {
        &self.0.server.settings
    }

    /// The source of the token that `request` describes. No I/O.
    ///
    /// Requests that want the same get the same credential, in the whole process. Errors: `ConfigInvalid` for a setting
    /// `account` that makes no sense.
    pub fn source(&self, request: TokenRequest) -> Result<TokenSource, Error> {
        let request = self.completed(request);
        let (key, home) = (credential_key(self.settings(), &request), &self.0.home);
        let credential = match request.wanted_account()? {
            // Another sign-in is nobody else's.
            Wanted::New => Arc::default(),
            _ => self.0.tokens.of(slot_key(self.settings(), &request, key, &home.name())),
        };
        Ok(TokenSource::new(self.clone(), request, credential, Some(home.clone()), key.hex()))
    }

    /// The same without a share in this process's memory: what goes through it is for the store, and says nothing about
    /// which account the program is using.
    pub(super) fn lone_source(&self, request: TokenRequest) -> TokenSource {
        let request = self.completed(request);
        let key = credential_key(self.settings(), &request).hex();
        TokenSource::new(self.clone(), request, Arc::default(), Some(self.0.home.clone()), key)
    }

    /// Signs out of what `request` describes. Effects and errors: as [`TokenSource::logout`].
    pub fn logout(&self, request: TokenRequest, revoke: bool, interrupt: &dyn Interrupt) -> Result<Logout, Error> {
        self.source(request)?.logout(revoke, interrupt)
    }

    /// A token that nobody else shares and nothing remembers: the grant, carried out once.
    ///
    /// Effects: `[net]` `[prompt]` `[blocks]`. Errors: as [`TokenSource::token`].
    pub fn fetch(
        &self,
        request: TokenRequest,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        let request = self.completed(request);
        let key = credential_key(self.settings(), &request).hex();
        TokenSource::new(self.clone(), request, Arc::default(), None, key).token(person, interrupt)
    }

    /// One refresh of `token`, whose other facts carry over. Nothing is remembered. Effects: `[net]` `[blocks]`.
    ///
    /// Errors: `InvalidArgument` for a token without a refresh token; `GrantRevoked`; those of the exchange.
    pub fn refresh(&self, token: &Token, interrupt: &dyn Interrupt) -> Result<SharedToken, Error> {
        let (server, token) = (self.0.server.clone(), token.clone());
        let refresh = async move { renewal::refresh(&server, &token).await };
        engine::run(async { engine::protected(refresh).await }, interrupt).map(Arc::new)
    }

    /// Starts a sign-in that the host steps. Effects: `[net]` for discovery and a pushed or device request; binds the
    /// loopback listener.
    ///
    /// Errors: `InteractionRequired` when nobody is there; `ListenerUnavailable`; `InvalidState` for a grant without a
    /// person; those of the exchange.
    pub fn begin(
        &self,
        request: TokenRequest,
        interactivity: Interactivity,
        interrupt: &dyn Interrupt,
    ) -> Result<Flow, Error> {
        Flow::begin(self.0.server.clone(), Arc::new(self.completed(request)), interactivity, interrupt)
    }

    /// Whether this person can sign in for `request`. No network.
    ///
    /// Errors: those that a sign-in would end with before it began; `InvalidState` for a grant without a person.
    pub fn expect_sign_in(&self, request: &TokenRequest, person: &dyn Person) -> Result<(), Error> {
        driver::check(&self.0.server, &self.completed(request.clone()), person)
    }

    /// A sign-in, from its start to its token, with this person. Nothing is remembered.
    ///
    /// Effects: `[net]` `[prompt]` `[blocks]`. Errors: as [`OAuthClient::begin`]; `Cancelled`; `Timeout`.
    pub fn sign_in(
        &self,
        request: TokenRequest,
        person: &dyn Person,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedToken, Error> {
        driver::acquire(&self.0.server, &Arc::new(self.completed(request)), None, person, interrupt).map(Arc::new)
    }

    /// Takes up a sign-in that was put away with [`Flow::seal`]; [`Flow::respond`] finishes it. Works once, for ten
    /// minutes. `request`, `key` and `partition`: the same as for the start.
    ///
    /// Effects: `[net]` when the metadata is not known; `[blocks]`. Errors: `Protocol` with the reason `state_mismatch`
    /// for a seal that is damaged, too old, used before or somebody else's.
    pub fn open_sealed(
        &self,
        request: TokenRequest,
        sealed: &Secret,
        key: &[u8; 32],
        partition: Option<&str>,
        interrupt: &dyn Interrupt,
    ) -> Result<Flow, Error> {
        let request = Arc::new(self.completed(request));
        Flow::open_sealed(self.0.server.clone(), request, sealed, key, partition, interrupt)
    }

    /// How a sign-in would go, and why. No network.
    ///
    /// Errors: those that a sign-in would end with before it began.
    pub fn plan(&self, request: &TokenRequest, interactivity: Interactivity) -> Result<CapturePlan, Error> {
        Flow::plan(&self.0.server, request, interactivity)
    }

    /// What the server publishes about itself. Effects: `[net]`, unless remembered; `[blocks]`.
    ///
    /// Errors: `ConfigInvalid` when there is nowhere to ask; `Protocol` for a document that is wrong.
    pub fn metadata(&self, interrupt: &dyn Interrupt) -> Result<Arc<ServerMetadata>, Error> {
        engine::run(self.0.server.metadata(), interrupt)
    }

    /// Tells the server that the tokens of one grant are no longer wanted: the refresh token first, which takes the
    /// others with it. Effects: `[net]` `[blocks]`.
    ///
    /// Errors: only those that concern this client; a server that cannot be reached or does not offer it is told in the
    /// result.
    pub fn revoke(
        &self,
        refresh_token: Option<&Secret>,
        access_token: Option<&Secret>,
        interrupt: &dyn Interrupt,
    ) -> Result<Revocation, Error> {
        engine::run(self.0.server.revoke(refresh_token, access_token), interrupt)
    }

    /// What the server knows about a token. Effects: `[net]` `[blocks]`.
    ///
    /// Errors: `ConfigInvalid` when the server has no such endpoint; `Denied` when this client may not ask.
    pub fn introspect(
        &self,
        token: &Secret,
        hint: Option<TokenHint>,
        interrupt: &dyn Interrupt,
    ) -> Result<Introspection, Error> {
        engine::run(self.0.server.introspect(token, hint), interrupt)
    }

    /// What the server knows about the person whose token this is, as its userinfo endpoint tells. Effects: `[net]`
    /// `[blocks]`. Source: OpenID Connect Core §5.3.
    ///
    /// Errors: `ConfigInvalid` when the server has no such endpoint; `Denied` for a token that it does not accept.
    pub fn userinfo(&self, token: &Token, interrupt: &dyn Interrupt) -> Result<Map<String, Value>, Error> {
        engine::run(self.0.server.userinfo(token), interrupt)
    }

    /// Which authorization servers an API trusts, and whether this client's is one of them. `named`: the address from a
    /// challenge (`resource_metadata`), if there was one. Effects: `[net]` `[blocks]`. Source: RFC 9728.
    ///
    /// An API cannot make tokcore turn to a server that is not configured. Errors: `Protocol` for a document that is about
    /// another resource.
    pub fn resource_metadata(
        &self,
        resource: &str,
        named: Option<&str>,
        interrupt: &dyn Interrupt,
    ) -> Result<ResourceMetadata, Error> {
        engine::run(self.0.server.resource_metadata(resource, named), interrupt)
    }

    /// The client's proof of who it is, for a request to `endpoint` that the caller makes. Effects: `[net]` when the
    /// method is not given and the metadata has to be asked; `[blocks]`.
    ///
    /// Errors: `ConfigInvalid` for a secret or key that is missing or cannot be used.
    pub fn authentication(&self, endpoint: &Url, interrupt: &dyn Interrupt) -> Result<Authentication, Error> {
        engine::run(self.0.server.authentication(endpoint), interrupt)
    }

    /// Whether a token could be asked for: the server's metadata can be had, and the client's authentication can be
    /// written. Nothing is asked of the token endpoint. Effects: `[net]`, unless remembered; `[blocks]`.
    ///
    /// Errors: as [`OAuthClient::metadata`]; `ConfigInvalid` for a secret or key that is missing or cannot be used.
    pub fn check(&self, interrupt: &dyn Interrupt) -> Result<(), Error> {
        engine::run(self.0.server.check(), interrupt)
    }

    /// What is known of the client and its server, by name, for reports; null for what is not set. No I/O, no secrets.
    pub fn report(&self) -> Vec<(String, Value)> {
        self.0.server.report()
    }

    /// The same as texts, for people.
    pub fn report_in_words(&self) -> Vec<(String, String)> {
        let in_words = |value| match value {
            Value::Null => "not set".to_owned(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        self.report().into_iter().map(|(name, value)| (name, in_words(value))).collect()
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        &self.0.server
    }

    /// The request with what the client's settings say where it is silent.
    pub(crate) fn completed(&self, mut request: TokenRequest) -> TokenRequest {
        let settings = self.settings();
        if request.scopes.is_empty() {
            request.scopes.clone_from(&settings.scopes);
        }
        if request.redirect_uri.is_none() {
            request.redirect_uri.clone_from(&settings.redirect_uri);
        }
        request
    }
}

/// Where a server's metadata is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discovery<'a> {
    /// The issuer, exactly as it names itself.
    pub issuer: Option<&'a str>,
    /// `openid`, `oauth` or `auto`, which is the default.
    pub form: Option<&'a str>,
    /// Where the document is, when that does not follow from the issuer.
    pub address: Option<&'a str>,
    /// Accepts plain http from hosts other than loopback. For experiments only.
    pub allow_insecure_http: bool,
}

/// What a server publishes about itself, without a client of it. Effects: `[net]` `[blocks]`.
///
/// Errors: as [`OAuthClient::metadata`].
pub fn discover(wanted: Discovery<'_>, interrupt: &dyn Interrupt) -> Result<Arc<ServerMetadata>, Error> {
    let insecure = wanted.allow_insecure_http;
    let parsed = |text: &str| crate::oauth::endpoints::parse("address of the metadata", text, insecure);
    let settings = ClientSettings {
        client_id: "discovery".into(),
        issuer: wanted.issuer.map(str::to_owned),
        discovery: wanted.form.map(str::to_owned),
        metadata_url: wanted.address.map(parsed).transpose()?,
        allow_insecure_http: insecure,
        ..ClientSettings::default()
    };
    OAuthClient::new(settings)?.metadata(interrupt)
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OAuthClient").field(self.settings()).finish()
    }
}
