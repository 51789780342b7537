//! `RS_SERVER_ADDRESS`: where the RPC answers.

use url::Url;

use crate::error::Error;
use crate::kinds::Kind;

/// The base of all RPC URLs, ending in one slash.
///
/// Trailing slashes are cut, a base path is kept, a query is dropped with a warning.
/// Errors: `BadAddress`, with what is wrong and an example.
pub(crate) fn parse(text: &str) -> Result<Url, Error> {
    let text = text.trim();
    let wrong = |why: &str| {
        Error::new(Kind::BadAddress, format!("the server address {why}")).with_hint(
            "set RS_SERVER_ADDRESS to an address such as https://workbench.example.com or http://127.0.0.1:8790",
        )
    };
    if !text.contains("://") {
        return Err(
            wrong(&format!("{text:?} has no scheme")).with_hint(format!("write http://{text} or https://{text}"))
        );
    }
    let mut url = Url::parse(text).map_err(|cause| wrong(&format!("cannot be read: {cause}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(&format!("has the scheme {:?}, but must have http or https", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user name or password, which it must not"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        tracing::warn!("the query of the server address is ignored");
        url.set_query(None);
        url.set_fragment(None);
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn one_slash_between_base_and_method() {
        for text in ["http://h:1/base", "http://h:1/base/", "http://h:1/base///", " http://h:1/base?x=1#y"] {
            assert_eq!(
                parse(text).unwrap().join("oauth_token").unwrap().as_str(),
                "http://h:1/base/oauth_token",
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_that_cannot_work_is_refused() {
        for text in ["127.0.0.1:8790", "localhost", "ftp://h/", "http://", "https://u:p@h/", "http:// h/"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_not_repeated() {
        let shown = format!("{:?}", parse("https://user:hunter2@h/").unwrap_err());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
