//! May this file be trusted? It holds client secrets, and whoever may write it decides where tokens are sent.
//!
//! Source: specs/workbench.md §3.3.

use std::path::Path;

use zeroize::Zeroizing;

use super::diagnostic::{Diagnostic, Rejected, Severity};
use crate::files::{self, Facts};

/// How strictly the table of §3.3 is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Refuse what others could read or change.
    #[default]
    Strict,
    /// Say so and go on, save for the two cases that nobody can mean.
    Warn,
    /// Only those two cases: not a regular file, and writable by everybody.
    Off,
}

impl std::str::FromStr for Mode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "strict" => Ok(Self::Strict),
            "warn" => Ok(Self::Warn),
            "off" => Ok(Self::Off),
            _ => Err("write strict, warn or off"),
        }
    }
}

/// Who runs the broker, and what they tolerate.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How strictly.
    pub mode: Mode,
    /// `config-allow-symlink`: Kubernetes mounts secrets as links.
    pub allow_symlink: bool,
    /// The service's user.
    pub uid: u32,
    /// The service's group.
    pub gid: u32,
}

impl Policy {
    /// For the user and group of this process.
    pub fn of_this_process(mode: Mode, allow_symlink: bool) -> Self {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Self { mode, allow_symlink, uid, gid }
    }
}

/// Reads a file of the configuration through one descriptor, judging it first. Effects: `[disk]`.
///
/// Shape: `None` when there is no such file. Warnings go to `notes`.
/// Errors: [`Rejected`] when the file may not be used, cannot be read, or is larger than `limit` bytes.
pub fn read(
    path: &Path,
    limit: usize,
    policy: &Policy,
    notes: &mut Vec<Diagnostic>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Rejected> {
    let failed = |error: std::io::Error| {
        Rejected::from(
            Diagnostic::new(Severity::Error, path, format!("cannot be read: {error}"))
                .with_hint("check the path and that the broker's user may read it"),
        )
    };
    let Some(opened) = files::open(path).map_err(failed)? else { return Ok(None) };
    let findings = judge(&opened.facts, policy, path);
    let refused = findings.iter().any(|finding| finding.severity == Severity::Error);
    if refused {
        return Err(Rejected { diagnostics: findings });
    }
    notes.extend(findings);
    opened.read(limit).map(Some).map_err(failed)
}

/// The table of §3.3: what is wrong with a file that has these facts.
pub fn judge(facts: &Facts, policy: &Policy, path: &Path) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut find = |severity: Option<Severity>, message: String, hint: &str| {
        let remark = |severity| Diagnostic::new(severity, path, message).with_hint(hint);
        findings.extend(severity.map(remark));
    };
    let refuse = Some(Severity::Error);
    let by_mode = match policy.mode {
        Mode::Strict => refuse,
        Mode::Warn => Some(Severity::Warning),
        Mode::Off => None,
    };
    let warn = by_mode.and(Some(Severity::Warning));

    if !facts.regular {
        find(refuse, "not a regular file".into(), "name a file, not a directory, pipe or device");
        return findings;
    }
    if facts.symlink && !policy.allow_symlink {
        find(by_mode, "a symbolic link".into(), "name the file itself, or set config-allow-symlink");
    }
    if facts.uid != 0 && facts.uid != policy.uid {
        find(by_mode, format!("belongs to user {}", facts.uid), "`chown` it to root or to the broker's user");
    }
    let mode = format!("mode {:04o}", facts.mode);
    if facts.mode & 0o002 != 0 {
        find(refuse, format!("{mode}: everybody may change it"), "`chmod 600` it and check its content");
    }
    if facts.mode & 0o004 != 0 {
        find(by_mode, format!("{mode}: everybody may read the secrets in it"), "`chmod 600` it");
    }
    if facts.mode & 0o020 != 0 {
        find(by_mode, format!("{mode}: group {} may change it", facts.gid), "`chmod g-w` it");
    }
    if facts.mode & 0o040 != 0 && facts.gid != policy.gid {
        find(warn, format!("{mode}: group {} may read it", facts.gid), "`chgrp` it to the broker's group");
    }
    if facts.parent_mode & 0o1002 == 0o002 {
        find(by_mode, "everybody may replace files in its directory".into(), "`chmod o-w` that directory");
    }
    findings
}
