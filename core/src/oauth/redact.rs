//! Which of a provider's additional members hold secrets. Every print of every language asks here.

/// Parts of names that give a secret away.
const SECRET_PARTS: [&str; 6] = ["token", "secret", "password", "assertion", "key", "code"];

/// Whether a member of this name is shown as redacted. Letter case does not matter.
///
/// The pattern is wide on purpose: a hidden `zip_code` harms nobody, a printed `partner_secret` does.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_PARTS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::is_secret_name;

    #[test]
    fn names_that_give_a_secret_away_are_found_in_any_case_and_place() {
        for name in ["partner_secret", "apiKey", "X-Auth-Token", "PASSWORD2", "client_assertion", "recovery_codes"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["instance_url", "team", "athlete", "orcid", ""] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
