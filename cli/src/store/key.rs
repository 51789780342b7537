//! The keys by which people name stored credentials.

use tokcore::{Error, Kind};

use crate::again::quoted;
use crate::output;

/// Errors: `InvalidArgument` for an account in place of a key; `otherwise` says what to do with that one, quoted for a shell.
pub fn check_key(key: &str, otherwise: impl FnOnce(&str) -> String) -> Result<(), Error> {
    if !key.contains(['@', '*']) {
        return Ok(());
    }
    let message = format!("{} is an account and no key", output::printable(key));
    Err(Error::new(Kind::InvalidArgument, message).with_hint(otherwise(&quoted(key))))
}
