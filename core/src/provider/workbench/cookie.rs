//! The RPC cookie: from the session's file or variable, whichever is usable and fresher.
//!
//! The file comes first because it can be rotated; the variable is as old as the process. Source: specs §1.4, §1.5.

use std::path::{Path, PathBuf};

use jiff::fmt::rfc2822::DateTimeParser;
use percent_encoding::percent_decode_str;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// Same cap as the server's.
const MAX_BYTES: usize = 4096;
const FILE_NAME: &str = "rpc_cookie";
const DIRECTORY_VARIABLE: &str = "PWB_SESSION_RUNTIME_DIR";
const COOKIE_VARIABLE: &str = "RS_SESSION_RPC_COOKIE";

/// A cookie that may be sent: one line of visible ASCII with a date inside.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    pub(crate) text: Secret,
    /// Units: seconds since 1970-01-01 UTC.
    expires_at_unix_s: i64,
}

impl Cookie {
    pub(crate) fn is_expired_at(&self, now_unix_s: i64) -> bool {
        self.expires_at_unix_s <= now_unix_s
    }
}

/// Whether one of the two sources holds anything, usable or not. Effects: `[disk]` looks, but does not read.
pub(crate) fn is_present(context: &Context) -> bool {
    file_path(context).is_some_and(|path| context.files.is_file(&path)) || context.set_var(COOKIE_VARIABLE).is_some()
}

/// The cookie to send now.
///
/// Effects: `[disk]`. Errors: `NoCookie`; `BadCookie` when what is there must not be sent.
pub(crate) fn find(context: &Context) -> Result<Cookie, Error> {
    let now = context.clock.now_unix_ms() / 1000;
    match (from_file(context), from_variable(context)) {
        (Source::Usable(file), Source::Usable(variable)) => {
            let file_is_stale = file.is_expired_at(now) && !variable.is_expired_at(now);
            Ok(if file_is_stale { variable } else { file })
        }
        (Source::Usable(cookie), _) | (_, Source::Usable(cookie)) => Ok(cookie),
        (Source::Unusable(why), _) | (_, Source::Unusable(why)) => {
            Err(Error::new(Kind::BadCookie, format!("the session's RPC cookie cannot be used: {why}")))
        }
        (Source::Absent, Source::Absent) => Err(missing(context)),
    }
}

/// The failure of a session without a cookie, naming the places looked at.
pub(crate) fn missing(context: &Context) -> Error {
    let file = match file_path(context) {
        Some(path) => format!("no file {}", path.display()),
        None => format!("{DIRECTORY_VARIABLE} is not set"),
    };
    Error::new(Kind::NoCookie, format!("the session has no RPC cookie: {file}, and {COOKIE_VARIABLE} is not set"))
        .with_hint("start a new session; outside Workbench run the program under `tokcore exec --`")
}

enum Source {
    Absent,
    Unusable(String),
    Usable(Cookie),
}

fn file_path(context: &Context) -> Option<PathBuf> {
    context.set_var(DIRECTORY_VARIABLE).map(|dir| Path::new(&dir).join(FILE_NAME))
}

fn from_file(context: &Context) -> Source {
    let Some(path) = file_path(context) else { return Source::Absent };
    let content = match context.files.read(&path, 2 * MAX_BYTES) {
        Ok(content) => content,
        // Like posit-sdk: what is not a readable file is as good as none.
        Err(cause) if matches!(cause.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Source::Absent;
        }
        Err(cause) => return Source::Unusable(format!("file {}: {cause}", path.display())),
    };
    let content = String::from_utf8_lossy(&content);
    let mut lines = content.trim().lines();
    let first = lines.next().unwrap_or_default();
    if lines.next().is_some() {
        tracing::warn!(path = %path.display(), "the cookie file has more than one line; only the first is used");
    }
    read(first.trim_end())
        .map_or_else(|why| Source::Unusable(format!("file {}: {why}", path.display())), Source::Usable)
}

fn from_variable(context: &Context) -> Source {
    match context.set_var(COOKIE_VARIABLE) {
        None => Source::Absent,
        Some(text) => read(text.trim_end_matches(['\r', '\n']))
            .map_or_else(|why| Source::Unusable(format!("variable {COOKIE_VARIABLE}: {why}")), Source::Usable),
    }
}

/// Checks a cookie before it may become a header. The reason says nothing of the text.
fn read(text: &str) -> Result<Cookie, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty");
    }
    if text.len() > MAX_BYTES {
        return Err("it is longer than 4096 bytes");
    }
    if text.bytes().any(|byte| !(0x20..=0x7E).contains(&byte)) {
        return Err("it holds a line break or another character that must not be sent");
    }
    let date = text.split('|').nth(1).ok_or("it has no `|`")?;
    let date = percent_decode_str(date).decode_utf8().map_err(|_| "its date is not text")?;
    // The product writes the weekday by the server's calendar; a wrong one is the SDKs' business neither.
    let parser = DateTimeParser::new().relaxed_weekday(true);
    let expires = parser.parse_timestamp(date.trim()).map_err(|_| "its date cannot be read")?;
    Ok(Cookie { text: Secret::new(text), expires_at_unix_s: expires.as_second() })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn dates_are_read_whatever_the_escapes_and_the_locale() {
        for date in [
            "Mon%2C%2001%20Jan%202035%2000%3A00%3A00%20GMT",
            "Mon, 01 Jan 2035 00:00:00 GMT",
            "Tue, 1 Jan 2035 00:00:00 GMT",
            "Mon%2c%2001%20Jan%202035%2000%3a00%3a00%20GMT",
        ] {
            assert_eq!(read(&format!("user-id=a|{date}|m")).unwrap().expires_at_unix_s, 2_051_222_400, "{date}");
        }
    }

    #[test]
    fn what_could_break_out_of_a_header_is_refused() {
        for text in [
            "",
            "  ",
            "no bar",
            "a|b|c",
            "a|Mon, 01 Jan 2035 00:00:00 GMT|c\r\nX: y",
            "ü|Mon, 01 Jan 2035 00:00:00 GMT|c",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
