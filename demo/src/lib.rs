//! The demo: a broker and an authorization server on loopback, with everything temporary, to try tokcore with nothing
//! registered anywhere.
//!
//! Two integrations are configured; the demo user is signed in to one of them. `tokcore serve` cannot reach this crate.

mod browser;
pub mod provider;
mod sign_in;

use std::fs::OpenOptions;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokcore::{Context, Error, Kind};
use tokcore_broker::admin::client::AdminClient;
use tokcore_broker::limits::Limits;
use tokcore_broker::{Broker, Running, Settings, guid, random};
use url::Url;

use provider::{Client, Provider};

/// Section, display name and scopes of the integrations, in the order of the file.
const INTEGRATIONS: [(&str, &str, &str); 2] =
    [(SIGNED_IN, "Demo Mail", "mail.read,offline_access"), ("demo-files", "Demo Files", "files.read,offline_access")];

/// The integration that the demo user is signed in to.
const SIGNED_IN: &str = "demo-mail";

/// A running demo. [`Demo::stop`] ends it and leaves nothing behind.
pub struct Demo {
    provider: Provider,
    broker: Running,
    // Declared last: it is removed when everything that uses it has gone.
    directory: TempDir,
}

impl Demo {
    /// Starts provider and broker, and signs the demo user in. `port` and `limits` are the broker's; port 0 takes a free
    /// one.
    ///
    /// Effects: `[disk]` a temporary directory; `[net]` loopback only. Must be called inside a tokio runtime.
    pub async fn start(port: u16, limits: Limits) -> Result<Self, Error> {
        let directory =
            tempfile::Builder::new().prefix("tokcore-demo-").tempdir().map_err(|cause| no_directory(&cause))?;
        let clients = INTEGRATIONS
            .map(|(name, ..)| Ok(Client { id: format!("{name}-client"), secret: random::token()? }))
            .into_iter()
            .collect::<Result<Vec<_>, Error>>()?;
        let provider = Provider::start(clients.clone()).await?;
        let mut settings = Settings::in_directory(directory.path());
        settings.rpc_listen = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        settings.limits = limits;
        write_private(&settings.config.path, &configuration(&provider, &clients))
            .map_err(|cause| no_directory(&cause))?;
        let broker = Broker::start(settings).await.map_err(not_started)?;
        provider.register_redirect_uri(format!("{}/oauth_redirect_callback", broker.public_url()));
        let demo = Self { provider, broker, directory };
        match demo.sign_in().await {
            Ok(()) => Ok(demo),
            Err(error) => {
                demo.stop().await;
                Err(error)
            }
        }
    }

    async fn sign_in(&self) -> Result<(), Error> {
        let link = self.admin().login_link().await?;
        let link = Url::parse(link.url.expose())
            .map_err(|_| Error::new(Kind::Internal, "the demo's login link is not a URL"))?;
        sign_in::sign_in(Context::os(), &link, &self.guid()).await
    }

    /// A client of the demo's broker.
    pub fn admin(&self) -> AdminClient {
        AdminClient::new(self.socket(), Context::os())
    }

    /// The broker's Unix socket.
    pub fn socket(&self) -> &Path {
        self.broker.admin_socket()
    }

    /// Where the runtime directories of sessions belong.
    pub fn runtime_base(&self) -> PathBuf {
        self.directory.path().join("sessions")
    }

    /// GUID of the integration that the demo user is signed in to.
    pub fn guid(&self) -> String {
        guid::integration_guid(SIGNED_IN).to_string()
    }

    /// The API that wants a token of that integration.
    pub fn api_url(&self) -> String {
        self.provider.url("api/me")
    }

    /// Ends broker and provider, and removes every file.
    pub async fn stop(self) {
        let Self { provider, broker, directory } = self;
        broker.shutdown().await;
        provider.stop().await;
        // What cannot be removed is worthless: keys and tokens of a provider that is gone.
        let _ = directory.close();
    }
}

/// The `oauth-clients.conf` that an administrator would have written.
fn configuration(provider: &Provider, clients: &[Client]) -> String {
    let (authorize, token) = (provider.url("authorize"), provider.url("token"));
    let sections = INTEGRATIONS.iter().zip(clients).map(|((name, display_name, scopes), client)| {
        format!(
            "[{name}]\nname={display_name}\nclient-id={}\nclient-secret={}\nauthorization-url={authorize}\n\
             token-url={token}\nscopes={scopes}\n",
            client.id,
            client.secret.expose()
        )
    });
    sections.collect::<Vec<_>>().join("\n")
}

fn write_private(path: &Path, content: &str) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content.as_bytes())
}

fn no_directory(cause: &std::io::Error) -> Error {
    Error::new(Kind::Store, format!("the demo's temporary directory cannot be written: {cause}"))
        .with_hint("set TMPDIR to a directory that you may write")
}

fn not_started(error: tokcore_broker::Error) -> Error {
    match error {
        // The only setting of the broker's that is not the demo's own.
        tokcore_broker::Error::Listen { .. } => {
            Error::new(error.kind(), error.to_string()).with_hint("choose another --port, or leave it out")
        }
        error => error.into(),
    }
}
