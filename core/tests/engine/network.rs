//! How the engine reaches its server: through the proxy that the environment names, past it on this machine.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use serde_json::json;
use tokcore::context::Env;
use tokcore::{ClientSettings, Context, NoInterrupt, Nobody, OAuthClient};

use crate::world::{request, settings_of};

struct Variables(Vec<(&'static str, String)>);

impl Env for Variables {
    fn var(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }
}

/// Answers one request with a token; gives its address and, when it has ended, the request's first line.
fn token_server() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let (mut read, mut chunk) = (Vec::new(), [0; 4096]);
        while !read.ends_with(b"client_secret=s") {
            let count = stream.read(&mut chunk).expect("the client writes");
            assert!(count > 0, "the client left: {}", String::from_utf8_lossy(&read));
            read.extend_from_slice(&chunk[..count]);
        }
        let body = r#"{"access_token":"AT","token_type":"Bearer"}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
        write!(stream, "{head} {}\r\n\r\n{body}", body.len()).expect("the client reads");
        String::from_utf8_lossy(&read).lines().next().unwrap_or_default().to_owned()
    });
    (address, server)
}

fn first_line(token_endpoint: impl Fn(&str) -> String, proxied: bool) -> String {
    let (address, server) = token_server();
    let proxy = if proxied { format!("http://{address}") } else { "http://127.0.0.1:9".to_owned() };
    let env = Variables(vec![("http_proxy", proxy.clone()), ("https_proxy", proxy)]);
    let context = Context { env: Arc::new(env), ..Context::os() };
    let settings = json!({
        "client_id": "c", "client_secret": "s", "auth_method": "client_secret_post", "allow_insecure_http": true,
        "token_endpoint": token_endpoint(&address),
    });
    let client = ClientSettings::from_settings(settings_of(settings)).expect("settings");
    let client = OAuthClient::with_context(context, client).expect("a client");
    let token = client.fetch(request(json!({"grant": "client_credentials"})), &Nobody, &NoInterrupt).expect("a token");
    assert_eq!(token.access_token().expose(), "AT");
    server.join().expect("the server ends")
}

#[test]
fn a_server_elsewhere_is_reached_through_the_proxy() {
    let line = first_line(|_| "http://as.example.test/token".to_owned(), true);
    assert_eq!(line, "POST http://as.example.test/token HTTP/1.1");
}

#[test]
fn this_machine_is_reached_directly() {
    assert_eq!(first_line(|address| format!("http://{address}/token"), false), "POST /token HTTP/1.1");
}
