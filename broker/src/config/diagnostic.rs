//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Works, but perhaps not as meant.
    Warning,
    /// Disables a section, or rejects the file.
    Error,
}

/// One remark about one place. Never quotes a value: it might be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub path: PathBuf,
    /// Counted from 1; `None` when the whole file is meant.
    pub line: Option<usize>,
    /// The section, once one is known.
    pub section: Option<String>,
    /// The key, if one is meant.
    pub key: Option<String>,
    /// What is wrong: one line, lower case, no final stop.
    pub message: String,
    /// What to do, where that does not go without saying.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A remark about the file as a whole; the other fields are set with the `at` methods.
    pub fn new(severity: Severity, path: &Path, message: impl Into<String>) -> Self {
        let path = path.to_owned();
        Self { severity, path, line: None, section: None, key: None, message: message.into(), hint: None }
    }

    /// Names the line.
    pub fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Names the section.
    pub fn in_section(mut self, section: impl Into<String>) -> Self {
        self.section = Some(section.into());
        self
    }

    /// Names the key.
    pub fn at_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Adds what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// `path:line: error: [section] key: message; hint`, the form that editors can jump to.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_without_hint(f)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl Diagnostic {
    fn fmt_without_hint(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        f.write_str(match self.severity {
            Severity::Warning => " warning: ",
            Severity::Error => " error: ",
        })?;
        if let Some(section) = &self.section {
            write!(f, "[{section}] ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// A configuration that cannot be used at all. At start the broker refuses; on reload it keeps the one it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Everything found, warnings included; at least one error.
    pub diagnostics: Vec<Diagnostic>,
}

impl From<Diagnostic> for Rejected {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}

impl Rejected {
    /// The first error without what to do about it, and the number of the others: one line, for an error message.
    pub fn headline(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|f| self.fmt_with(f, Diagnostic::fmt_without_hint))
    }

    /// What to do about the first error, and how to see whether that was all.
    pub fn next_step(&self) -> String {
        let Some(first) = self.errors().next() else { return "run `tokcore config check`".into() };
        let hint = first.hint.as_deref().unwrap_or("correct it");
        format!("{hint}, then run `tokcore config check {}`", first.path.display())
    }

    fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }

    fn fmt_with(
        &self,
        f: &mut fmt::Formatter<'_>,
        one: impl Fn(&Diagnostic, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let mut errors = self.errors();
        match errors.next() {
            Some(first) => one(first, f)?,
            None => f.write_str("the configuration was rejected")?,
        }
        match errors.count() {
            0 => Ok(()),
            more => write!(f, " (and {more} more: `tokcore config check` lists them)"),
        }
    }
}

/// The first error in full and the number of the others: one line, for a log.
impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_with(f, fmt::Display::fmt)
    }
}

impl std::error::Error for Rejected {}
