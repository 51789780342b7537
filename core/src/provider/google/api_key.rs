//! An API key: it names a project and nobody, and is sent as it is. Source: specs, other credentials.

use http::{HeaderName, HeaderValue};

use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

const HEADER: HeaderName = HeaderName::from_static("x-goog-api-key");

/// The header field that carries the key: unlike the query, it ends up in no log.
///
/// Errors: `ConfigInvalid` for what is no key.
pub(crate) fn header(key: &Secret) -> Result<(HeaderName, HeaderValue), Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match HeaderValue::from_str(key.expose()) {
        Ok(mut value) if !key.is_empty() && key.expose().bytes().all(is_plain) => {
            value.set_sensitive(true);
            Ok((HEADER, value))
        }
        _ => Err(Error::new(Kind::ConfigInvalid, "the API key has a character that no API key has")
            .with_hint("copy it again from the credentials page of the project, without quotes or spaces")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_into_a_header_that_nobody_prints() {
        let (name, value) = header(&Secret::new("AIza-canary_1")).expect("a header");
        assert_eq!((name.as_str(), value.to_str().expect("text")), ("x-goog-api-key", "AIza-canary_1"));
        assert!(!format!("{value:?}").contains("canary"));
        for broken in ["", "AIza canary", "AIza\ncanary"] {
            let error = header(&Secret::new(broken)).expect_err("no key");
            assert!(!format!("{error:?}").contains("canary"));
        }
    }
}
