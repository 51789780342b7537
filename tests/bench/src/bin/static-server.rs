//! A bare axum server that gives a fixed answer: the limit for the broker and the counterpart of the clients.
//!
//! Usage: `static-server`. Prints its address, ends when its standard input closes.

use std::io::Read;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use axum::serve::ListenerExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let answer: &'static str = tokcore_bench::answer().leak();
    let app = Router::new().fallback(any(move || async move { ([(CONTENT_TYPE, "application/json")], answer) }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    std::thread::spawn(|| {
        let end = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(if end.is_ok() { 0 } else { 1 });
    });
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a fresh socket takes options"));
    axum::serve(listener, app).await
}
