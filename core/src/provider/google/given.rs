//! What somebody gave where the path of a file is wanted: that, the file's text itself, or a secret that no message may
//! repeat.

use crate::context::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What somebody gave where the path of a file is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given<'a> {
    /// The JSON itself, or the beginning of it.
    Json(&'a str),
    /// An address. Nothing is fetched from one.
    Address,
    /// A credential, or a piece of one. Shape: what to give instead.
    Secret(&'static str),
    /// A path, with the user's home in place of `~`.
    Path(String),
}

/// No file system has longer names of files. Units: bytes.
const LONGEST_NAME: usize = 255;
/// Tokens and keys are longer than most names, and without a dot.
const SHORTEST_SECRET: usize = 40;

const WHOLE_FILE: &str = "give the whole file, as its path or its JSON text: a key or token alone is none";
const ENCODED: &str = "it is the file in base64: decode it, and give the JSON text or the path of a file that holds it";

impl<'a> Given<'a> {
    pub(crate) fn of(context: &Context, text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with(['{', '[']) {
            return Self::Json(text);
        }
        if text.contains("://") {
            return Self::Address;
        }
        match instead_of_secret(text) {
            Some(instead) => Self::Secret(instead),
            None => Self::Path(expanded(context, text)),
        }
    }
}

/// Whether this is the JSON itself and no path.
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// What to give instead of this secret. Shape: `None` for what may be a path.
fn instead_of_secret(text: &str) -> Option<&'static str> {
    let beginnings = ["ya29.", "AIza", "1//", "GOCSPX-", "tkc1."];
    let is_text = text.contains(|c: char| c.is_control() || matches!(c, '"' | '{' | '}'));
    if is_text || text.contains("-----") || beginnings.iter().any(|beginning| text.starts_with(beginning)) {
        return Some(if is_encoded_json(text) { ENCODED } else { WHOLE_FILE });
    }
    if is_encoded_json(text) {
        return Some(ENCODED);
    }
    let is_nameless = text.len() >= SHORTEST_SECRET && !text.contains(['/', '\\', '.', ' ']);
    let is_endless = text.split(['/', '\\']).any(|name| name.len() > LONGEST_NAME);
    (is_nameless || is_endless).then_some(WHOLE_FILE)
}

/// Whether this is the base64 of a JSON object, perhaps over several lines.
fn is_encoded_json(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let letters: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let head: String = letters
        .chars()
        .take(16)
        .map(|c| {
            if c == '+' {
                '-'
            } else if c == '/' {
                '_'
            } else {
                c
            }
        })
        .collect();
    letters.len() >= SHORTEST_SECRET
        && letters.chars().all(is_letter)
        && URL_SAFE_NO_PAD.decode(&head).is_ok_and(|bytes| bytes.starts_with(b"{"))
}

/// `path` with the user's home in place of `~`.
pub(crate) fn expanded(context: &Context, path: &str) -> String {
    let rest = match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => rest,
        _ => return path.to_owned(),
    };
    let home = context.set_var("HOME").or_else(|| context.set_var("USERPROFILE"));
    home.map_or_else(|| path.to_owned(), |home| format!("{}{rest}", home.trim_end_matches(['/', '\\'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_no_path() {
        let key = "eyJ0eXBlIjoic2VydmljZV9hY2NvdW50IiwicHJpdmF0ZV9rZXkiOiItLS0tLUJFR0lO";
        let lines = format!("{}\n{}\n", &key[..40], &key[40..]);
        let long = "a/".to_owned() + &"b".repeat(300);
        for (text, instead) in [
            (key, ENCODED),
            (&lines, ENCODED),
            ("GOCSPX-canary", WHOLE_FILE),
            ("-----BEGIN PRIVATE KEY-----", WHOLE_FILE),
            ("0123456789abcdef0123456789abcdef01234567", WHOLE_FILE),
            (&long, WHOLE_FILE),
        ] {
            assert_eq!(Given::of(&Context::default(), text), Given::Secret(instead), "{text}");
        }
        for path in
            ["key.json", "keys/a-very-long-name-of-a-service-account-of-ours.json", "/home/jane/eyes/key", "key"]
        {
            assert_eq!(Given::of(&Context::default(), path), Given::Path(path.to_owned()));
        }
    }
}
