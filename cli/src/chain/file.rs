//! Files that the chain reads, as a command line names them.

use std::path::Path;

use tokcore::{Error, Kind, Settings};

use crate::oauth::secrets;
use crate::output::printable;

/// Adds the file, or what comes by standard input for `-`. Effects: `[disk]` then.
///
/// Errors: `InvalidArgument` for credentials among the arguments; `ConfigInvalid` for standard input that has none.
pub fn add_file(settings: &mut Settings, name: &str, file: &Path) -> Result<(), Error> {
    if file == Path::new("-") {
        return settings.set(name, secrets::read(file)?.expose());
    }
    settings.set(name, path_of(file)?)
}

/// As [`add_file`], for a key. Errors: also `InvalidArgument` for an account in its place.
pub fn add_key_file(settings: &mut Settings, name: &str, file: &Path) -> Result<(), Error> {
    if is_address(file) && !file.exists() {
        let message =
            format!("{} is the address of an account, and there is no such file", printable(&file.to_string_lossy()));
        return Err(Error::new(Kind::InvalidArgument, message).with_hint(
            "--path and --service-account take the file of a key; --impersonate takes on the identity of an account, and \
             --machine-account names one of this machine's",
        ));
    }
    add_file(settings, name, file)
}

/// A path as the chain takes it. It would take JSON in its place; but other users can see arguments.
fn path_of(file: &Path) -> Result<&str, Error> {
    let refused = |message: &str, hint: &str| Err(Error::new(Kind::InvalidArgument, message).with_hint(hint));
    match file.to_str() {
        Some(text) if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') => refused(
            "credentials are among the arguments, which other users can see",
            "name the file, or give - and send the JSON on standard input",
        ),
        Some(text) => Ok(text),
        None => refused("the name of the file is not UTF-8", "give - and send the file on standard input"),
    }
}

/// Whether somebody may have meant an account: Google's own are called so.
fn is_address(file: &Path) -> bool {
    let text = file.to_string_lossy();
    text.contains('@') && !text.contains(['/', '\\', '{']) && !text.ends_with(".json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_among_the_arguments_is_refused_and_not_quoted() {
        for text in [r#"{"private_key": "canary"}"#, "\u{feff} {\"private_key\": \"canary@example.com\"}"] {
            let problem = add_key_file(&mut Settings::new(), "path", Path::new(text)).unwrap_err();
            assert!(problem.message().contains("other users") && !format!("{problem:?}").contains("canary"));
        }
        assert_eq!(path_of(Path::new("key.json")).unwrap(), "key.json");
    }

    #[test]
    fn an_account_in_place_of_a_file_is_told_where_it_belongs() {
        let add = |text: &str| add_key_file(&mut Settings::new(), "path", Path::new(text));
        let problem = add("robot@project.iam.gserviceaccount.com").unwrap_err();
        assert!(problem.hint().contains("--machine-account") && problem.hint().contains("--impersonate"));
        assert!(add("keys/me@example.com").is_ok() && add("me@example.json").is_ok());
    }
}
