//! The command that signs in at a shell, for those who cannot be asked.

use std::fmt::{self, Write};

use crate::settings::{ClientSettings, GrantKind, TokenRequest};
use crate::store::account::Wanted;

/// A call of `tokcore login`, as it is typed.
#[derive(Clone, Debug)]
pub(crate) struct LoginCommand(String);

impl LoginCommand {
    pub(crate) fn new() -> Self {
        Self("tokcore login".to_owned())
    }

    /// The one that signs in to this client for this request. What stands in no address of a client is in its file, of which
    /// nothing is known here.
    pub(crate) fn of(settings: &ClientSettings, request: &TokenRequest) -> Self {
        let is_public = settings.client_secret.is_none() && settings.key.is_none();
        let command = match settings.issuer.as_deref().filter(|_| is_public && settings.token_endpoint.is_none()) {
            Some(issuer) => Self::new().with("--issuer", Some(issuer)).with("--client-id", Some(&settings.client_id)),
            None => Self::new().with("--client", Some("FILE")),
        };
        let device = (request.grant == GrantKind::DeviceCode).then_some("device");
        let scopes = Some(request.scopes.join(" ")).filter(|scopes| !scopes.is_empty());
        let is_one = matches!(request.wanted_account(), Ok(Wanted::Named(_)));
        command
            .with("--grant", device)
            .with("--scope", scopes.as_deref())
            .with("--account", request.account.as_deref().filter(|_| is_one))
            .in_store(settings.store.as_deref())
    }

    /// The same with this option, where it has a value.
    pub(crate) fn with(mut self, option: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            let _ = write!(self.0, " {option} {}", quoted(value));
        }
        self
    }

    /// The same into the store that the setting names, where it is not everybody's.
    pub(crate) fn in_store(self, store: Option<&str>) -> Self {
        self.with("--store", store.filter(|store| !["user", "memory", "existing"].contains(store)))
    }
}

impl fmt::Display for LoginCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As a shell reads it as one word.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:@%+=,~".contains(letter);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn what_the_client_and_the_request_say_is_in_it_and_no_secret() {
        let public =
            ClientSettings { client_id: "c".into(), issuer: Some("https://as.example".into()), ..Default::default() };
        let request = TokenRequest {
            scopes: vec!["read".into(), "write".into()],
            account: Some("jane@example.com".into()),
            ..Default::default()
        };
        let command = LoginCommand::of(&public, &request).to_string();
        assert_eq!(
            command,
            "tokcore login --issuer https://as.example --client-id c --scope 'read write' --account jane@example.com"
        );
        let secret = ClientSettings {
            client_secret: Some(Secret::new("canary")),
            store: Some("/the store".into()),
            ..public.clone()
        };
        let device = TokenRequest { grant: GrantKind::DeviceCode, account: Some("any".into()), ..Default::default() };
        let command = LoginCommand::of(&secret, &device).to_string();
        assert_eq!(command, "tokcore login --client FILE --grant device --store '/the store'");
    }

    #[test]
    fn a_word_stays_a_word() {
        assert_eq!((quoted("a'b").as_str(), quoted("").as_str(), quoted("a-b").as_str()), ("'a'\\''b'", "''", "a-b"));
    }
}
