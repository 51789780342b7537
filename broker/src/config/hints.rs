//! What a mistyped key was probably meant to be.

use super::sidecar;

/// The keys of `oauth-clients.conf`. Source: specs/workbench.md §3.1.
pub const KEYS: [&str; 7] =
    ["name", "client-id", "client-secret", "token-endpoint-auth-method", "authorization-url", "token-url", "scopes"];

/// Names that other products use for the same things, in the spelling of [`normal`].
const ALIASES: [(&str, &str); 17] = [
    ("access-token-url", "token-url"),
    ("auth-method", "token-endpoint-auth-method"),
    ("auth-url", "authorization-url"),
    ("authorisation-url", "authorization-url"),
    ("authorization-endpoint", "authorization-url"),
    ("authorization-uri", "authorization-url"),
    ("authorize-url", "authorization-url"),
    ("clientid", "client-id"),
    ("clientsecret", "client-secret"),
    ("display-name", "name"),
    ("id", "client-id"),
    ("scope", "scopes"),
    ("secret", "client-secret"),
    ("token-auth-method", "token-endpoint-auth-method"),
    ("token-endpoint", "token-url"),
    ("token-uri", "token-url"),
    ("tokenurl", "token-url"),
];

/// The key that was probably meant, for a key that is not one.
pub fn meant(key: &str) -> Option<&'static str> {
    let normal = key.to_ascii_lowercase().replace(['_', '.'], "-");
    let known = KEYS.into_iter().find(|known| *known == normal && *known != key);
    known.or_else(|| ALIASES.into_iter().find(|(alias, _)| *alias == normal).map(|(_, known)| known))
}

/// What to do about an unknown key, if anything comes to mind.
pub fn for_unknown(key: &str) -> Option<String> {
    if sidecar::KEYS.contains(&key) {
        return Some("put it into integrations.toml: other readers of this file may refuse it".into());
    }
    meant(key).map(|known| format!("did you mean {known}?"))
}
