//! Listeners, connections, and the state of each case.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use crate::http::Request;
use crate::tls::Tls;
use crate::vectors::{Answer, Behaviour, Case};
use crate::{answer, control, http};

/// A running server: shared by its connections and by the tests that look at it.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    address: String,
    other_address: String,
    tls_address: String,
    tls: Tls,
    cases: Mutex<HashMap<String, State>>,
}

/// What a case was asked since its last reset, and where its files are.
struct State {
    script: Vec<Answer>,
    requests: Vec<Recorded>,
    folder: Option<PathBuf>,
}

/// A request as a runner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// HTTP method.
    pub method: String,
    /// Path below the case's base.
    pub path: String,
    /// Query without the question mark.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// Whether it came over TLS.
    pub tls: bool,
}

/// The two sockets of a server.
#[derive(Debug)]
pub struct Listeners {
    plain: TcpListener,
    tls: TcpListener,
}

impl Server {
    /// A server for `cases` on two ephemeral loopback ports.
    pub async fn bind(cases: Vec<Case>) -> anyhow::Result<(Server, Listeners)> {
        let listeners =
            Listeners { plain: TcpListener::bind("127.0.0.1:0").await?, tls: TcpListener::bind("127.0.0.1:0").await? };
        let (port, tls_port) = (listeners.plain.local_addr()?.port(), listeners.tls.local_addr()?.port());
        let state = |case: Case| (case.id, State { script: case.http, requests: Vec::new(), folder: None });
        let inner = Inner {
            address: format!("http://127.0.0.1:{port}"),
            other_address: format!("http://localhost:{port}"),
            tls_address: format!("https://127.0.0.1:{tls_port}"),
            tls: Tls::new()?,
            cases: Mutex::new(cases.into_iter().map(state).collect()),
        };
        Ok((Server(Arc::new(inner)), listeners))
    }

    /// Address of the plain listener, without a path.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Address of the TLS listener, without a path.
    pub fn tls_address(&self) -> &str {
        &self.0.tls_address
    }

    /// PEM text of the TLS listener's authority.
    pub fn authority(&self) -> &str {
        &self.0.tls.authority
    }

    /// PEM text of an authority that the TLS listener has nothing to do with.
    pub fn stranger(&self) -> &str {
        &self.0.tls.stranger
    }

    /// Where this run plays the case: values for `${base}`, `${other_base}` and `${tls_base}`.
    pub fn places(&self, id: &str) -> BTreeMap<String, String> {
        let Inner { address, other_address, tls_address, .. } = &*self.0;
        [("base", address), ("other_base", other_address), ("tls_base", tls_address)]
            .map(|(name, address)| (name.to_owned(), format!("{address}/{id}")))
            .into()
    }

    /// What the case was asked since its last reset.
    pub fn requests(&self, id: &str) -> Vec<Recorded> {
        self.cases().get(id).map(|state| state.requests.clone()).unwrap_or_default()
    }

    /// Starts the case anew, with the folder that its answers may write to. False if there is no such case.
    pub fn reset(&self, id: &str, folder: Option<PathBuf>) -> bool {
        let mut cases = self.cases();
        let Some(state) = cases.get_mut(id) else { return false };
        state.requests.clear();
        state.folder = folder;
        true
    }

    fn cases(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.0.cases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the request and does what the case's script says.
    fn play(&self, request: Request, tls: bool) -> anyhow::Result<(Answer, BTreeMap<String, String>)> {
        let (id, path) = match request.path[1.min(request.path.len())..].split_once('/') {
            Some((id, path)) => (id.to_owned(), format!("/{path}")),
            None => (request.path.trim_start_matches('/').to_owned(), String::new()),
        };
        let mut cases = self.cases();
        let Some(state) = cases.get_mut(&id) else { return Ok((control::not_found(), BTreeMap::new())) };
        let Request { method, query, headers, body, .. } = request;
        let body = String::from_utf8_lossy(&body).into_owned();
        state.requests.push(Recorded { method, path, query, headers, body, tls });
        let turn = state.requests.len().min(state.script.len());
        let answer = if turn == 0 { control::not_found() } else { state.script[turn - 1].clone() };
        for (name, text) in &answer.writes {
            let folder = state.folder.as_deref().context("this case needs a reset that names its folder")?;
            write(folder, name, text)?;
        }
        Ok((answer, self.places(&id)))
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.0.address).finish_non_exhaustive()
    }
}

/// Replaces a file as a careful server does: readers see the old text or the new one.
fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    ensure!(!name.contains(['/', '\\']) && name != "..", "a plain file name, not {name:?}");
    let fresh = folder.join(format!("{name}.fresh"));
    std::fs::write(&fresh, text)?;
    std::fs::rename(&fresh, folder.join(name))?;
    Ok(())
}

/// Serves until the sockets fail.
pub async fn run(server: Server, listeners: Listeners) -> anyhow::Result<()> {
    let plain = accept(&listeners.plain, |stream| {
        let server = server.clone();
        tokio::spawn(async move { report(converse(server, Wire::Plain(stream)).await) });
    });
    let tls = accept(&listeners.tls, |stream| {
        let server = server.clone();
        tokio::spawn(async move {
            // A client that does not trust the certificate ends the handshake: nothing to report.
            if let Ok(stream) = server.0.tls.acceptor.accept(stream).await {
                report(converse(server, Wire::Tls(Box::new(stream))).await);
            }
        });
    });
    tokio::try_join!(plain, tls)?;
    Ok(())
}

async fn accept(listener: &TcpListener, mut start: impl FnMut(TcpStream)) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        start(stream);
    }
}

/// A client that leaves in the middle is part of many cases; only mistakes of the vectors are worth a line.
fn report(outcome: anyhow::Result<()>) {
    if let Err(error) = outcome
        && !error.is::<std::io::Error>()
    {
        eprintln!("replay-server: {error:#}");
    }
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    fn stream(&mut self) -> &mut (dyn Stream + '_) {
        match self {
            Wire::Plain(stream) => stream,
            Wire::Tls(stream) => stream,
        }
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Wire::Plain(stream) => stream,
            Wire::Tls(stream) => stream.get_ref().0,
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// One connection, kept open between requests.
async fn converse(server: Server, mut wire: Wire) -> anyhow::Result<()> {
    let tls = matches!(wire, Wire::Tls(_));
    let mut buffer = Vec::new();
    while let Some(request) = http::read(&mut wire.stream(), &mut buffer).await? {
        let (answer, places) = match control::answer(&server, &request) {
            Some(answer) => (answer, BTreeMap::new()),
            None => server.play(request, tls)?,
        };
        match answer.behaviour {
            Some(Behaviour::Hang) => return until_closed(&mut wire).await,
            Some(Behaviour::Reset) => {
                wire.socket().set_zero_linger()?;
                return Ok(());
            }
            _ => {}
        }
        wire.stream().write_all(&answer::bytes(&answer, &places)?).await?;
        wire.stream().flush().await?;
        match answer.behaviour {
            Some(Behaviour::Truncate) => return Ok(()),
            Some(Behaviour::Stall) => return until_closed(&mut wire).await,
            _ => {}
        }
    }
    Ok(())
}

async fn until_closed(wire: &mut Wire) -> anyhow::Result<()> {
    let mut ignored = [0; 256];
    while wire.stream().read(&mut ignored).await? > 0 {}
    Ok(())
}
