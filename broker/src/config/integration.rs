//! One integration: what a section and its sidecar entry mean together.
//!
//! Source: specs/workbench.md §3.2, §3.4.

use std::sync::Arc;

use tokcore::Secret;
use url::Url;
use uuid::Uuid;

use super::diagnostic::Diagnostic;
use super::ini::Section;
use super::options::{AuthMethod, Options};
use super::section::{ReadSecret, Reader};
use super::settings::Settings;
use super::sidecar::Entry;
use super::urls::{self, Allow};
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
    let mut reader = Reader::new(section, settings, notes, entry.faulty);

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
    let failed = reader.has_failed();

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
