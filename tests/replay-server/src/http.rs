//! Just enough of HTTP/1.1 to read a request from a well-behaved client.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Largest request: more than any vector sends.
const MOST_BYTES: usize = 1 << 20;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case; repeated headers are joined with `, `.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// Reads one request. `buffer` keeps what was read beyond it. `None` when the client closed between requests.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> anyhow::Result<Option<Request>> {
    let head_end = loop {
        if let Some(at) = find(buffer, b"\r\n\r\n") {
            break at;
        }
        if !more(stream, buffer).await? {
            ensure!(buffer.is_empty(), "connection closed inside a request's head");
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    buffer.drain(..head_end + 4);
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let [method, target, _version] = line.split(' ').collect::<Vec<_>>()[..] else { bail!("request line {line:?}") };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers(lines)?;
    let body = body(stream, buffer, &headers).await?;
    Ok(Some(Request { method: method.into(), path: path.into(), query: query.into(), headers, body }))
}

fn headers<'a>(lines: impl Iterator<Item = &'a str>) -> anyhow::Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').with_context(|| format!("header {line:?}"))?;
        let value = value.trim();
        headers
            .entry(name.to_ascii_lowercase())
            .and_modify(|first: &mut String| *first = format!("{first}, {value}"))
            .or_insert_with(|| value.to_owned());
    }
    Ok(headers)
}

async fn body(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    headers: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<u8>> {
    ensure!(!headers.contains_key("transfer-encoding"), "no client of ours sends chunks");
    let length = match headers.get("content-length") {
        Some(text) => text.parse().context("content-length")?,
        None => 0,
    };
    while buffer.len() < length {
        ensure!(more(stream, buffer).await?, "connection closed inside a request's body");
    }
    Ok(buffer.drain(..length).collect())
}

/// Reads once. False at the end of the stream.
async fn more(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> anyhow::Result<bool> {
    ensure!(buffer.len() < MOST_BYTES, "request too large");
    Ok(stream.read_buf(buffer).await? > 0)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
