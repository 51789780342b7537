//! A profile in a list, and the hosts that choose it.

use std::borrow::Cow;

use once_cell::race::OnceBox;
use serde::Deserialize;
use serde_json::Value;

use super::{Profile, builtin, invalid, merge};
use crate::error::Error;

/// One row of a list. A built-in profile is read when it is wanted.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) name: Cow<'static, str>,
    pub(super) hosts: Vec<Cow<'static, str>>,
    /// In a box: a list of many that nobody reads is small. Without a lock, which a forked child might find taken.
    profile: OnceBox<Profile>,
}

impl Listed {
    /// A built-in one.
    pub(super) fn unread(name: &'static str) -> Self {
        Self { name: name.into(), hosts: Vec::new(), profile: OnceBox::new() }
    }

    /// One from its fields, `hosts` among them. Errors: `ConfigInvalid`, naming the profile.
    pub(super) fn read(name: &str, record: Value) -> Result<Self, Error> {
        let hosts = match record.get("hosts") {
            Some(hosts) => Vec::deserialize(hosts).map_err(|cause| invalid(name, &cause))?,
            None => Vec::new(),
        };
        let profile = Profile::read(name, record)?;
        Ok(Self { name: name.to_owned().into(), hosts, profile: OnceBox::with_value(Box::new(profile)) })
    }

    /// The profile itself.
    pub(super) fn profile(&self) -> &Profile {
        self.profile.get_or_init(|| Box::new(builtin::read(&self.name)))
    }

    /// Whether this host chooses it.
    pub(super) fn is_of(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| matches(pattern, host))
    }

    /// As it was written.
    pub(super) fn record(&self) -> Value {
        let mut record = self.profile().record.clone();
        merge(&mut record, &serde_json::json!({ "hosts": self.hosts }));
        record
    }
}

/// Whether `pattern` is this host, or `*.` and a part of its name.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => host == pattern,
    }
}
