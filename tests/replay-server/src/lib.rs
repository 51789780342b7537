//! Loopback server that replays the conformance vectors of `tests/vectors/client` to every language.
//!
//! Each case lives under its own base path and answers with its script. The server keeps what it was asked, so that a
//! runner can check how many requests a call made and what was in them. It is written on bare sockets because half of
//! the cases need an answer that no HTTP library would send: cut short, reset, never coming.
//!
//! | Path | Does |
//! |---|---|
//! | `/<case>/…` | the next answer of the case's script; the last one repeats |
//! | `GET /__log/<case>` | `{"requests": […]}`: what the case was asked since its last reset |
//! | `POST /__reset/<case>` | starts the case anew; a body `{"dir": "…"}` names the folder for answers with `writes` |
//! | `GET /__ca`, `GET /__ca/other` | PEM text of the TLS listener's authority, and of a stranger |
//! | `GET /__tls` | address of the TLS listener |

mod answer;
mod control;
mod http;
mod serve;
mod tls;
pub mod vectors;

pub use serve::{Recorded, Server, run};

use std::thread::JoinHandle;

use anyhow::Context as _;
use tokio::sync::oneshot;

/// A server on a thread of its own, for tests written in Rust. Dropping it stops the server.
#[derive(Debug)]
pub struct Handle {
    server: Server,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a server with all client vectors on ephemeral loopback ports.
pub fn start() -> anyhow::Result<Handle> {
    let (ready, started) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        let outcome = runtime().and_then(|runtime| {
            runtime.block_on(async {
                let (server, listeners) = Server::bind(vectors::load("client")?).await?;
                let _ = ready.send(server.clone());
                tokio::select! {
                    outcome = run(server, listeners) => outcome,
                    _ = stopped => Ok(()),
                }
            })
        });
        if let Err(error) = outcome {
            eprintln!("replay-server: {error:#}");
        }
    });
    let server = started.recv().context("the replay server did not start")?;
    Ok(Handle { server, stop: Some(stop), thread: Some(thread) })
}

/// The runtime that the server needs: one thread, sockets and timers.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")
}

impl std::ops::Deref for Handle {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
