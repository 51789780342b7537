//! A client that sends exactly the bytes it is told to and hides nothing of the answer.

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// One request. `Host`, `Connection: close` and `Content-Length` are added unless given.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub verb: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// One answer; interim answers are skipped.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn new(verb: &str, path: &str) -> Self {
        Self { verb: verb.into(), path: path.into(), ..Self::default() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name))
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.verb, self.path);
        let mut add = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        for (name, value) in &self.headers {
            add(name, value);
        }
        if !self.has("host") {
            add("Host", host);
        }
        if !self.has("connection") {
            add("Connection", "close");
        }
        if !self.body.is_empty() && !self.has("content-length") && !self.has("transfer-encoding") {
            add("Content-Length", &self.body.len().to_string());
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }

    pub async fn tcp(&self, address: std::net::SocketAddr) -> Answer {
        let stream = TcpStream::connect(address).await.expect("connect");
        exchange(stream, &self.bytes(&address.to_string())).await
    }

    pub async fn unix(&self, path: &std::path::Path) -> Answer {
        let stream = UnixStream::connect(path).await.expect("connect");
        exchange(stream, &self.bytes("localhost")).await
    }
}

/// Sends the bytes and reads the answer to its end.
pub async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Answer {
    // A broker that has seen enough answers and closes while a large body is still being sent.
    let _ = stream.write_all(request).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    Answer::parse(&bytes)
}

impl Answer {
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("status");
        if (100..200).contains(&status) {
            return Self::parse(body.as_bytes());
        }
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.into())).collect();
        Self { status, headers, body: body.into() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// `name=value` of every cookie that the answer sets.
    pub fn cookies(&self) -> Vec<String> {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        set.map(|(_, value)| value.split(';').next().unwrap_or_default().to_owned()).collect()
    }
}
