//! The broker's log: one JSON object or one line of text per event, on stderr, without secrets.
//!
//! Nothing in the broker logs a secret on purpose: secrets are a type that does not print. The filter here is the net
//! under that, for texts of libraries and providers. Source: specs/workbench.md §4.14, threat T11.

use std::io::{self, Write};
use std::str::FromStr;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A JSON object per line, for collectors.
    #[default]
    Json,
    /// Text, for people.
    Text,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("write json or text"),
        }
    }
}

/// Makes this process's log go to stderr. Only a program that owns its process calls this; a second call is ignored.
pub fn init(format: Format, verbose: bool) {
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(Redacting).with_ansi(false);
    // Fails only when there is a log already.
    let _ = match format {
        Format::Json => tracing::subscriber::set_global_default(builder.json().flatten_event(true).finish()),
        Format::Text => tracing::subscriber::set_global_default(builder.finish()),
    };
}

/// Makes writers that mask what looks like a secret.
struct Redacting;

impl<'a> MakeWriter<'a> for Redacting {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(Vec::new())
    }
}

/// One event, written when complete, so that a secret cannot slip through between two writes.
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = redact(&String::from_utf8_lossy(&self.0));
        // Nowhere is left to report that the log cannot be written.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// Names whose values are never shown, as they stand in forms, JSON and headers.
const NAMES: [&str; 10] = [
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "code_verifier",
    "code",
    "authorization",
    "x-rs-session-server-rpc-cookie",
    "x-rs-session-server-rpc-secret",
    "set-cookie",
];

const MASK: &str = "(redacted)";

/// The text with the values of those names, and whatever has the shape of a signed token, masked.
pub fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut words = text.split_inclusive(|c: char| !is_word(c)).peekable();
    while let Some(piece) = words.next() {
        let word = piece.trim_end_matches(|c| !is_word(c));
        let separator = &piece[word.len()..];
        shown.push_str(if is_token(word) { MASK } else { word });
        shown.push_str(separator);
        let named = NAMES.iter().any(|name| word.eq_ignore_ascii_case(name));
        if named && separator.starts_with(['=', ':', '"', '\\', '\'']) {
            mask_value(&mut words, separator, &mut shown);
        }
    }
    shown
}

/// Copies the separators up to the value, then a mask in place of the value.
fn mask_value<'a>(
    pieces: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    separator: &str,
    shown: &mut String,
) {
    let mut assigned = separator.contains(['=', ':']);
    while let Some(piece) = pieces.next_if(|piece| !is_word(piece.chars().next().unwrap_or(' '))) {
        shown.push_str(piece);
        assigned |= piece.contains(['=', ':']);
        if !piece.chars().all(|c| " :=\"'\\".contains(c)) {
            return;
        }
    }
    if !assigned {
        return;
    }
    // A scheme such as Bearer stands before the value proper.
    for piece in pieces {
        let word = piece.trim_end_matches(|c| !is_word(c));
        let scheme = ["Bearer", "Basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
        shown.push_str(if scheme { word } else { MASK });
        shown.push_str(&piece[word.len()..]);
        if !scheme {
            return;
        }
    }
}

/// What tokens, codes and their names are made of.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~+/%|".contains(c)
}

/// `eyJ….….…`: a JSON object in base64url, twice, and a signature.
fn is_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.split('.').count() >= 3
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn values_of_secret_names_are_masked_in_every_notation() {
        for (text, shown) in [
            ("grant&refresh_token=abc/d+e%3D&x=1", "grant&refresh_token=(redacted)&x=1"),
            (r#"{"access_token": "AT.x-y","n":1}"#, r#"{"access_token": "(redacted)","n":1}"#),
            (r#"{\"code\":\"abc\"}"#, r#"{\"code\":\"(redacted)\"}"#),
            ("Authorization: Bearer abc.def", "Authorization: Bearer (redacted)"),
            ("X-RS-Session-Server-RPC-Cookie: a|b|c", "X-RS-Session-Server-RPC-Cookie: (redacted)"),
            ("token eyJhbGc.eyJzdWI.c2ln here", "token (redacted) here"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn ordinary_texts_stay() {
        for text in [
            "the code did not arrive",
            "status code 200",
            r#"{"event":"signed_in","guid":"75cc881c-25b4"}"#,
            "authorization endpoint",
            "line\n",
            "",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
