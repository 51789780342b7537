//! One integration: what a section and its sidecar entry mean together.
//!
//! Source: specs/workbench.md §3.2, rules 4 to 13.

use std::path::Path;
use std::sync::Arc;

use tokcore::Secret;
use url::Url;
use uuid::Uuid;

use super::diagnostic::{Diagnostic, Severity};
use super::ini::{Pair, Section};
use super::options::Options;
use super::sidecar::Entry;
use super::urls::{self, Allow};
use super::{Settings, hints, scopes};
use crate::fingerprint::fingerprint;
use crate::guid::integration_guid;

/// One section of `oauth-clients.conf`, usable or not.
///
/// The texts are there even when the section is misconfigured, as far as they could be read, because the page and the
/// list show them; only [`Integration::provider`] may be used to talk to anybody.
#[derive(Clone, Debug)]
pub struct Integration {
    /// The section header: the internal name.
    pub name: String,
    /// What people see: `name`, else the header.
    pub display_name: String,
    /// Current GUID.
    pub guid: Uuid,
    /// Former GUIDs that still answer.
    pub previous_guids: Vec<Uuid>,
    /// Line of the header in the file, counted from 1.
    pub line: usize,
    /// Public identifier of the client; may be empty when misconfigured.
    pub client_id: String,
    /// As written; may be empty when misconfigured.
    pub authorization_url: String,
    /// As written; may be empty when misconfigured.
    pub token_url: String,
    /// Requested scopes, in file order.
    pub scopes: Vec<String>,
    /// The configured issuer, else scheme, host and port of the authorization URL; may be empty when misconfigured.
    pub issuer: String,
    /// Usable or not.
    pub status: Status,
}

/// Whether an integration can be used.
#[derive(Clone, Debug)]
pub enum Status {
    /// Yes, with this provider; running flows keep their snapshot across a reload.
    Ready(Arc<Provider>),
    /// No; the diagnostics say why. Shown as "Configuration error".
    ConfigurationError,
}

/// Everything needed to talk to the provider of an integration.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Where browsers are sent; its own query is kept.
    pub authorization_url: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: Url,
    /// The client's identifier.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// The secret to try when the provider refuses the other one.
    pub fallback_client_secret: Option<Secret>,
    /// How the client proves itself.
    pub auth_method: AuthMethod,
    /// Requested scopes, in file order.
    pub scopes: Vec<String>,
    /// Stored with every token; see [`crate::fingerprint`].
    pub fingerprint: String,
    /// The sidecar's keys.
    pub options: Options,
}

/// How the client proves itself at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMethod {
    /// In the body.
    #[default]
    Post,
    /// In an `Authorization: Basic` header.
    Basic,
}

impl Integration {
    /// The provider, unless the section is misconfigured.
    pub fn provider(&self) -> Option<&Arc<Provider>> {
        match &self.status {
            Status::Ready(provider) => Some(provider),
            Status::ConfigurationError => None,
        }
    }

    /// Whether this GUID, current or former, means this integration.
    pub fn answers_to(&self, guid: &Uuid) -> bool {
        self.guid == *guid || self.previous_guids.contains(guid)
    }
}

/// Reads a client secret from a file of its own; the error is one line without the content.
pub(super) type ReadSecret<'a> = dyn FnMut(&Path) -> Result<Secret, String> + 'a;

/// Turns a section into an integration; everything odd about it goes to `notes`.
pub(super) fn build(
    section: &Section,
    entry: Option<&Entry>,
    settings: &Settings,
    read_secret: &mut ReadSecret<'_>,
    notes: &mut Vec<Diagnostic>,
) -> Integration {
    let default = Entry::default();
    let entry = entry.unwrap_or(&default);
    let options = &entry.options;
    let allow = Allow { insecure_http: settings.allow_insecure_http, private_network: options.allow_private_network };
    let mut reader = Reader { section, settings, notes, failed: entry.faulty };

    reader.check_header();
    reader.check_keys();
    let display_name = reader.display_name();
    let client_id = reader.client_id();
    let client_secret = reader.client_secret(options, read_secret);
    let fallback = options.fallback_client_secret_file.as_deref();
    let fallback_client_secret = fallback.and_then(|path| reader.secret_file(path, read_secret));
    let auth_method = reader.auth_method();
    let (authorization_text, authorization) = reader.url("authorization-url", |text| urls::authorization(text, allow));
    let (token_text, token) = reader.url("token-url", |text| urls::outgoing(text, allow));
    let scopes = reader.scopes();
    let failed = reader.failed;

    let issuer = options.issuer.clone().or(authorization.as_ref().map(urls::origin)).unwrap_or_default();
    let status = match (authorization, token, client_id.clone(), client_secret) {
        (Some(authorization_url), Some(token_url), Some(client_id), Some(client_secret)) if !failed => {
            Status::Ready(Arc::new(Provider {
                fingerprint: fingerprint(&authorization_text, &token_text, &client_id),
                authorization_url,
                token_url,
                client_id,
                client_secret,
                fallback_client_secret,
                auth_method,
                scopes: scopes.clone(),
                options: options.clone(),
            }))
        }
        _ => Status::ConfigurationError,
    };
    Integration {
        name: section.header.clone(),
        display_name,
        guid: options.guid.unwrap_or_else(|| integration_guid(&section.header)),
        previous_guids: options.previous_guids.clone(),
        line: section.line,
        client_id: client_id.unwrap_or_default(),
        authorization_url: authorization_text,
        token_url: token_text,
        scopes,
        issuer,
        status,
    }
}

/// Reads the keys of one section and remembers whether one of them disables it.
struct Reader<'a> {
    section: &'a Section,
    settings: &'a Settings,
    notes: &'a mut Vec<Diagnostic>,
    failed: bool,
}

impl<'a> Reader<'a> {
    fn note(&mut self, severity: Severity, line: usize, key: Option<&str>, message: &str, hint: Option<&str>) {
        self.failed |= severity == Severity::Error;
        let mut note = Diagnostic::new(severity, &self.settings.path, message).at_line(line);
        note = note.in_section(&self.section.header);
        note.key = key.map(str::to_owned);
        note.hint = hint.map(str::to_owned);
        self.notes.push(note);
    }

    fn warn(&mut self, pair: &Pair, message: &str, hint: Option<&str>) {
        self.note(Severity::Warning, pair.line, Some(&pair.key), message, hint);
    }

    fn error(&mut self, pair: &Pair, message: &str, hint: Option<&str>) {
        self.note(Severity::Error, pair.line, Some(&pair.key), message, hint);
    }

    /// The pair of a key; an empty value is as good as none.
    fn pair(&self, key: &str) -> Option<&'a Pair> {
        self.section.pairs.iter().find(|pair| pair.key == key && !pair.value.is_empty())
    }

    fn required(&mut self, key: &str) -> Option<&'a Pair> {
        let pair = self.pair(key);
        if pair.is_none() {
            let near = self.section.pairs.iter().find(|pair| hints::meant(&pair.key) == Some(key));
            let hint = near.map_or_else(|| format!("add `{key} = …`"), |near| format!("rename {} to {key}", near.key));
            self.note(Severity::Error, self.section.line, Some(key), "is missing", Some(&hint));
        }
        pair
    }

    fn check_header(&mut self) {
        let header = &self.section.header;
        let plain = header.len() <= 64 && header.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !plain {
            let hint = "use up to 64 letters, digits, ., _ and -; the GUID is derived from it, so renaming changes it";
            self.note(Severity::Warning, self.section.line, None, "an unusual section name", Some(hint));
        }
    }

    fn check_keys(&mut self) {
        for pair in &self.section.pairs {
            if !hints::KEYS.contains(&pair.key.as_str()) {
                let severity = if self.settings.strict { Severity::Error } else { Severity::Warning };
                let hint = hints::for_unknown(&pair.key);
                self.note(severity, pair.line, Some(&pair.key), "unknown key, ignored", hint.as_deref());
            }
            let value = pair.value.expose();
            if value.len() >= 2 && (value.starts_with('"') || value.starts_with('\'')) && value.ends_with(&value[..1]) {
                self.warn(pair, "the quotes are part of the value", Some("remove them if that is not meant"));
            }
            if value.contains(" #") || value.contains(" ;") {
                let hint = "comments stand on lines of their own; remove it if that is not meant";
                self.warn(pair, "the text after # or ; is part of the value", Some(hint));
            }
        }
    }

    fn display_name(&mut self) -> String {
        let Some(pair) = self.pair("name") else { return self.section.header.clone() };
        let name = pair.value.expose();
        if name.chars().count() > 128 || name.chars().any(char::is_control) {
            self.error(pair, "longer than 128 characters, or with a control character", None);
            return self.section.header.clone();
        }
        name.to_owned()
    }

    fn client_id(&mut self) -> Option<String> {
        let pair = self.required("client-id")?;
        let id = pair.value.expose();
        if id.len() > 1024 || !id.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
            self.error(pair, "must be 1 to 1024 printable ASCII characters", None);
            return None;
        }
        if id.contains(' ') {
            self.warn(pair, "holds a blank", Some("compare it with the provider's page"));
        }
        Some(id.to_owned())
    }

    fn client_secret(&mut self, options: &Options, read_secret: &mut ReadSecret<'_>) -> Option<Secret> {
        if let Some(path) = &options.client_secret_file {
            if let Some(pair) = self.pair("client-secret") {
                self.warn(pair, "client-secret-file in integrations.toml takes its place", None);
            }
            return self.secret_file(path, read_secret);
        }
        let pair = self.required("client-secret")?;
        if pair.value.expose().chars().count() > 4096 {
            self.error(pair, "longer than 4096 characters", None);
            return None;
        }
        Some(pair.value.clone())
    }

    fn secret_file(&mut self, path: &Path, read_secret: &mut ReadSecret<'_>) -> Option<Secret> {
        match read_secret(path) {
            Ok(secret) => Some(secret),
            Err(message) => {
                let message = format!("{}: {message}", path.display());
                self.note(Severity::Error, self.section.line, Some("client-secret-file"), &message, None);
                None
            }
        }
    }

    fn auth_method(&mut self) -> AuthMethod {
        let Some(pair) = self.pair("token-endpoint-auth-method") else { return AuthMethod::Post };
        let method = pair.value.expose();
        match method {
            "client-secret-post" => AuthMethod::Post,
            "client-secret-basic" => AuthMethod::Basic,
            "client_secret_post" | "client_secret_basic" => {
                self.warn(pair, "spelled with underscores", Some("Workbench spells it with hyphens"));
                if method.ends_with("post") { AuthMethod::Post } else { AuthMethod::Basic }
            }
            _ => {
                self.error(pair, "unknown method", Some("write client-secret-post or client-secret-basic"));
                AuthMethod::Post
            }
        }
    }

    fn url(&mut self, key: &str, read: impl Fn(&str) -> Result<Url, String>) -> (String, Option<Url>) {
        let Some(pair) = self.required(key) else { return (String::new(), None) };
        match read(pair.value.expose()) {
            Ok(url) => (pair.value.expose().to_owned(), Some(url)),
            // Not shown anywhere: a URL that was refused may hold a password.
            Err(message) => {
                self.error(pair, &message, None);
                (String::new(), None)
            }
        }
    }

    fn scopes(&mut self) -> Vec<String> {
        let Some(pair) = self.pair("scopes") else { return Vec::new() };
        match scopes::parse(pair.value.expose()) {
            Ok(scopes) => {
                scopes.warnings.iter().for_each(|warning| self.warn(pair, warning, None));
                scopes.list
            }
            Err(position) => {
                let message = format!("scope number {position} holds a character that no scope may have");
                self.error(pair, &message, Some("scopes are printable ASCII without \" and \\"));
                Vec::new()
            }
        }
    }
}
