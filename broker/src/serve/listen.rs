//! The listeners: TCP for sessions and browsers, a Unix socket for people on this machine.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::connection;
use super::front::Front;
use crate::Error;
use crate::app::App;
use crate::limits::Limits;
use crate::rpc::identity::Peer;
use crate::settings::Settings;

/// Open files may have run out; they come back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The bound TCP listeners.
pub struct Doors {
    /// Of the RPC endpoints.
    pub rpc: TcpListener,
    /// Of the page, when it has one of its own.
    pub web: Option<TcpListener>,
    rpc_address: SocketAddr,
    web_address: SocketAddr,
}

impl Doors {
    /// Binds what the settings ask for.
    pub async fn bind(settings: &Settings) -> Result<Self, Error> {
        let (rpc, rpc_address) = bind(settings.rpc_listen, "--listen").await?;
        let (web, web_address) = match settings.web_listen {
            Some(address) if address != settings.rpc_listen || address.port() == 0 => {
                let (listener, address) = bind(address, "--web-listen").await?;
                (Some(listener), address)
            }
            _ => (None, rpc_address),
        };
        Ok(Self { rpc, web, rpc_address, web_address })
    }

    /// Where the RPC endpoints listen.
    pub fn rpc_address(&self) -> SocketAddr {
        self.rpc_address
    }

    /// Where the page listens.
    pub fn web_address(&self) -> SocketAddr {
        self.web_address
    }
}

async fn bind(address: SocketAddr, flag: &'static str) -> Result<(TcpListener, SocketAddr), Error> {
    let trouble = |source| Error::Listen { address: address.to_string(), flag, source };
    let listener = TcpListener::bind(address).await.map_err(trouble)?;
    let address = listener.local_addr().map_err(trouble)?;
    Ok((listener, address))
}

/// Binds the local socket, in place of one that a broker left behind when it was killed.
///
/// Errors: [`Error::Listen`] when a living process listens there, or something else lies there.
pub fn bind_local(settings: &Settings) -> Result<UnixListener, Error> {
    let path = settings.admin_socket.as_path();
    let trouble = |source| Error::Listen { address: path.display().to_string(), flag: "--socket", source };
    if let Some(parent) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(parent).map_err(trouble)?;
    }
    remove_stale(path).map_err(trouble)?;
    let listener = UnixListener::bind(path).map_err(trouble)?;
    let mode = std::fs::Permissions::from_mode(settings.admin_socket_mode);
    std::fs::set_permissions(path, mode).map_err(trouble)?;
    Ok(listener)
}

fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something that is no socket lies there"));
        }
        Ok(_) => {}
    }
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process answers there"));
    }
    std::fs::remove_file(path)
}

/// Accepts connections and serves them, all listeners within one limit.
#[derive(Clone)]
pub struct Listener {
    limits: Arc<Limits>,
    places: Arc<Semaphore>,
    closing: watch::Receiver<bool>,
}

impl Listener {
    /// For the listeners of one broker.
    pub fn new(app: &App, closing: watch::Receiver<bool>) -> Self {
        let limits = app.settings.limits.clone();
        Self { places: Arc::new(Semaphore::new(limits.connections)), limits: Arc::new(limits), closing }
    }

    /// Serves a TCP listener until closing.
    pub async fn tcp(self, listener: TcpListener, front: Front) {
        let accept = async || {
            let (stream, address) = listener.accept().await?;
            // Answers are small and complete: waiting for more to send with them only costs time.
            stream.set_nodelay(true)?;
            Ok((stream, Peer::Remote(address.ip().to_canonical())))
        };
        self.serve(accept, front).await;
    }

    /// Serves the local socket until closing.
    pub async fn local(self, listener: UnixListener, front: Front) {
        let accept = async || {
            let (stream, _) = listener.accept().await?;
            let peer = stream.peer_cred()?;
            let pid = peer.pid().and_then(|pid| u32::try_from(pid).ok());
            Ok((stream, Peer::Local { uid: peer.uid(), pid }))
        };
        self.serve(accept, front).await;
    }

    async fn serve<S, F>(mut self, accept: impl Fn() -> F, front: Front)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
        F: Future<Output = io::Result<(S, Peer)>>,
    {
        let front = Arc::new(front);
        let mut connections = JoinSet::new();
        loop {
            let next = async {
                // Never closed, so this always gives a place in the end.
                let place = self.places.clone().acquire_owned().await.ok();
                (place, accept().await)
            };
            let (place, accepted) = tokio::select! {
                next = next => next,
                () = async { drop(self.closing.wait_for(|closing| *closing).await) } => break,
                // Finished connections are let go of as they finish, not at the next arrival.
                Some(_) = connections.join_next() => continue,
            };
            match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(self.clone().connection(stream, peer, front.clone(), place));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(accept);
        while connections.join_next().await.is_some() {}
    }

    async fn connection<S>(self, stream: S, peer: Peer, front: Arc<Front>, _place: Option<OwnedSemaphorePermit>)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        connection::serve(stream, &self.limits, self.closing.clone(), |request| {
            let (front, peer) = (front.clone(), peer.clone());
            async move { front.answer(request, &peer).await }
        })
        .await;
    }
}
