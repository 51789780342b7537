//! The replay server as a program, for the runners in C, R and Python.
//!
//! Prints one line with its address, then serves until its standard input closes (the runner is gone) or the time given
//! as first argument is over (seconds, 15 minutes by default): no test leaves it behind.

use std::time::Duration;

use anyhow::Context as _;
use tokcore_replay_server::{Server, run, runtime, vectors};
use tokio::io::AsyncReadExt as _;

fn main() -> anyhow::Result<()> {
    let seconds = match std::env::args().nth(1) {
        Some(text) => text.parse().context("the only argument is a number of seconds")?,
        None => 900,
    };
    let runtime = runtime()?;
    runtime.block_on(async {
        let (server, listeners) = Server::bind(vectors::load("client")?).await?;
        println!("replay-server listening on {}", server.address());
        tokio::select! {
            outcome = run(server, listeners) => outcome,
            () = end_of_input() => Ok(()),
            () = tokio::time::sleep(Duration::from_secs(seconds)) => Ok(()),
        }
    })?;
    // The thread that reads standard input may still be waiting: do not wait for it.
    runtime.shutdown_background();
    Ok(())
}

async fn end_of_input() {
    let mut input = tokio::io::stdin();
    let mut ignored = [0; 256];
    while !matches!(input.read(&mut ignored).await, Ok(0) | Err(_)) {}
}
