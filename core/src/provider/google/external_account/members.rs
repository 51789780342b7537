//! The members of a file of credentials, each with a name that a message can give.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::kinds::Kind;

/// An object in a file of credentials. No message shows a value: any of them may be a secret.
pub(super) struct Members<'a> {
    /// The file, or whatever the object came from.
    source: &'a str,
    /// The way from the file's own members to these: `credential_source.format.`, or nothing.
    way: String,
    members: &'a Map<String, Value>,
}

impl<'a> Members<'a> {
    /// All members of `source`.
    pub(super) fn of(source: &'a str, members: &'a Map<String, Value>) -> Self {
        Self { source, way: String::new(), members }
    }

    /// A text. One that is empty counts as missing, as it does for Google's own libraries.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        match self.given(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.wrong(name, "is no text")),
        }
    }

    /// A text that has to be there.
    pub(super) fn required(&self, name: &str) -> Result<&'a str, Error> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    /// A whole number that is not negative, also where it is written as a text.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| self.wrong(name, "is no whole number"))
    }

    /// Whether something is switched on.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.given(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(name, "is neither true nor false")),
        }
    }

    /// The members of an object.
    pub(super) fn inside(&self, name: &str) -> Result<Option<Members<'a>>, Error> {
        match self.given(name) {
            None => Ok(None),
            Some(Value::Object(members)) => {
                Ok(Some(Members { source: self.source, way: format!("{}{name}.", self.way), members }))
            }
            Some(_) => Err(self.wrong(name, "is no object")),
        }
    }

    /// All members, which have to be texts.
    pub(super) fn texts(&self) -> Result<Vec<(&'a str, &'a str)>, Error> {
        let text = |(name, value): (&'a String, &'a Value)| match value {
            Value::String(text) => Ok((name.as_str(), text.as_str())),
            _ => Err(self.wrong(name, "is no text")),
        };
        self.members.iter().map(text).collect()
    }

    /// Whether there is such a member at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// The failure of a member of which there is a `problem` to tell: "is missing".
    pub(super) fn wrong(&self, name: &str, problem: &str) -> Error {
        self.broken(&format!("{}{name} {problem}", self.way))
    }

    /// The failure of what the members say together.
    pub(super) fn broken(&self, problem: &str) -> Error {
        Error::new(Kind::ConfigInvalid, format!("the external account of {}: {problem}", self.source)).with_hint(
            "download the configuration of the identity pool again, or correct the named member; \
             `gcloud iam workload-identity-pools create-cred-config` writes such files",
        )
    }

    /// Null counts as missing.
    fn given(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }
}
