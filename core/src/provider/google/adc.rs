//! Where application default credentials lie. Source: specs, path resolution.

#[cfg(test)]
mod tests;

use std::path::Path;

use super::file::{self, Credentials};
use super::given::{self, Given};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// Names a file of credentials.
pub(crate) const VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
/// Holds the credentials themselves; only asked where the caller wants that.
pub(crate) const JSON_VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS_JSON";
const FILE: &str = "application_default_credentials.json";

/// The rules of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    /// Linux, macOS and their relatives.
    Unix,
    Windows,
}

impl System {
    /// This machine's.
    pub(crate) const HERE: System = if cfg!(windows) { System::Windows } else { System::Unix };
}

/// Where credentials were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: String,
    /// Whether somebody named it: then it has to be there, and nothing else is looked for.
    pub(crate) is_deliberate: bool,
}

impl Found {
    /// As messages call it. The variable may hold what no message repeats.
    pub(crate) fn place(&self) -> String {
        match Given::of(&Context::default(), &self.path) {
            Given::Path(path) => path,
            Given::Json(_) => format!("the JSON in {VARIABLE}"),
            Given::Address | Given::Secret(_) => format!("what {VARIABLE} holds"),
        }
    }
}

/// The file to be read: the one that the variable names, else gcloud's if there is one. Effects: `[disk]`.
pub(crate) fn find(context: &Context) -> Option<Found> {
    let found = locate(context, System::HERE)?;
    (found.is_deliberate || context.files.is_file(Path::new(&found.path))).then_some(found)
}

/// The credentials in it. Effects: `[disk]`.
///
/// Errors: as [`file::read`], naming the variable where that names the file; the reason is `AdcIsOauthClient` for the file
/// of an OAuth client.
pub(crate) fn read(context: &Context, found: &Found) -> Result<Credentials, Error> {
    file::read(context, &found.path).map_err(|error| {
        let place = if found.is_deliberate { format!("{VARIABLE}: ") } else { String::new() };
        let told = Error::new(Kind::ConfigInvalid, format!("{place}{}", error.message()));
        match error.reason() {
            Some(Reason::ClientJsonGivenAsKey) => told.with_reason(Reason::AdcIsOauthClient).with_hint(
                "an OAuth client only lets a person sign in: unset the variable and give the file as the client, or run \
                 gcloud auth application-default login --client-id-file=FILE with it; a key's file may stand here",
            ),
            Some(reason) => told.with_reason(reason).with_hint(error.hint()),
            None => told.with_hint(error.hint()),
        }
    })
}

/// The credentials that a variable holds itself, for callers who want that asked too.
pub(crate) fn in_variable(context: &Context) -> Option<Secret> {
    context.set_var(JSON_VARIABLE).map(Secret::new)
}

/// What gcloud keeps for this one account, for callers who want that looked at too. Effects: `[disk]`.
pub(crate) fn of_account(context: &Context, email: &str) -> Option<Found> {
    let is_name = !email.is_empty() && !email.contains(['/', '\\']) && !email.starts_with('.');
    let folder = gcloud_folder(context, System::HERE).filter(|_| is_name)?;
    let path = format!("{folder}/legacy_credentials/{email}/adc.json");
    context.files.is_file(Path::new(&path)).then_some(Found { path, is_deliberate: false })
}

/// Where the file has to be. Shape: `None` without a home. No I/O but the environment.
pub(crate) fn locate(context: &Context, system: System) -> Option<Found> {
    if let Some(path) = context.set_var(VARIABLE) {
        return Some(Found { path: given::expanded(context, &path), is_deliberate: true });
    }
    let folder = gcloud_folder(context, system)?;
    Some(Found { path: format!("{folder}/{FILE}"), is_deliberate: false })
}

/// gcloud's own folder.
pub(super) fn gcloud_folder(context: &Context, system: System) -> Option<String> {
    if let Some(folder) = context.set_var("CLOUDSDK_CONFIG") {
        return Some(given::expanded(context, &folder));
    }
    match system {
        System::Unix => context.set_var("HOME").map(|home| format!("{}/.config/gcloud", home.trim_end_matches('/'))),
        System::Windows => {
            let base = context.set_var("APPDATA").or_else(|| context.set_var("SystemDrive"));
            Some(format!("{}/gcloud", base.as_deref().unwrap_or("C:")))
        }
    }
}
