//! The outside world, and what this process knows of it: servers, and the credentials in memory.

use std::sync::Arc;

use crate::cache::tokens::TokenCache;
use crate::context::Context;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::jose::SigningKey;
use crate::provider::google::metadata;
use crate::renewal::credential::Credential;
use crate::secret::Secret;
use crate::server::Server;
use crate::server::memory::Memory;
use crate::settings::ClientSettings;
use crate::transport::ClientIdentity;

/// What this process has learned about servers.
static SERVERS: Memory = Memory::new();
/// What it has learned about the metadata server.
static METADATA: metadata::Memory = metadata::Memory::new();
/// The credentials of this process, which all its sources share.
static TOKENS: TokenCache<Credential> = TokenCache::new();

/// The outside world, and what this process knows of it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) context: Context,
    pub(crate) tokens: &'static TokenCache<Credential>,
    pub(crate) metadata: &'static metadata::Memory,
    servers: &'static Memory,
}

impl World {
    /// The operating system's, which all of this process share, with its connections.
    pub(crate) fn os() -> Self {
        static WORLD: PerProcess<World> = PerProcess::new();
        (*WORLD.get_or_init(|| Self::shared(Context::os()))).clone()
    }

    /// Another view of the shared one, for whoever has a context of it.
    pub(crate) fn shared(context: Context) -> Self {
        Self { context, tokens: &TOKENS, metadata: &METADATA, servers: &SERVERS }
    }

    /// One that nobody else knows, for tests.
    pub(crate) fn apart(context: Context) -> Self {
        Self {
            context,
            tokens: Box::leak(Box::new(TokenCache::new())),
            metadata: Box::leak(Box::new(metadata::Memory::new())),
            servers: Box::leak(Box::new(Memory::new())),
        }
    }

    /// The private key in `text`, which is read once. Errors: as [`SigningKey::parse`].
    pub(crate) fn signing_key(&self, text: &Secret) -> Result<SigningKey, Error> {
        self.servers.signing_keys.parsed(text, None, None)
    }

    /// The authorization server that these settings lead to. No I/O. Errors: as [`Server::new`].
    pub(crate) fn server(&self, settings: ClientSettings) -> Result<Arc<Server>, Error> {
        self.server_for(settings, None)
    }

    /// The same, to which the client proves itself with a certificate too. Errors: as [`Server::new`].
    pub(crate) fn server_for(
        &self,
        settings: ClientSettings,
        identity: Option<ClientIdentity>,
    ) -> Result<Arc<Server>, Error> {
        let server = Server::new(self.context.clone(), settings, self.servers)?;
        Ok(Arc::new(server.with_identity(identity)))
    }
}
