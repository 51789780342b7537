//! Reading the keys of one section. Source: specs/workbench.md §3.2, rules 4 to 13.

use std::path::Path;

use tokcore::Secret;
use url::Url;

use super::diagnostic::{Diagnostic, Severity};
use super::ini::{Pair, Section};
use super::options::{AuthMethod, Options};
use super::settings::Settings;
use super::{hints, scopes};

/// Reads a client secret from a file of its own; the error is one line without the content.
pub(super) type ReadSecret<'a> = dyn FnMut(&Path) -> Result<Secret, String> + 'a;

/// Reads the keys of one section and remembers whether one of them disables it.
pub(super) struct Reader<'a> {
    section: &'a Section,
    settings: &'a Settings,
    notes: &'a mut Vec<Diagnostic>,
    failed: bool,
}

impl<'a> Reader<'a> {
    /// A reader of this section; `failed` when something else has already disabled it.
    pub(super) fn new(
        section: &'a Section,
        settings: &'a Settings,
        notes: &'a mut Vec<Diagnostic>,
        failed: bool,
    ) -> Self {
        Self { section, settings, notes, failed }
    }

    /// Whether the section cannot be used.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

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

    pub(super) fn check_header(&mut self) {
        let header = &self.section.header;
        let plain = header.len() <= 64 && header.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !plain {
            let hint = "use up to 64 letters, digits, ., _ and -; the GUID is derived from it, so renaming changes it";
            self.note(Severity::Warning, self.section.line, None, "an unusual section name", Some(hint));
        }
    }

    pub(super) fn check_keys(&mut self) {
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

    pub(super) fn display_name(&mut self) -> String {
        let Some(pair) = self.pair("name") else { return self.section.header.clone() };
        let name = pair.value.expose();
        if name.chars().count() > 128 || name.chars().any(char::is_control) {
            self.error(pair, "longer than 128 characters, or with a control character", None);
            return self.section.header.clone();
        }
        name.to_owned()
    }

    pub(super) fn client_id(&mut self) -> Option<String> {
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

    pub(super) fn client_secret(&mut self, options: &Options, read_secret: &mut ReadSecret<'_>) -> Option<Secret> {
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

    pub(super) fn secret_file(&mut self, path: &Path, read_secret: &mut ReadSecret<'_>) -> Option<Secret> {
        match read_secret(path) {
            Ok(secret) => Some(secret),
            Err(message) => {
                let message = format!("{}: {message}", path.display());
                self.note(Severity::Error, self.section.line, Some("client-secret-file"), &message, None);
                None
            }
        }
    }

    pub(super) fn auth_method(&mut self) -> AuthMethod {
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

    pub(super) fn url(&mut self, key: &str, read: impl Fn(&str) -> Result<Url, String>) -> (String, Option<Url>) {
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

    pub(super) fn scopes(&mut self) -> Vec<String> {
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
