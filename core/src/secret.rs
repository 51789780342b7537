//! Text that must never be printed.

use std::{fmt, io};

use serde::Serialize;
use zeroize::Zeroizing;

/// A secret text: a token, a cookie, a client secret, a code verifier.
///
/// Zeroed when dropped. It has no `Display` and no `Serialize`, and its `Debug` shows nothing of the text, so that a
/// secret reaches an output only where somebody wrote [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of the text; the caller's copy, if any, is the caller's to erase.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty; says nothing else about it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// A secret as JSON, in a buffer that is measured before it is filled: one that grows is copied, and leaves what it held
/// in memory that nobody erases.
pub(crate) fn to_json(value: &impl Serialize) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, value)?;
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *text, value)?;
    Ok(text)
}

/// Counts what is written to it.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, to_json};

    #[test]
    fn json_of_a_secret_is_written_where_it_stays() {
        let value = serde_json::json!({"token": "x".repeat(300), "more": [1, null, "\u{e9}\n"]});
        let text = to_json(&value).expect("it can be written");
        assert_eq!(*text, serde_json::to_vec(&value).expect("the same"));
        assert_eq!(text.capacity(), text.len(), "it never grew");
    }

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let printed = format!("{:?} {:#?}", Secret::new("hunter2"), Some(Secret::new("hunter2")));
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(printed.contains("redacted"));
    }
}
