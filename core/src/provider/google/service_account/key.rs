//! The file of a service account's key.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::provider::google::file;
use crate::provider::json::filled;
use crate::secret::Secret;

/// What the file of a service account's key says.
pub(super) struct KeyFile {
    pub(super) email: String,
    /// PEM, perhaps mangled by a variable.
    pub(super) private_key: Secret,
    pub(super) key_id: Option<String>,
    pub(super) token_uri: Option<String>,
    pub(super) project_id: Option<String>,
    pub(super) quota_project_id: Option<String>,
    pub(super) universe_domain: Option<String>,
}

impl KeyFile {
    /// Errors: `ConfigInvalid`, naming the members that are missing.
    pub(super) fn of(mut members: Map<String, Value>, source: &str) -> Result<Self, Error> {
        let [email, private_key] = file::required(&mut members, ["client_email", "private_key"], super::KIND, source)?;
        let text = |name| filled(&members, name).map(str::to_owned);
        Ok(Self {
            email: email.expose().to_owned(),
            private_key,
            key_id: text("private_key_id"),
            token_uri: text("token_uri"),
            project_id: text("project_id"),
            quota_project_id: text("quota_project_id"),
            universe_domain: text("universe_domain"),
        })
    }
}
