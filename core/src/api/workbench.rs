//! Credentials that the place where the program runs already has: Workbench, Connect, a broker.

use std::sync::Arc;

use crate::cache::memory::CredentialsCache;
use crate::context::Context;
use crate::credentials::{
    AzureToken, Credentials, CredentialsRequest, Filter, IdentityToken, Integration, SharedCredentials,
};
use crate::detect::{self, Detection};
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::options::{ClientOptions, LONGEST_REUSE};
use crate::provider::{self, Session};

/// Finds out where the program runs and gets credentials there.
///
/// Making one does nothing but remember the options. Calls block the calling thread. Threads: share it freely; one
/// exchange serves all callers who want the same at the same time. Forked children start with an empty cache.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    context: Context,
    options: ClientOptions,
    cache: CredentialsCache,
}

impl Client {
    /// A client in the operating system's world.
    pub fn new(options: ClientOptions) -> Self {
        Self::with_context(Context::os(), options)
    }

    /// A client in a given world, for tests.
    pub fn with_context(context: Context, options: ClientOptions) -> Self {
        let reuse = options.reuse.min(LONGEST_REUSE);
        Self(Arc::new(Inner { context, cache: CredentialsCache::new(reuse), options }))
    }

    /// Credentials for one integration, the same call in Workbench, Connect and under a broker.
    ///
    /// Effects: `[net]`, unless the same was asked within the reuse window. `[disk]` reads the cookie file. `[blocks]`.
    /// Errors: `NotInSession`, `NoCookie`, `BadCookie`, `ExpiredCookie`, `NoAddress`, `BadAddress`, `NoSubject`,
    /// `NotConfigured`, `Version`, `NotFound`, `NotSignedIn`, `ReauthRequired`, `NoToken`, `ConfigInvalid`, and those of
    /// every exchange: `Transport`, `Timeout`, `Server`, `RateLimited`, `Denied`, `Http`, `Protocol`, `Cancelled`.
    pub fn credentials(
        &self,
        request: &CredentialsRequest,
        interrupt: &dyn Interrupt,
    ) -> Result<SharedCredentials, Error> {
        let with_user_session_token = request.user_session_token.is_some();
        self.0.cache.get_or_fetch(&self.0.context, request, interrupt, || async move {
            self.0.open(with_user_session_token)?.credentials(request).await
        })
    }

    /// Whether `credentials` may still be handed out again by this client: no lock, no allocation, one clock read.
    pub fn is_current(&self, credentials: &Credentials) -> bool {
        self.0.cache.is_current(&*self.0.context.clock, credentials)
    }

    /// Drops what this client remembers, so that the next call asks the server.
    pub fn forget(&self) {
        self.0.cache.clear();
    }

    /// All integrations of this session. Effects: `[net]` `[blocks]`. Errors: as [`Client::credentials`].
    pub fn integrations(&self, interrupt: &dyn Interrupt) -> Result<Vec<Integration>, Error> {
        engine::run(async { self.0.open(false)?.integrations().await }, interrupt)
    }

    /// The integration with this GUID, in any letter case, or with the internal name after `name:`. Shape: `None` if there
    /// is no such integration.
    ///
    /// Effects: `[net]` `[blocks]`. Errors: `InvalidArgument` for an empty GUID; else as [`Client::credentials`].
    pub fn integration(&self, guid: &str, interrupt: &dyn Interrupt) -> Result<Option<Integration>, Error> {
        provider::check_not_empty("guid", guid)?;
        let filter = match guid.strip_prefix("name:") {
            Some(name) => Filter { name: Some(name.to_owned()), ..Filter::default() },
            None => Filter { guid: Some(guid.to_owned()), ..Filter::default() },
        };
        self.find_by(&filter, |_| true, interrupt)
    }

    /// The first integration that has every field of `filter` and passes `predicate`.
    ///
    /// Effects: `[net]` `[blocks]`; `predicate` runs on this thread after the exchange. Errors: as
    /// [`Client::credentials`].
    pub fn find_by(
        &self,
        filter: &Filter,
        predicate: impl FnMut(&Integration) -> bool,
        interrupt: &dyn Interrupt,
    ) -> Result<Option<Integration>, Error> {
        let mut predicate = predicate;
        let integrations = self.integrations(interrupt)?;
        Ok(integrations.into_iter().find(|integration| filter.matches(integration) && predicate(integration)))
    }

    /// A token that says who the user of this session is. Effects: `[net]` `[blocks]`. Errors: as
    /// [`Client::credentials`]; `NotSignedIn` when the server has none for this user.
    pub fn identity_token(&self, interrupt: &dyn Interrupt) -> Result<IdentityToken, Error> {
        engine::run(async { self.0.open(false)?.identity_token().await }, interrupt)
    }

    /// A delegated Azure token for `resource`. Effects: `[net]` `[blocks]`. Errors: `InvalidArgument` for an empty
    /// resource; else as [`Client::credentials`].
    pub fn azure_token(&self, resource: &str, interrupt: &dyn Interrupt) -> Result<AzureToken, Error> {
        provider::check_not_empty("resource", resource)?;
        engine::run(async { self.0.open(false)?.azure_token(resource).await }, interrupt)
    }

    /// Where a person signs in to this integration; `audience` as in [`CredentialsRequest`]. Shape: an absolute URL of a
    /// page for people.
    ///
    /// Effects: `[net]` `[blocks]`. Errors: `NotFound` for an unknown one; else as [`Client::credentials`].
    pub fn sign_in_url(&self, audience: &str, interrupt: &dyn Interrupt) -> Result<String, Error> {
        engine::run(async { self.0.open(false)?.sign_in_url(audience).await }, interrupt)
    }

    /// Whether everything is here that a call needs short of the network: product, session, address, in this order.
    ///
    /// Effects: `[disk]`. Errors: those of [`Client::credentials`] that concern the environment.
    pub fn check(&self) -> Result<(), Error> {
        self.0.open(false)?.check()
    }

    /// What the detection table finds here, and every test it made. Effects: `[disk]`; no network.
    pub fn detect(&self, with_user_session_token: bool) -> Detection {
        let Inner { context, options, .. } = &*self.0;
        detect::detect(context, options, with_user_session_token)
    }
}

impl Inner {
    /// The source that applies here. Effects: `[disk]`; no network.
    fn open(&self, with_user_session_token: bool) -> Result<Session, Error> {
        let detection = detect::detect(&self.context, &self.options, with_user_session_token);
        for warning in &detection.warnings {
            tracing::warn!("{warning}");
        }
        Session::open(&self.context, &self.options, detection.outcome?)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("options", &self.0.options).finish_non_exhaustive()
    }
}
