//! Where secrets come from: files, standard input and variables. Never arguments, which other users can see.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use tokcore::{Error, Kind, Secret};
use zeroize::Zeroizing;

/// Longer than any key or token. Units: bytes.
const LONGEST: u64 = 256 * 1024;

/// The text in `path`, or on standard input for `-`, without the end of its last line. Effects: `[disk]` `[blocks]`.
///
/// Errors: `ConfigInvalid` naming the file; `InvalidArgument` for `-` at a terminal, where the secret would be seen.
pub fn read(path: &Path) -> Result<Secret, Error> {
    let mut text = Zeroizing::new(String::new());
    let read = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            return Err(Error::new(Kind::InvalidArgument, "- means standard input, which is a terminal")
                .with_hint("send the secret through a pipe, or name a file"));
        }
        io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|cause| {
        let what = if path == Path::new("-") { "standard input".into() } else { format!("file {}", path.display()) };
        Error::new(Kind::ConfigInvalid, format!("{what} cannot be read: {}", cause.kind()))
            .with_hint("name a file that holds the secret and nothing else")
    })?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(Error::new(Kind::ConfigInvalid, format!("there is no secret in {}", path.display()))
            .with_hint("name a file that holds the secret and nothing else"));
    }
    Ok(Secret::new(secret))
}

/// The text of a variable.
///
/// Errors: `ConfigInvalid` when it is not set, or empty.
pub fn of_variable(name: &str) -> Result<Secret, Error> {
    match std::env::var(name).map(Zeroizing::new) {
        Ok(text) if !text.is_empty() => Ok(Secret::new(text.as_str())),
        _ => Err(Error::new(Kind::ConfigInvalid, format!("the variable {name} is not set"))
            .with_hint(format!("set {name}, or name another variable"))),
    }
}
