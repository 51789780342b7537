//! Encrypted secrets: a service account's key, a token or a client's secret that lies in a repository, while its key lies
//! in a variable. Reads and writes the files of gargle and httr2.
//!
//! ```
//! use tokcore::Secret;
//! use tokcore::secrets::{self, Format, Key};
//!
//! let key = Key::from_text(&secrets::make_key(32)?)?;
//! let text = secrets::encrypt(br#"{"type": "service_account"}"#, &key, Format::Tokcore)?;
//! let json: Secret = secrets::decrypt_json(text.as_bytes(), &key)?;
//! assert_eq!(json.expose(), r#"{"type": "service_account"}"#);
//! # Ok::<(), tokcore::Error>(())
//! ```

use std::path::Path;

use zeroize::Zeroizing;

pub use crate::encrypted::{Format, Key};

use crate::context::Context;
use crate::encrypted::{self, as_bzip2, as_json, as_text, file};
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// A fresh key, as the text that goes into a variable. `bytes`: 32, or the 16 of gargle's keys, or 24.
///
/// Errors: `InvalidArgument` for another length; `Internal` when the system has no randomness to give.
pub fn make_key(bytes: usize) -> Result<Secret, Error> {
    Ok(Key::generate(&Context::os(), bytes)?.to_text())
}

/// Whether the variable of this name is set, and not empty.
pub fn has_key(variable: &str) -> bool {
    Context::os().set_var(variable).map(Secret::new).is_some()
}

/// What a language says of a key that is none of the forms it takes.
pub fn not_a_key() -> Error {
    Error::new(Kind::InvalidArgument, "the key has none of the forms that a key can have").with_hint(
        "give the name of a variable that holds the key, the key as 16, 24 or 32 bytes, or its text marked as the key itself",
    )
}

/// `content` as one line of text. Errors: `Internal` when the system has no randomness to give.
pub fn encrypt(content: &[u8], key: &Key, format: Format) -> Result<String, Error> {
    encrypted::encrypt(content, key, format, &*Context::os().rng)
}

/// What an encrypted text stands for, in either format.
///
/// Errors: `ConfigInvalid` with the reason `secret_auth_failed` for another key and a changed text, as far as the format
/// tells; with `secret_unreadable` for what is no encrypted text.
pub fn decrypt(text: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
    encrypted::decrypt(text, key)
}

/// As [`decrypt`], for what must be text. Errors: those too; `secret_unreadable` for other bytes.
pub fn decrypt_text(text: &[u8], key: &Key) -> Result<Secret, Error> {
    decrypt(text, key).and_then(as_text)
}

/// As [`decrypt`], for what must be JSON, so that a wrong key is noticed in gargle's format too.
///
/// Errors: those too; `secret_unreadable` for anything else.
pub fn decrypt_json(text: &[u8], key: &Key) -> Result<Secret, Error> {
    decrypt(text, key).and_then(as_json)
}

/// Encrypts JSON: the text itself, or all of the file that it names. Effects: `[disk]` for a file.
///
/// Errors: `InvalidArgument` for what is neither; `Internal` without randomness. The text is never quoted.
pub fn encrypt_json(json: &Secret, key: &Key, format: Format) -> Result<String, Error> {
    let text = json.expose();
    if encrypted::is_json(text) {
        return encrypt(text.as_bytes(), key, format);
    }
    let context = Context::os();
    let is_file = text.len() < 4096 && !text.contains(['\0', '\n', '{']) && context.files.is_file(Path::new(text));
    let content = if is_file { Some(file::read(&context, Path::new(text))?) } else { None };
    match content.as_deref().and_then(|content| str::from_utf8(content).ok()) {
        Some(content) if encrypted::is_json(content) => encrypt(content.as_bytes(), key, format),
        _ => Err(Error::new(Kind::InvalidArgument, "this is neither JSON nor the name of a file that holds JSON")
            .with_hint("give a JSON object as text, or the path of a file such as a service account's key")),
    }
}

/// Encrypts the file `from`, every byte of it, into the text file `to`, which only its owner may read. The two may be one.
///
/// Effects: `[disk]`; `to` is the old file or the new one, never a part. Errors: `ConfigInvalid` for a file that cannot be
/// read; `InvalidArgument` for one that cannot be written.
pub fn encrypt_file(from: &Path, to: &Path, key: &Key, format: Format) -> Result<(), Error> {
    write_encrypted(to, encrypt(&read_file(from)?, key, format)?)
}

/// Writes what [`encrypt`] gave as a file of its own. Effects and errors: as [`write_file`].
pub fn write_encrypted(path: &Path, mut text: String) -> Result<(), Error> {
    // gargle and httr2 cannot read the end of a line.
    if encrypted::is_own(&text) {
        text.push('\n');
    }
    write_file(path, text.as_bytes())
}

/// What the encrypted text file `path` stands for. Effects: `[disk]`. Errors: those of [`decrypt`]; `ConfigInvalid` for a
/// file that cannot be read.
pub fn decrypt_file(path: &Path, key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
    decrypt(&read_file(path)?, key)
}

/// As [`encrypt`], for what goes into a binary file: gargle's format then is no text.
pub fn encrypt_binary(content: &[u8], key: &Key, format: Format) -> Result<Vec<u8>, Error> {
    encrypted::encrypt_binary(content, key, format, &*Context::os().rng)
}

/// What [`encrypt_binary`] made of an R object that was compressed with bzip2. Errors: those of [`decrypt`];
/// `secret_unreadable` for anything else, so that a wrong key is noticed.
pub fn decrypt_bzip2(bytes: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
    encrypted::decrypt_binary(bytes, key).and_then(as_bzip2)
}

/// A file that may hold a secret, whole. Effects: `[disk]`. Errors: `ConfigInvalid` that names the file.
pub fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    file::read(&Context::os(), path)
}

/// Puts `content` in the place of whatever file is at `path`; only its owner may read the new one. Effects: `[disk]`.
///
/// Errors: `InvalidArgument` that names the file, which then is as it was.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    file::write(&*Context::os().rng, path, content)
}
