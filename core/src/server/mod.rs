//! The authorization server as tokcore reaches it: its endpoints, and how a request to one of them is sent, repeated
//! and given up. What the requests and answers say is the business of [`crate::oauth`].

mod about;
mod assemble;
mod assertion;
mod authenticate;
mod device;
mod documents;
mod endpoints;
mod keys;
pub(crate) mod memory;
mod metadata;
mod proof;
mod push;
mod report;
mod revoke;
mod send;
mod statements;
mod token;
pub(crate) mod witness;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use http::HeaderValue;
use once_cell::race::OnceBox;

pub(crate) use endpoints::Known;
pub(crate) use send::{Patience, is_ambiguous, outcome_of_error};
pub(crate) use token::{Ask, Basis};

use self::memory::{Facts, Memory};
use self::statements::Statements;
use crate::context::Context;
use crate::error::Error;
use crate::jose::SigningKey;
use crate::kinds::Kind;
use crate::oauth::Dialect;
use crate::oauth::discovery::IssuerMatch;
use crate::oauth::dpop::DpopKey;
use crate::oauth::endpoints::Endpoints;
use crate::profile::Profiles;
use crate::settings::ClientSettings;
use crate::transport::{ClientIdentity, Connection, HttpRequest};

/// Names a file with profiles of the user's own.
const PROFILES_VARIABLE: &str = "TOKCORE_PROFILES";
/// The built-in list has a tenth of it.
const PROFILES_BYTES: usize = 256 * 1024;

/// One client at one authorization server. Making one does no I/O.
pub(crate) struct Server {
    pub(crate) context: Context,
    pub(crate) settings: ClientSettings,
    /// The endpoints that the settings name.
    told: Endpoints,
    pub(crate) dialect: Dialect,
    /// How exactly the issuer in the metadata is the one that was asked for.
    pub(crate) issuer_match: IssuerMatch,
    /// Name of the profile that the dialect began as.
    pub(crate) profile: String,
    // Made by whoever comes first, without a lock: a forked child would wait for a thread that it does not have.
    connection: OnceBox<Arc<Connection>>,
    key: OnceBox<SigningKey>,
    statements: Statements,
    /// A certificate of the client's own.
    identity: Option<ClientIdentity>,
    memory: &'static Memory,
}

impl Server {
    /// The server that these settings lead to.
    ///
    /// Errors: `ConfigInvalid` for an endpoint that is not https, an unknown profile and a dialect that makes no sense.
    pub(crate) fn new(context: Context, settings: ClientSettings, memory: &'static Memory) -> Result<Self, Error> {
        let told = endpoints::told(&settings)?;
        let profiles = profiles(&context)?;
        let issuer = match &settings.issuer {
            Some(issuer) => Some(crate::oauth::endpoints::parse("issuer", issuer, settings.allow_insecure_http)?),
            None => None,
        };
        let profile = profiles.choose(settings.profile.as_deref(), told.any().into_iter().chain(&issuer))?.clone();
        let dialect = profile.with(&settings.dialect)?;
        let server = Self {
            issuer_match: issuer_match(&settings, &dialect)?,
            context,
            settings,
            told,
            dialect,
            profile: profile.name,
            connection: OnceBox::new(),
            key: OnceBox::new(),
            statements: Statements::default(),
            identity: None,
            memory,
        };
        server.check_words()?;
        Ok(server)
    }

    /// The same, to which the client proves itself with this certificate too.
    pub(crate) fn with_identity(self, identity: Option<ClientIdentity>) -> Self {
        Self { identity, ..self }
    }

    /// Settings that are one of a few words are wrong from the start, and not when they are first needed.
    fn check_words(&self) -> Result<(), Error> {
        self.well_known()?;
        self.signing_algorithm()?;
        self.wanted_basic_encoding()?;
        match self.settings.user_agent.as_deref().map(str::parse::<HeaderValue>) {
            Some(Err(_)) => Err(Error::new(Kind::ConfigInvalid, "user_agent is no text that fits into a header")),
            _ => Ok(()),
        }
    }

    /// How this client reaches its server.
    pub(crate) fn connection(&self) -> &Arc<Connection> {
        self.connection.get_or_init(|| Box::new(Arc::new(self.connection_settings())))
    }

    fn facts(&self) -> Arc<Facts> {
        self.memory.facts()
    }

    /// Whether the server can be asked whose a token is.
    pub(crate) fn tells_owners(&self) -> bool {
        self.settings.userinfo_endpoint.is_some()
    }

    /// Now. Units: seconds since 1970-01-01 UTC.
    pub(crate) fn now_unix_s(&self) -> i64 {
        self.context.clock.now_unix_ms().div_euclid(1000)
    }

    /// `request` over this client's connection, with its limits.
    fn over_connection(&self, mut request: HttpRequest) -> HttpRequest {
        request.connection = self.connection().clone();
        if let Some(timeout) = self.settings.timeout {
            request.timeout = timeout;
        }
        if let Some(agent) = self.settings.user_agent.as_deref().and_then(|agent| agent.parse().ok()) {
            request = request.header(http::header::USER_AGENT, agent);
        }
        request
    }

    fn connection_settings(&self) -> Connection {
        let standard = Connection::from_env(&self.context);
        Connection {
            ca: self.settings.ca_file.clone().or(standard.ca),
            verify_tls: self.settings.verify_tls.unwrap_or(true),
            connect_timeout: self.settings.connect_timeout.unwrap_or(standard.connect_timeout),
            identity: self.identity.clone(),
            ..standard
        }
    }

    /// The client's private key, read once. Shape: `None` when the client has none. Effects: `[disk]`.
    ///
    /// Errors: `ConfigInvalid` for a file that cannot be read and a key that cannot be used.
    pub(crate) fn signing_key(&self) -> Result<Option<&SigningKey>, Error> {
        if self.settings.key.is_none() && self.settings.key_file.is_none() {
            return Ok(None);
        }
        let load = || authenticate::load_key(&self.context, &self.settings, &self.memory.signing_keys).map(Box::new);
        self.key.get_or_try_init(load).map(Some)
    }

    /// A key for the tokens of one grant. Shape: `None` unless the client binds its tokens.
    pub(crate) fn new_dpop_key(&self) -> Result<Option<DpopKey>, Error> {
        (self.settings.dpop || self.dialect.request.dpop).then(DpopKey::generate).transpose()
    }
}

/// The built-in profiles and those of the file that `TOKCORE_PROFILES` names. Effects: `[disk]` when it is set.
fn profiles(context: &Context) -> Result<Cow<'static, Profiles>, Error> {
    let Some(path) = context.set_var(PROFILES_VARIABLE) else { return Ok(Cow::Borrowed(Profiles::builtin())) };
    let broken = |why: String| Error::new(Kind::ConfigInvalid, format!("{PROFILES_VARIABLE} = {path}: {why}"));
    let bytes = context.files.read(Path::new(&path), PROFILES_BYTES).map_err(|cause| broken(cause.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| broken("it is not UTF-8".into()))?;
    Profiles::builtin().and(&text).map(Cow::Owned).map_err(|error| broken(error.message().to_owned()))
}

/// How exactly the issuer must match: what the user says, else the profile.
fn issuer_match(settings: &ClientSettings, dialect: &Dialect) -> Result<IssuerMatch, Error> {
    match settings.issuer_match.as_deref() {
        None => Ok(dialect.issuer_match),
        Some("exact") => Ok(IssuerMatch::Exact),
        Some("trailing_slash") => Ok(IssuerMatch::TrailingSlash),
        Some("template") => Ok(IssuerMatch::Template),
        Some("none") => Ok(IssuerMatch::None),
        Some(_) => {
            Err(Error::new(Kind::ConfigInvalid, "issuer_match is none of exact, trailing_slash, template, none"))
        }
    }
}
