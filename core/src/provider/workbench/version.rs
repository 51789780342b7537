//! The version gate: which server is too old for a call.

/// `2026.01.0` and newer know OAuth integrations.
pub(crate) const INTEGRATIONS: [u64; 3] = [2026, 1, 0];
/// `2024.12.0` and newer know delegated Azure tokens.
pub(crate) const AZURE: [u64; 3] = [2024, 12, 0];

/// Whether a server of version `text` knows what came with `needed`.
///
/// A development build and a text that is no version are let through: refusing them would break what may work.
/// Source: specs §1.6; both SDKs cut at the first `-` or `+`.
pub(crate) fn allows(text: &str, needed: [u64; 3]) -> bool {
    if text.to_ascii_lowercase().contains("dev") {
        return true;
    }
    let release = text.split(['-', '+']).next().unwrap_or_default();
    let mut found = [0; 3];
    for (at, part) in release.split('.').enumerate() {
        match part.parse() {
            Ok(number) if at < 3 => found[at] = number,
            Ok(_) => {}
            Err(_) => return true,
        }
    }
    found >= needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn azure_needs_an_older_server_than_integrations() {
        assert!(allows("2025.09.2+418.pro4", AZURE) && !allows("2025.09.2+418.pro4", INTEGRATIONS));
        assert!(!allows("2024.11.9", AZURE));
    }
}
