//! Where the configuration is, and how it is to be read.

use std::path::PathBuf;

use super::permission::{Mode, Policy};

/// Where the configuration is and how strictly it is read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `oauth-clients.conf`.
    pub path: PathBuf,
    /// `integrations.toml`; it need not exist.
    pub sidecar: Option<PathBuf>,
    /// Who may own and touch these files.
    pub policy: Policy,
    /// `strict-config`: an unknown key disables its section.
    pub strict: bool,
    /// `allow-insecure-http`: providers may be reached without TLS.
    pub allow_insecure_http: bool,
}

impl Settings {
    /// The strictest reading of `path`, by the user and group of this process.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            sidecar: None,
            policy: Policy::of_this_process(Mode::Strict, false),
            strict: false,
            allow_insecure_http: false,
        }
    }
}
