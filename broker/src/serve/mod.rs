//! Starting, running and stopping a broker.

mod connection;
mod front;
mod health;
mod listen;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::front::Front;
use self::listen::Doors;
use crate::Error;
use crate::app::{Addresses, App};
use crate::config::Rejected;
use crate::refresh::{self, sweeper};
use crate::settings::Settings;
use crate::store::Store;

/// How long open requests may take at shutdown; a refresh under way has its own patience.
const FAREWELL: Duration = Duration::from_secs(10);

/// A broker. See [`Broker::start`] to embed one and [`run`] for the whole of `tokcore serve`.
#[derive(Debug)]
pub struct Broker;

/// A broker that answers. Dropped without [`Running::shutdown`], it stops with the runtime.
pub struct Running {
    app: Arc<App>,
    rpc_address: SocketAddr,
    closing: watch::Sender<bool>,
    listeners: JoinSet<()>,
    sweeper: tokio::task::JoinHandle<()>,
}

impl Broker {
    /// Opens the database and the listeners; when this returns, requests are answered. Must be called inside a tokio
    /// runtime with I/O and time enabled. Effects: `[disk]` `[net]`.
    ///
    /// Errors: any [`Error`]; the settings' own problems come as [`Error::Core`] of kind `ConfigInvalid`.
    pub async fn start(settings: Settings) -> Result<Running, Error> {
        settings.check()?;
        let doors = Doors::bind(&settings).await?;
        let addresses = Addresses::new(&settings, doors.rpc_address(), doors.web_address())?;
        let store = Store::open(&settings.database, &settings.master_key).await?;
        let app = App::open(settings, addresses, store).await?;
        // Last: the database's lock proves that no other broker of ours uses this socket, and a start that fails
        // before must not leave one behind, where programs would look for a broker.
        let local = listen::bind_local(&app.settings)?;
        let (closing, closed) = watch::channel(false);
        let mut listeners = JoinSet::new();
        let rpc_address = doors.rpc_address();
        let shares = doors.web.is_none();
        let listener = listen::Listener::new(&app, closed);
        listeners.spawn(listener.clone().tcp(doors.rpc, Front::tcp(&app, true, shares)));
        if let Some(web) = doors.web {
            listeners.spawn(listener.clone().tcp(web, Front::tcp(&app, false, true)));
        }
        listeners.spawn(listener.local(local, Front::local(&app)));
        let sweeper = tokio::spawn(sweeper::run(app.clone()));
        tracing::info!(rpc = app.addresses.rpc_url, public = app.addresses.public_url, "the broker answers");
        Ok(Running { app, rpc_address, closing, listeners, sweeper })
    }
}

impl Running {
    /// Address of the RPC endpoints, without a slash at its end: the value of `RS_SERVER_ADDRESS`.
    pub fn rpc_url(&self) -> &str {
        &self.app.addresses.rpc_url
    }

    /// Address of the page, without a slash at its end.
    pub fn public_url(&self) -> &str {
        &self.app.addresses.public_url
    }

    /// Where the RPC endpoints listen, with the port that port 0 became.
    pub fn rpc_address(&self) -> SocketAddr {
        self.rpc_address
    }

    /// The local socket.
    pub fn admin_socket(&self) -> &Path {
        &self.app.settings.admin_socket
    }

    /// The database, for programs that embed a broker and fill it: tests and the demo. What is changed here behind
    /// the broker's back is seen only where the broker reads again.
    pub fn store(&self) -> &Store {
        self.app.ledger.store()
    }

    /// The shared state, for programs that embed a broker.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Reads the configuration again; on an error the old one stays. Effects: `[disk]`.
    pub fn reload(&self) -> Result<(), Rejected> {
        self.app.reload().map(drop)
    }

    /// Stops listening, finishes what is under way, closes the database and removes the socket.
    pub async fn shutdown(mut self) {
        self.sweeper.abort();
        let _ = (&mut self.sweeper).await;
        // Nobody listening any more is as good as having been told.
        let _ = self.closing.send(true);
        let farewell = async { while self.listeners.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
        self.app.refreshes.settle(refresh::CALLER_WAITS).await;
        self.app.journal.close().await;
        self.app.ledger.store().close().await;
        let _ = std::fs::remove_file(&self.app.settings.admin_socket);
    }
}

/// The whole of `tokcore serve`: starts a broker, reloads on SIGHUP, and returns after SIGTERM or SIGINT.
///
/// `ready` is called once with the broker when it answers. Blocks; owns a runtime and this process's signals, and keeps
/// core dumps from being written.
pub fn run(settings: Settings, ready: impl FnOnce(&Running)) -> Result<(), Error> {
    let trouble = |cause: std::io::Error| {
        Error::from(tokcore::Error::new(tokcore::Kind::Internal, format!("the broker did not start: {cause}")))
    };
    if let Err(error) = tokcore_sys::disable_core_dumps() {
        tracing::warn!(%error, "core dumps could not be switched off");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Name resolution is the only user of the blocking pool.
        .max_blocking_threads(4)
        .thread_keep_alive(Duration::from_secs(1))
        .build()
        .map_err(trouble)?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hang_up = signal(SignalKind::hangup()).map_err(trouble)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(trouble)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(trouble)?;
        let running = Broker::start(settings).await?;
        ready(&running);
        loop {
            tokio::select! {
                // The outcome is in the log and in the audit log.
                _ = hang_up.recv() => drop(running.reload()),
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
            }
        }
        running.shutdown().await;
        Ok(())
    })
}
