//! The admin interface: HTTP and JSON over a Unix socket, for the command line.
//!
//! Who is asking is read from the socket, never from a message. Root may act for anybody, everybody else only for
//! themself; an answer that holds a secret is for its owner. Source: specs/workbench.md §4.2, §4.10, threat T32.

pub mod client;
pub mod server;

use serde::{Deserialize, Serialize};

/// Asks for a session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewSession {
    /// What the person sees in the list, such as the command.
    pub label: Option<String>,
    /// The program's process.
    pub pid: Option<u32>,
    /// For whom; without it, for whoever asks. Only root may name somebody else.
    pub principal: Option<String>,
}

/// A session without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionInfo {
    /// Hash of the session's secret name, in hexadecimal.
    pub id: String,
    /// Whose.
    pub principal: String,
    /// What the person sees.
    pub label: Option<String>,
    /// The program's process.
    pub pid: Option<u32>,
    /// Units: seconds since the epoch, like all that follow.
    pub created_at: i64,
    /// To the minute.
    pub last_seen_at: i64,
    /// However often the cookie is renewed.
    pub expires_at: i64,
}

/// One integration as the command line shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IntegrationInfo {
    /// Current GUID.
    pub guid: String,
    /// Section header.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// Whether the configuration is usable.
    pub usable: bool,
    /// Whether the asking user is signed in.
    pub authenticated: bool,
}

/// What a broker says about itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Version of tokcore.
    pub version: String,
    /// Name of the database's instance.
    pub instance: String,
    /// Process.
    pub pid: u32,
    /// Units: seconds.
    pub uptime_s: u64,
    /// Address of the RPC endpoints.
    pub rpc_url: String,
    /// Address of the page.
    pub public_url: String,
    /// Integrations in the file.
    pub integrations: usize,
    /// Integrations that can be used.
    pub usable_integrations: usize,
    /// Live sessions of everybody.
    pub sessions: usize,
    /// Warnings and errors of the configuration; only for root and the broker's own user.
    pub diagnostics: Vec<String>,
}

/// What a reload found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reloaded {
    /// Whether the new configuration is in use.
    pub accepted: bool,
    /// Integrations in the file.
    pub integrations: usize,
    /// Warnings and errors.
    pub diagnostics: Vec<String>,
}

/// A key of the broker's and what depends on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyInfo {
    /// In the key file.
    pub name: String,
    /// Names the key's value and gives nothing of it away: 64 hexadecimal digits.
    pub id: String,
    /// Whether it seals what is written now.
    pub active: bool,
    /// Values of the database that are sealed under it.
    pub values: usize,
    /// Whether the broker would not start without it.
    pub needed: bool,
}

/// What sealing everything anew did.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Resealed {
    /// Values that are now under the active key.
    pub sealed: usize,
    /// Values that open under no key.
    pub unreadable: usize,
}

/// Why a request was refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// One line, lower case, no final stop.
    pub error: String,
}

/// A session with its cookie, on the wire between server and client only: it does not print.
#[derive(Serialize, Deserialize)]
struct MintedWire {
    id: String,
    cookie: String,
    cookie_expires_at: i64,
    expires_at: i64,
    rpc_url: String,
    public_url: String,
}

/// A one-time login, on the wire between server and client only: it does not print.
#[derive(Serialize, Deserialize)]
struct LoginWire {
    url: String,
    code: String,
    expires_in_s: u32,
}

/// A cookie to be replaced, on the wire between client and server only: it does not print.
#[derive(Serialize, Deserialize)]
struct RenewWire {
    cookie: String,
}
