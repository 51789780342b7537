//! Whom a token belongs to.

use std::fmt;
use std::str::FromStr;

/// Longest accepted text: an OpenID subject may have 255 characters, its issuer hash 64 more.
const MAX_CHARS: usize = 512;

/// A person as the broker knows them, written `<kind>:<id>`: `os:1000`, `oidc:<issuer hash>:<subject>`, `hdr:<name>`.
///
/// Never an e-mail address: those change hands. Source: specs/workbench.md §4.8, §4.10.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Principal(String);

/// A text that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a principal: write os:<uid>, oidc:<issuer hash>:<subject> or hdr:<name>")]
pub struct NotAPrincipal;

impl Principal {
    /// The operating-system user with this number.
    pub fn os(uid: u32) -> Self {
        Self(format!("os:{uid}"))
    }

    /// The subject of an OpenID provider; the issuer enters as a hash so that the text stays short and opaque.
    ///
    /// Errors: [`NotAPrincipal`] for an empty or overlong subject, or one with control characters.
    pub fn oidc(issuer: &str, subject: &str) -> Result<Self, NotAPrincipal> {
        let issuer = crate::hex::encode(&tokcore::crypto::sha256(issuer.as_bytes())[..16]);
        format!("oidc:{issuer}:{subject}").parse()
    }

    /// The user named by a trusted proxy's header.
    ///
    /// Errors: [`NotAPrincipal`] as for [`Principal::oidc`].
    pub fn header(name: &str) -> Result<Self, NotAPrincipal> {
        format!("hdr:{name}").parse()
    }

    /// The number of the operating-system user, for principals of that kind.
    pub fn uid(&self) -> Option<u32> {
        self.0.strip_prefix("os:")?.parse().ok()
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Principal {
    type Err = NotAPrincipal;

    fn from_str(text: &str) -> Result<Self, NotAPrincipal> {
        let (kind, id) = text.split_once(':').ok_or(NotAPrincipal)?;
        let printable = !id.is_empty() && text.chars().count() <= MAX_CHARS && !text.chars().any(char::is_control);
        let well_formed = match kind {
            // One spelling per user: no sign, no leading zero.
            "os" => id.parse::<u32>().is_ok_and(|uid| uid.to_string() == id),
            "oidc" => id.split_once(':').is_some_and(|(issuer, subject)| !issuer.is_empty() && !subject.is_empty()),
            "hdr" => true,
            _ => false,
        };
        if printable && well_formed { Ok(Self(text.to_owned())) } else { Err(NotAPrincipal) }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_user() {
        assert_eq!("os:1000".parse::<Principal>(), Ok(Principal::os(1000)));
        for refused in ["", "os", "os:", "os:01", "os:+1", "os:x", "oidc:abc", "oidc::x", "hdr:", "hdr:a\nb", "x:1"] {
            assert_eq!(refused.parse::<Principal>(), Err(NotAPrincipal), "{refused:?}");
        }
    }

    #[test]
    fn kinds_do_not_mix() {
        let oidc = Principal::oidc("https://idp.example", "alice").unwrap();
        assert!(oidc.as_str().starts_with("oidc:") && oidc.as_str().ends_with(":alice"));
        assert_eq!((Principal::os(7).uid(), oidc.uid()), (Some(7), None));
        assert_ne!(Principal::header("alice").unwrap(), oidc);
    }
}
