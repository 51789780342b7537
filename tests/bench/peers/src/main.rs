//! A valid token from a Rust library of the same trade, as a program would ask for it again and again.
//!
//! Usage: `tokcore-bench-peers KEY_FILE`; the key is any RSA key in PEM. Prints one JSON line per figure.

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Instant;

use gcp_auth::{CustomServiceAccount, TokenProvider};

const SCOPE: &str = "https://www.example.com/auth/read";
const CALLS: usize = 50_000;

fn main() {
    let key = std::fs::read_to_string(std::env::args().nth(1).expect("a key file")).expect("a readable key");
    let account = serde_json::json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": key,
        "client_email": "robot@p.example.com", "client_id": "1", "token_uri": token_endpoint(),
        "auth_uri": "https://p.example.com/", "auth_provider_x509_cert_url": "https://p.example.com/",
        "client_x509_cert_url": "https://p.example.com/",
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let account = CustomServiceAccount::from_json(&account.to_string()).expect("a service account");
        account.token(&[SCOPE]).await.expect("a first token");
        let mut means = Vec::new();
        for _ in 0..31 {
            let begun = Instant::now();
            for _ in 0..CALLS {
                black_box(account.token(&[SCOPE]).await.expect("the same token"));
            }
            means.push(begun.elapsed().as_nanos() as f64 / CALLS as f64);
        }
        emit("gcp_auth", "valid token", means);
    });
}

/// A server that gives every request the same token, on a thread of its own.
fn token_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/token", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 65536];
            while stream.read(&mut request).is_ok_and(|read| read > 0) {
                let body = r#"{"access_token":"token","token_type":"Bearer","expires_in":3600}"#;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
                write!(stream, "{head} {}\r\n\r\n{body}", body.len()).expect("the client reads");
            }
        }
    });
    address
}

fn emit(contestant: &str, metric: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share) as usize];
    let line = serde_json::json!({
        "contestant": contestant, "metric": metric, "unit": "ns",
        "median": at(0.5), "p10": at(0.1), "p90": at(0.9), "p99": at(0.99), "n": figures.len(),
    });
    println!("{line}");
}
