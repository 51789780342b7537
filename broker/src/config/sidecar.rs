//! `integrations.toml`: tokcore's own keys, one table per section of `oauth-clients.conf`.
//!
//! They live apart because another reader of `oauth-clients.conf` may refuse keys it does not know.
//! Source: specs/workbench.md §3.4.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokcore::Secret;
use toml::de::{DeTable, DeValue};
use url::Url;
use uuid::Uuid;

use super::diagnostic::{Diagnostic, Rejected, Severity};
use super::options::{BackgroundRefresh, BasicEncoding, IntegrationKind, Options, Pkce, ScopeSeparator, TokenResponse};
use super::urls::{self, Allow};

/// Every key, for hints in the other file.
pub const KEYS: [&str; 23] = [
    "allow-private-network",
    "allowed-groups",
    "allowed-users",
    "background-refresh",
    "basic-encoding",
    "ca-file",
    "client-secret-file",
    "default-expires-in",
    "disabled",
    "extra-auth-params",
    "extra-token-params",
    "fallback-client-secret-file",
    "guid",
    "issuer",
    "keepalive",
    "pkce",
    "previous-guids",
    "proxy",
    "refresh-margin",
    "revocation-url",
    "scope-separator",
    "token-response",
    "type",
];

/// Parameters that the token request sets itself.
const TOKEN_RESERVED: [&str; 7] =
    ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "client_id", "client_secret"];

/// Ten years: longer is a mistake in the unit. Units: seconds.
const MAX_DURATION_S: u64 = 10 * 366 * 24 * 3600;

/// One table of the sidecar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Line of the table's name, counted from 1.
    pub line: usize,
    /// What the good keys say.
    pub options: Options,
    /// One of its keys is wrong, which disables the section: half an option set could send tokens astray.
    pub faulty: bool,
}

/// Reads the sidecar; remarks about single keys go to `notes`.
///
/// Shape: by section header. Errors: [`Rejected`] when the file is not TOML or not made of tables.
pub fn parse(
    path: &Path,
    text: &str,
    allow_insecure_http: bool,
    notes: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<String, Entry>, Rejected> {
    let line_of = |offset: usize| 1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count();
    let error = |offset: usize, message: &str| Diagnostic::new(Severity::Error, path, message).at_line(line_of(offset));
    // Only the parser's message: its full text would quote the line, which may hold a proxy's password.
    let root = DeTable::parse(text)
        .map_err(|e| error(e.span().map_or(0, |span| span.start), &format!("not TOML: {}", e.message().trim())))?;
    let mut entries = BTreeMap::new();
    for (header, value) in root.into_inner() {
        let at = header.span().start;
        let DeValue::Table(table) = value.into_inner() else {
            return Err(error(at, "a key outside a table").with_hint("write [section] above it").into());
        };
        let mut entry = Entry { line: line_of(at), ..Entry::default() };
        for (key, value) in &table {
            let line = line_of(key.span().start);
            let note = |severity, message: String| {
                Diagnostic::new(severity, path, message)
                    .at_line(line)
                    .in_section(header.get_ref().as_ref())
                    .at_key(key.get_ref().as_ref())
            };
            match set(&mut entry.options, key.get_ref(), value.get_ref(), path) {
                Ok(true) => {}
                Ok(false) => notes.push(note(Severity::Warning, "unknown key, ignored".into())),
                Err(message) => {
                    entry.faulty = true;
                    notes.push(note(Severity::Error, message));
                }
            }
        }
        // Last, because it depends on another key of the table.
        if let Some(value) = table.get("revocation-url") {
            let allow =
                Allow { insecure_http: allow_insecure_http, private_network: entry.options.allow_private_network };
            match string(value.get_ref()).and_then(|text| urls::outgoing(text, allow)) {
                Ok(url) => entry.options.revocation_url = Some(url),
                Err(message) => {
                    entry.faulty = true;
                    let at = line_of(value.span().start);
                    let section = header.get_ref().as_ref();
                    let note = Diagnostic::new(Severity::Error, path, message).at_line(at).in_section(section);
                    notes.push(note.at_key("revocation-url"));
                }
            }
        }
        entries.insert(header.into_inner().into_owned(), entry);
    }
    Ok(entries)
}

/// Sets one option. Shape: `Ok(false)` for a key that does not exist.
fn set(options: &mut Options, key: &str, value: &DeValue<'_>, path: &Path) -> Result<bool, String> {
    let file = |value| string(value).map(|text| path.parent().unwrap_or(Path::new("")).join(text));
    match key {
        "guid" => options.guid = Some(guid(value)?),
        "previous-guids" => options.previous_guids = list(value, guid)?,
        "issuer" => options.issuer = Some(issuer(value)?),
        "pkce" => options.pkce = word(value, Pkce::WORDS, Pkce::from_word)?,
        "client-secret-file" => options.client_secret_file = Some(file(value)?),
        "fallback-client-secret-file" => options.fallback_client_secret_file = Some(file(value)?),
        "scope-separator" => options.scope_separator = word(value, ScopeSeparator::WORDS, ScopeSeparator::from_word)?,
        "extra-auth-params" => options.extra_auth_params = params(value, &urls::RESERVED)?,
        "extra-token-params" => options.extra_token_params = params(value, &TOKEN_RESERVED)?,
        "default-expires-in" => options.default_expires_in = Some(duration(value)?),
        "refresh-margin" => options.refresh_margin = Some(duration(value)?),
        "background-refresh" => {
            options.background_refresh = word(value, BackgroundRefresh::WORDS, BackgroundRefresh::from_word)?;
        }
        "keepalive" => options.keepalive = Some(duration(value)?),
        // Read after the others.
        "revocation-url" => {}
        "basic-encoding" => options.basic_encoding = word(value, BasicEncoding::WORDS, BasicEncoding::from_word)?,
        "token-response" => options.token_response = word(value, TokenResponse::WORDS, TokenResponse::from_word)?,
        "allowed-users" => options.allowed_users = list(value, |value| string(value).map(str::to_owned))?,
        "allowed-groups" => options.allowed_groups = list(value, |value| string(value).map(str::to_owned))?,
        "disabled" => options.disabled = boolean(value)?,
        "type" => options.kind = word(value, IntegrationKind::WORDS, IntegrationKind::from_word)?,
        "ca-file" => options.ca_file = Some(file(value)?),
        "proxy" => options.proxy = Some(proxy(value)?),
        "allow-private-network" => options.allow_private_network = boolean(value)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn string<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(text),
        Some(_) => Err("is empty".into()),
        None => Err(format!("expected text, found {}", value.type_str())),
    }
}

fn boolean(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("expected true or false, found {}", value.type_str()))
}

fn list<T>(value: &DeValue<'_>, item: impl Fn(&DeValue<'_>) -> Result<T, String>) -> Result<Vec<T>, String> {
    let array = value.as_array().ok_or_else(|| format!("expected a list, found {}", value.type_str()))?;
    array.iter().map(|value| item(value.get_ref())).collect()
}

fn word<T>(value: &DeValue<'_>, words: &[&str], from_word: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    from_word(string(value)?).ok_or_else(|| format!("write one of: {}", words.join(", ")))
}

fn guid(value: &DeValue<'_>) -> Result<Uuid, String> {
    // Only the hyphenated form: the other spellings that the parser knows would not be found by searching for it.
    let text = string(value)?;
    match Uuid::try_parse(text) {
        Ok(guid) if text.len() == 36 && !guid.is_nil() => Ok(guid),
        _ => Err("not a GUID such as 75cc881c-25b4-53f2-bb9e-f7459f7c909e".into()),
    }
}

fn issuer(value: &DeValue<'_>) -> Result<String, String> {
    let text = string(value)?;
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" || urls::is_loopback(&url) => Ok(text.to_owned()),
        _ => Err("not an https:// URL".into()),
    }
}

fn proxy(value: &DeValue<'_>) -> Result<Secret, String> {
    let text = string(value)?;
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.has_host() => {
            Ok(Secret::new(text))
        }
        _ => Err("not a proxy URL such as http://proxy.example:3128".into()),
    }
}

fn params(value: &DeValue<'_>, reserved: &[&str]) -> Result<Vec<(String, String)>, String> {
    let table = value.as_table().ok_or_else(|| format!("expected a table, found {}", value.type_str()))?;
    table
        .iter()
        .map(|(name, value)| {
            let name = name.get_ref().as_ref();
            if reserved.contains(&name) {
                return Err(format!("{name} is set by tokcore itself"));
            }
            let text = value.get_ref().as_str().ok_or_else(|| format!("the value of {name} must be text"))?;
            Ok((name.to_owned(), text.to_owned()))
        })
        .collect()
}

/// A number of seconds, or a number with one of the units s, m, h, d.
fn duration(value: &DeValue<'_>) -> Result<Duration, String> {
    let seconds = match value {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        DeValue::String(text) => text.char_indices().last().and_then(|(end, unit)| {
            let unit = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 24 * 3600,
                _ => return None,
            };
            text[..end].parse::<u64>().ok()?.checked_mul(unit)
        }),
        _ => None,
    };
    match seconds {
        Some(seconds @ 1..=MAX_DURATION_S) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected seconds, or text such as \"90s\", \"15m\", \"24h\" or \"7d\"".into()),
    }
}
