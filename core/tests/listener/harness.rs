//! A listener on loopback with the clients of one test, which are threads with plain sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use tokcore::flow::Expectation;
use tokcore::flow::loopback::{Bound, ListenOptions, Loopback};
use tokcore::{Context, Error, Secret};

/// Longer than anything here takes, shorter than a person's patience with a hanging test.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn listen(options: ListenOptions) -> Result<Loopback, Error> {
    Ok(Bound::bind(options, &Context::os())?.wait_for(Expectation::of_state(Secret::new("S"))))
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

pub fn get(port: u16, target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: test\r\n\r\n").into_bytes()
}

pub fn connect(address: IpAddr, port: u16) -> TcpStream {
    let stream = TcpStream::connect(SocketAddr::new(address, port)).expect("the listener is there");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    stream
}

pub fn local() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

/// Reads to the end. A connection that was reset says what it said before.
pub fn hear(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => heard.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the listener left the client alone: {error}"),
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    String::from_utf8(heard).expect("replies are text")
}

/// Sends everything and gives the whole reply.
pub fn ask(address: IpAddr, port: u16, request: &[u8]) -> String {
    let mut stream = connect(address, port);
    // The listener may hang up before a large request is through.
    let _ = stream.write_all(request);
    hear(stream)
}

pub fn status(reply: &str) -> Option<u16> {
    reply.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()
}
