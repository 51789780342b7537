//! A token that the user has from somewhere: the text itself, or the JSON that `tokcore token --json` printed.

use std::path::Path;

use clap::ValueEnum;
use serde::Deserialize;
use tokcore::oauth::revocation::TokenHint;
use tokcore::{Error, Kind, Secret};

use super::secrets;

/// What a token is, as the shell is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Hint {
    AccessToken,
    RefreshToken,
}

impl From<Hint> for TokenHint {
    fn from(hint: Hint) -> Self {
        match hint {
            Hint::AccessToken => TokenHint::AccessToken,
            Hint::RefreshToken => TokenHint::RefreshToken,
        }
    }
}

/// The tokens of one grant.
#[derive(Default, Deserialize)]
pub struct GivenTokens {
    pub access_token: Option<Secret>,
    pub refresh_token: Option<Secret>,
}

impl GivenTokens {
    /// Reads `path`, or standard input for `-`. A bare text is a refresh token if `is_refresh_token` says so.
    ///
    /// Errors: `ConfigInvalid` for a file that cannot be read or has no token.
    pub fn read(path: &Path, is_refresh_token: bool) -> Result<Self, Error> {
        let text = secrets::read(path)?;
        if !text.expose().trim_start().starts_with('{') {
            let text = text.expose().trim();
            // Neither servers nor headers know other tokens (RFC 6749 §A.12, without the space).
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(no_token(path));
            }
            let token = Some(Secret::new(text));
            return Ok(match is_refresh_token {
                true => Self { refresh_token: token, ..Self::default() },
                false => Self { access_token: token, ..Self::default() },
            });
        }
        // The parser's words may quote what it read.
        let given: Self = serde_json::from_str(text.expose()).map_err(|_| no_token(path))?;
        match (&given.access_token, &given.refresh_token) {
            (None, None) => Err(no_token(path)),
            _ => Ok(given),
        }
    }
}

fn no_token(path: &Path) -> Error {
    let place = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    Error::new(Kind::ConfigInvalid, format!("there is no token in {place}"))
        .with_hint("give the token itself, or what `tokcore token --json` prints")
}
