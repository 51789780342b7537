//! A bare axum server that gives fixed answers, of its own kind at `/token`: the limit for the broker and the counterpart of
//! the clients.
//!
//! Usage: `static-server [SOCKET]`. Listens on a free port of loopback, or on the Unix socket. Prints where, ends when
//! its standard input closes.

use std::io::Read;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use axum::serve::ListenerExt;
use tokio::net::{TcpListener, UnixListener};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let fixed = |answer: String| {
        let answer: &'static str = answer.leak();
        any(move || async move { ([(CONTENT_TYPE, "application/json")], answer) })
    };
    let app =
        Router::new().route("/token", fixed(tokcore_bench::token_answer())).fallback(fixed(tokcore_bench::answer()));
    std::thread::spawn(|| {
        let end = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(if end.is_ok() { 0 } else { 1 });
    });
    if let Some(path) = std::env::args().nth(1) {
        let listener = UnixListener::bind(&path)?;
        println!("{path}");
        return axum::serve(listener, app).await;
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a fresh socket takes options"));
    axum::serve(listener, app).await
}
