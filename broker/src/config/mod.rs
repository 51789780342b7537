//! The broker's configuration: `oauth-clients.conf`, which Workbench administrators know, and tokcore's sidecar.
//!
//! A syntax error rejects the whole file: at start the broker refuses, on reload it keeps what it has. A semantic
//! error disables one section. Source: specs/workbench.md §3.

mod diagnostic;
pub mod hints;
pub mod ini;
mod integration;
mod options;
pub mod permission;
mod scopes;
mod section;
mod settings;
mod sidecar;
pub mod urls;

use std::collections::BTreeMap;
use std::path::Path;

use tokcore::Secret;
use uuid::Uuid;

pub use diagnostic::{Diagnostic, Rejected, Severity};
pub use integration::{Integration, Provider, Status};
pub use options::{
    AuthMethod, BackgroundRefresh, BasicEncoding, IntegrationKind, Options, Pkce, ScopeSeparator, TokenResponse,
};
pub use permission::Policy;
pub use settings::Settings;

/// Client secrets are at most 4096 characters of four bytes, and a newline.
const MAX_SECRET_FILE_BYTES: usize = 16 * 1024 + 2;

/// A configuration without syntax errors.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// In file order, misconfigured ones included, disabled ones not.
    pub integrations: Vec<Integration>,
    /// GUIDs of the sections that the sidecar disables; their tokens are kept.
    pub disabled: Vec<Uuid>,
    /// Everything odd, in the order found.
    pub diagnostics: Vec<Diagnostic>,
}

impl Configuration {
    /// The integration that answers to this GUID, current or former.
    pub fn by_guid(&self, guid: &Uuid) -> Option<&Integration> {
        self.integrations.iter().find(|integration| integration.answers_to(guid))
    }

    /// The integration with this section header.
    pub fn by_name(&self, name: &str) -> Option<&Integration> {
        self.integrations.iter().find(|integration| integration.name == name)
    }

    /// Whether a section is misconfigured: `config check` then exits with a failure.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Reads and checks the configuration. Effects: `[disk]`.
///
/// Shape: a missing file is a configuration without integrations, and a warning.
/// Errors: [`Rejected`] when a file may not be trusted or is not well-formed.
pub fn load(settings: &Settings) -> Result<Configuration, Rejected> {
    let mut notes = Vec::new();
    let conf = permission::read(&settings.path, ini::MAX_FILE_BYTES, &settings.policy, &mut notes)?;
    if conf.is_none() {
        let note = Diagnostic::new(Severity::Warning, &settings.path, "does not exist, so there are no integrations");
        notes.push(note.with_hint("create it with mode 0600, one section per integration"));
    }
    let sidecar = match &settings.sidecar {
        Some(path) => permission::read(path, ini::MAX_FILE_BYTES, &settings.policy, &mut notes)?,
        None => None,
    };
    let mut read_secret = |path: &Path| read_secret_file(path, &settings.policy);
    let conf = conf.as_deref().map_or(&[][..], Vec::as_slice);
    let mut configuration = compile(conf, sidecar.as_deref().map(Vec::as_slice), settings, &mut read_secret)?;
    notes.append(&mut configuration.diagnostics);
    configuration.diagnostics = notes;
    Ok(configuration)
}

/// Checks the content of both files; pure but for `read_secret`, which opens a `client-secret-file`.
///
/// Errors: [`Rejected`] when one of them is not well-formed.
pub fn compile(
    conf: &[u8],
    sidecar: Option<&[u8]>,
    settings: &Settings,
    read_secret: &mut dyn FnMut(&Path) -> Result<Secret, String>,
) -> Result<Configuration, Rejected> {
    let mut notes = Vec::new();
    let document = ini::parse(conf).map_err(|errors| Rejected {
        diagnostics: errors
            .into_iter()
            .map(|error| Diagnostic::new(Severity::Error, &settings.path, error.message).at_line(error.line))
            .collect(),
    })?;
    if document.byte_order_mark {
        let note = Diagnostic::new(Severity::Warning, &settings.path, "begins with a byte-order mark, skipped");
        notes.push(note.at_line(1).with_hint("save the file as UTF-8 without one"));
    }
    let entries = match (&settings.sidecar, sidecar) {
        (Some(path), Some(content)) => {
            let text = std::str::from_utf8(content)
                .map_err(|_| Diagnostic::new(Severity::Error, path, "not UTF-8; save the file as UTF-8"))?;
            sidecar::parse(path, text, settings.allow_insecure_http, &mut notes)?
        }
        _ => BTreeMap::new(),
    };
    for (header, entry) in &entries {
        if let (Some(path), false) = (&settings.sidecar, document.sections.iter().any(|s| s.header == *header)) {
            let message = format!("there is no section of this name in {}", settings.path.display());
            notes.push(Diagnostic::new(Severity::Warning, path, message).at_line(entry.line).in_section(header));
        }
    }

    let mut configuration = Configuration::default();
    for section in &document.sections {
        let entry = entries.get(&section.header);
        let integration = integration::build(section, entry, settings, read_secret, &mut notes);
        if entry.is_some_and(|entry| entry.options.disabled) {
            configuration.disabled.push(integration.guid);
        } else {
            configuration.integrations.push(integration);
        }
    }
    check_names(&configuration.integrations, settings, &mut notes);
    check_guids(&mut configuration.integrations, settings, &mut notes);
    configuration.diagnostics = notes;
    Ok(configuration)
}

/// Names that people will mix up.
fn check_names(integrations: &[Integration], settings: &Settings, notes: &mut Vec<Diagnostic>) {
    for (index, integration) in integrations.iter().enumerate() {
        let earlier = &integrations[..index];
        let mut warn = |message: String| {
            let note = Diagnostic::new(Severity::Warning, &settings.path, message);
            notes.push(note.at_line(integration.line).in_section(&integration.name));
        };
        if let Some(other) = earlier.iter().find(|o| o.name.to_lowercase() == integration.name.to_lowercase()) {
            warn(format!("differs from [{}] on line {} only in letter case", other.name, other.line));
        }
        if let Some(other) = earlier.iter().find(|o| o.display_name == integration.display_name) {
            warn(format!("has the same display name as [{}] on line {}", other.name, other.line));
        }
    }
}

/// A GUID that means two integrations means neither: the wrong one would hand out the wrong account's token.
fn check_guids(integrations: &mut [Integration], settings: &Settings, notes: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
    for (index, integration) in integrations.iter().enumerate() {
        for guid in std::iter::once(&integration.guid).chain(&integration.previous_guids) {
            let owners = owners.entry(*guid).or_default();
            if !owners.contains(&index) {
                owners.push(index);
            }
        }
    }
    for (guid, owners) in owners.into_iter().filter(|(_, owners)| owners.len() > 1) {
        for index in owners {
            let integration = &mut integrations[index];
            integration.status = Status::ConfigurationError;
            let message = format!("GUID {guid} means another section as well");
            let note = Diagnostic::new(Severity::Error, &settings.path, message).at_line(integration.line);
            notes.push(
                note.in_section(&integration.name).with_hint("change guid or previous-guids in integrations.toml"),
            );
        }
    }
}

fn read_secret_file(path: &Path, policy: &Policy) -> Result<Secret, String> {
    let content = permission::read(path, MAX_SECRET_FILE_BYTES, policy, &mut Vec::new())
        .map_err(|rejected| rejected.diagnostics.iter().map(|d| d.message.clone()).collect::<Vec<_>>().join(", "))?
        .ok_or("does not exist")?;
    let text = std::str::from_utf8(&content).map_err(|_| "is not text")?.trim_end_matches(['\r', '\n']);
    match text.chars().count() {
        1..=4096 if !text.chars().any(char::is_control) => Ok(Secret::new(text)),
        _ => Err("must hold one line of 1 to 4096 characters".into()),
    }
}
