//! Google's scopes: short names, one order, and which of them stand for others. Source: specs, scopes.

use std::borrow::Cow;

use crate::profile::{Profile, Profiles};

/// Shows the account's address.
pub(crate) const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
/// Shows the account's name and picture.
pub(crate) const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";
/// Nearly all of Google Cloud.
pub(crate) const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
/// What is needed to take on a service account's identity.
pub(crate) const IAM: &str = "https://www.googleapis.com/auth/iam";

const PREFIX: &str = "https://www.googleapis.com/auth/";

/// Scopes that may be named by what follows `/auth/`, besides those of Google Cloud.
const SHORT_NAMES: &[&str] = &[
    "adwords",
    "analytics",
    "analytics.edit",
    "analytics.readonly",
    "calendar",
    "calendar.events",
    "calendar.events.readonly",
    "calendar.readonly",
    "chat.messages",
    "classroom.courses",
    "contacts",
    "contacts.readonly",
    "content",
    "documents",
    "documents.readonly",
    "drive",
    "drive.appdata",
    "drive.file",
    "drive.metadata",
    "drive.metadata.readonly",
    "drive.photos.readonly",
    "drive.readonly",
    "drive.scripts",
    "earthengine",
    "forms.body",
    "forms.body.readonly",
    "forms.responses.readonly",
    "gmail.compose",
    "gmail.insert",
    "gmail.labels",
    "gmail.metadata",
    "gmail.modify",
    "gmail.readonly",
    "gmail.send",
    "gmail.settings.basic",
    "gmail.settings.sharing",
    "presentations",
    "presentations.readonly",
    "script.projects",
    "spreadsheets",
    "spreadsheets.readonly",
    "tasks",
    "tasks.readonly",
    "userinfo.email",
    "userinfo.profile",
    "webmasters",
    "webmasters.readonly",
    "youtube",
    "youtube.readonly",
    "yt-analytics.readonly",
];

/// Scopes of Google Cloud, which `cloud-platform` includes. Those of Drive, Sheets, Gmail or Calendar are none of them.
const CLOUD: &[&str] = &[
    "bigquery",
    "bigquery.insertdata",
    "bigquery.readonly",
    "bigtable.admin",
    "bigtable.data",
    "bigtable.data.readonly",
    "cloud-identity",
    "cloud-language",
    "cloud-platform",
    "cloud-platform.read-only",
    "cloud-translation",
    "cloud-vision",
    "cloud_debugger",
    "cloudkms",
    "cloudplatformprojects",
    "cloudplatformprojects.readonly",
    "cloudruntimeconfig",
    "compute",
    "compute.readonly",
    "datastore",
    "devstorage.full_control",
    "devstorage.read_only",
    "devstorage.read_write",
    "dialogflow",
    "firebase",
    "firebase.readonly",
    "iam",
    "jobs",
    "logging.admin",
    "logging.read",
    "logging.write",
    "monitoring",
    "monitoring.read",
    "monitoring.write",
    "ndev.clouddns.readonly",
    "ndev.clouddns.readwrite",
    "pubsub",
    "service.management",
    "service.management.readonly",
    "servicecontrol",
    "source.full_control",
    "source.read_only",
    "source.read_write",
    "spanner.admin",
    "spanner.data",
    "sqlservice.admin",
    "trace.append",
    "trace.readonly",
];

/// The full scopes that `wanted` means, in the order of their bytes and each once. A text may hold several, with spaces or
/// commas between. `aliases` are the caller's own names, which go before ours; what nobody knows is left as it is.
pub(crate) fn resolve<S: AsRef<str>>(wanted: &[S], aliases: &[(String, String)]) -> Vec<String> {
    let words = wanted.iter().flat_map(|text| text.as_ref().split(|c: char| c.is_whitespace() || c == ','));
    normalised(words.filter(|word| !word.is_empty()).map(|word| full(word, aliases)))
}

/// In the order of their bytes, whatever the locale, and each once.
pub(crate) fn normalised(scopes: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut scopes: Vec<String> = scopes.into_iter().collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// The same with the one that shows the account's address, at the end where it is new by either of its names.
pub(crate) fn with_email(mut scopes: Vec<String>) -> Vec<String> {
    let email = EMAIL.to_owned();
    if !missing(std::slice::from_ref(&email), &scopes).is_empty() {
        scopes.push(email);
    }
    scopes
}

/// As people read it: what follows the last slash.
pub(crate) fn display(scope: &str) -> Cow<'_, str> {
    match scope.strip_suffix('/').unwrap_or(scope).rsplit_once('/') {
        Some((_, last)) => Cow::Owned(format!("...{last}")),
        None => Cow::Borrowed(scope),
    }
}

/// Those of `requested` that were not granted. Google writes some scopes otherwise than they were asked for; its profile
/// says which.
pub(crate) fn missing<'a>(requested: &'a [String], granted: &[String]) -> Vec<&'a str> {
    let google = Profiles::builtin().named("google").unwrap_or(Profile::standard());
    google.dialect.response.missing_scopes(requested, granted)
}

/// As televisions and the like may ask for them: of some scopes Google takes only the short name there.
pub(crate) fn of_device(scopes: Vec<String>) -> Vec<String> {
    let short = |scope: String| match scope.as_str() {
        EMAIL => "email".to_owned(),
        PROFILE => "profile".to_owned(),
        _ => scope,
    };
    normalised(scopes.into_iter().map(short))
}

/// Those of `requested` that nothing granted includes either, as `cloud-platform` includes the scopes of Google Cloud.
pub(crate) fn uncovered<'a>(requested: &'a [String], granted: &[String]) -> Vec<&'a str> {
    let has_cloud = granted.iter().any(|scope| scope == CLOUD_PLATFORM);
    let mut missing = missing(requested, granted);
    missing.retain(|scope| !(has_cloud && is_cloud(scope)));
    missing
}

fn full(word: &str, aliases: &[(String, String)]) -> String {
    if let Some((_, scope)) = aliases.iter().find(|(alias, _)| alias == word) {
        return scope.clone();
    }
    match SHORT_NAMES.contains(&word) || CLOUD.contains(&word) {
        true => format!("{PREFIX}{word}"),
        false => word.to_owned(),
    }
}

fn is_cloud(scope: &str) -> bool {
    scope.strip_prefix(PREFIX).is_some_and(|name| CLOUD.contains(&name))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;
    use crate::table::{each_of, read_from};

    #[derive(Deserialize)]
    struct Case {
        call: String,
        #[serde(default)]
        scopes: Vec<String>,
        #[serde(default)]
        aliases: Vec<(String, String)>,
        #[serde(default)]
        granted: String,
        expect: Value,
    }

    #[test]
    fn scopes_are_as_the_table_says() {
        each_of(&read_from("google", "scopes.json"), |case: Case| {
            let granted: Vec<String> = case.granted.split_whitespace().map(str::to_owned).collect();
            let got = match case.call.as_str() {
                "with_email" => json!(with_email(case.scopes.clone())),
                "of_device" => json!(of_device(case.scopes.clone())),
                "normalised" => json!(normalised(case.scopes.clone())),
                "display" => json!(case.scopes.iter().map(|scope| display(scope)).collect::<Vec<_>>()),
                "resolve" => json!(resolve(&case.scopes, &case.aliases)),
                "missing" => json!(missing(&case.scopes, &granted)),
                "uncovered" => json!(uncovered(&case.scopes, &granted)),
                other => return Err(format!("there is no call {other}")),
            };
            if got == case.expect { Ok(()) } else { Err(format!("got {got}")) }
        });
    }

    #[test]
    fn normalising_again_changes_nothing() {
        let once = resolve(&["drive", "openid,email", "drive"], &[]);
        assert_eq!(normalised(once.clone()), once);
    }
}
