//! Names that nobody knows, and what was probably meant by them.

use super::value::shown;

/// More names than these help nobody to read an error.
const NAMES_SHOWN: usize = 5;

/// What other libraries call settings of ours: gargle, httr, httr2, google-auth, the clients of Workbench. Where two of ours
/// are meant, the one counts that may stand there.
const RENAMED: &[(&str, &[&str])] = &[
    ("app", &["client"]),
    ("aud", &["audience", "id_token_audience"]),
    ("audience", &["id_token_audience"]),
    ("auth_endpoint", &["authorization_endpoint"]),
    ("auth_url", &["authorization_endpoint"]),
    ("authorize", &["authorization_endpoint"]),
    ("cache", &["store"]),
    ("cache_disk", &["store"]),
    ("cache_path", &["store"]),
    ("client_file", &["client"]),
    ("client_json", &["client"]),
    ("credentials", &["path"]),
    ("credentials_file", &["path"]),
    ("default_scopes", &["scopes"]),
    ("device_url", &["device_authorization_endpoint"]),
    ("email", &["account"]),
    ("id", &["client_id"]),
    ("introspection_url", &["introspection_endpoint"]),
    ("json", &["path"]),
    ("key_file", &["path"]),
    ("keyfile", &["path"]),
    ("lifetime", &["lifetime_s"]),
    ("oauth_cache", &["store"]),
    ("port", &["port_candidates"]),
    ("quota_project_id", &["quota_project"]),
    ("redirect_url", &["redirect_uri"]),
    ("revoke_url", &["revocation_endpoint"]),
    ("secret", &["client_secret"]),
    ("service_account_file", &["path"]),
    ("sub", &["subject"]),
    ("target_audience", &["id_token_audience"]),
    ("target_principal", &["impersonate"]),
    ("target_scopes", &["scopes"]),
    ("token_uri", &["token_endpoint"]),
    ("token_url", &["token_endpoint"]),
    ("user", &["account", "email"]),
    ("userinfo_url", &["userinfo_endpoint"]),
];

/// Words about `name`, which is neither among the `known` nor among the `others`.
pub(super) fn unknown(name: &str, known: &[&str], others: &[&str]) -> String {
    let all: Vec<&str> = known.iter().chain(others).copied().collect();
    let written = name.to_ascii_lowercase().replace(['-', '.'], "_");
    match renamed(&written, &all).or_else(|| nearest(&written, &all, 0.6)) {
        Some(near) => format!("there is no setting {}; did you mean {near}", shown(name)),
        None => format!("there is no setting {}; the nearest are {}", shown(name), likest(&written, all).join(", ")),
    }
}

/// What this name of another library means here.
fn renamed<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let (_, ours) = RENAMED.iter().find(|(theirs, _)| *theirs == name)?;
    ours.iter().find_map(|ours| known.iter().find(|known| *known == ours).copied())
}

/// Some of these names, the likest first.
fn likest<'a>(name: &str, mut known: Vec<&'a str>) -> Vec<&'a str> {
    known.sort_by(|one, other| likeness(name, other).total_cmp(&likeness(name, one)));
    known.truncate(NAMES_SHOWN);
    known
}

/// The one of these names that was probably meant: the likest, if it is as like as that.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str], at_least: f64) -> Option<&'a str> {
    let near = known.iter().max_by(|a, b| likeness(name, a).total_cmp(&likeness(name, b)))?;
    (likeness(name, near) >= at_least).then_some(*near)
}

/// How alike two names are, from 0 to 1: the share of the longer one that need not be changed to get the other. Two
/// neighbours that changed places are one change.
fn likeness(left: &str, right: &str) -> f64 {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let longer = left.len().max(right.len());
    // Nobody's name for a setting; comparing it would only take time.
    if longer == 0 || longer > 64 {
        return 0.0;
    }
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (row, cells) in rows.iter_mut().enumerate() {
        cells[0] = row;
    }
    rows[0] = (0..=right.len()).collect();
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    1.0 - rows[left.len()][right.len()] as f64 / longer as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_library_is_told_as_ours_where_ours_may_stand() {
        let client = ["client_id", "token_endpoint", "store"];
        assert!(unknown("token_url", &client, &[]).ends_with("did you mean token_endpoint"));
        assert!(unknown("cache", &client, &[]).ends_with("did you mean store"));
        assert!(unknown("email", &["scopes", "account"], &[]).ends_with("did you mean account"));
        assert!(!unknown("email", &client, &[]).contains("did you mean"));
    }

    #[test]
    fn the_names_of_others_are_known_too() {
        assert!(unknown("vaultt", &["path"], &["vault"]).ends_with("did you mean vault"));
        assert!(unknown("Client-Id", &["client_id"], &[]).ends_with("did you mean client_id"));
    }

    #[test]
    fn of_many_names_a_few_whole_ones_are_told() {
        let names: Vec<String> = (0..100).map(|number| format!("a_name_of_some_length_{number}")).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let words = unknown("xyz", &known, &[]);
        let (_, told) = words.split_once("the nearest are ").expect("a list");
        assert_eq!(told.split(", ").filter(|name| known.contains(name)).count(), NAMES_SHOWN);
    }

    #[test]
    fn what_others_are_renamed_to_are_settings() {
        let source =
            [include_str!("client.rs"), include_str!("request.rs"), include_str!("../chain/request.rs")].concat();
        for ours in RENAMED.iter().flat_map(|(_, ours)| *ours) {
            let is_there =
                source.contains(&format!("pub {ours}: ")) || source.contains(&format!("rename = \"{ours}\""));
            assert!(is_there, "{ours}");
        }
    }
}
