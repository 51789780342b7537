//! `NAME=VALUE` on the command line: any setting that core knows, by its name there.
//!
//! The texts are taken apart here and not by the command line's parser, whose complaints quote them.

use std::path::Path;

use serde_json::Value;
use tokcore::{Error, Kind, Setting, Settings};

/// Names that end so hold secrets, and a command line is no place for them.
const SECRET_ENDS: [&str; 6] = ["secret", "password", "passphrase", "token", "assertion", "api_key"];

/// A name and its value as it is meant: JSON where it is JSON, so that numbers, flags and lists can be said, else a text.
///
/// Errors: `InvalidArgument` for what is no assignment, and for a secret, which other users could see.
pub fn meant(text: &str) -> Result<(&str, Setting), Error> {
    let (name, value) = public(text)?;
    Ok((name, serde_json::from_str::<Value>(value).map_or_else(|_| Setting::from(value), Setting::from)))
}

/// A name and the file that has its value.
///
/// Errors: `InvalidArgument` for what is no assignment.
pub fn in_file(text: &str) -> Result<(&str, &Path), Error> {
    split(text).map(|(name, file)| (name, Path::new(file)))
}

/// A name and the variable that has its value.
///
/// Errors: `InvalidArgument` for what is no assignment.
pub fn in_variable(text: &str) -> Result<(&str, &str), Error> {
    split(text)
}

/// Parameters as a table; a name that comes twice is sent twice. Their names may hold dots.
///
/// Errors: as [`meant`].
pub fn parameters(given: &[String]) -> Result<Settings, Error> {
    let mut table: Vec<(&str, Vec<Setting>)> = Vec::new();
    for text in given {
        let (name, value) = public(text)?;
        match table.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value.into()),
            None => table.push((name, vec![value.into()])),
        }
    }
    Ok(table.into_iter().map(|(name, values)| (name, Setting::List(values))).collect())
}

fn public(text: &str) -> Result<(&str, &str), Error> {
    let (name, value) = split(text)?;
    let last = name.rsplit('.').next().unwrap_or_default();
    match last == "key" || SECRET_ENDS.iter().any(|end| last.ends_with(end)) {
        false => Ok((name, value)),
        true => {
            Err(Error::new(Kind::InvalidArgument, format!("{name} is a secret, and other users can see arguments"))
                .with_hint("give it with --set-file or --set-env; the client's own belongs into its file"))
        }
    }
}

/// The message quotes nothing: what lacks a name may be a secret.
fn split(text: &str) -> Result<(&str, &str), Error> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| Error::new(Kind::InvalidArgument, "a setting has no name").with_hint("write NAME=VALUE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_where_it_is_json() {
        let value = |text: &str| meant(text).unwrap().1;
        assert!(value("pkce=true") == Setting::Flag(true));
        assert!(value("min_validity_s=60") == Setting::Integer(60));
        assert!(value("prompt=select account") == Setting::from("select account"));
        assert!(value("username=\"123\"") == Setting::from("123"));
        assert!(value("claims.sub=a=b") == Setting::from("a=b"));
    }

    #[test]
    fn secrets_are_refused_by_their_names_and_not_quoted() {
        for name in
            ["password", "client_secret", "refresh_token", "key", "token_params.client_assertion", "actor_token"]
        {
            let problem = meant(&format!("{name}=canary")).unwrap_err();
            assert!(problem.message().contains(name) && !format!("{problem:?}").contains("canary"), "{problem:?}");
        }
        for name in ["subject_token_type", "client_secret_env", "cache_key", "key_id", "key_file"] {
            assert!(meant(&format!("{name}=x")).is_ok(), "{name}");
        }
        assert!(!format!("{:?}", meant("canary").unwrap_err()).contains("canary"));
    }

    #[test]
    fn a_parameter_that_comes_twice_is_a_list() {
        let given = ["a.b=1", "c=2", "a.b=3"].map(str::to_owned);
        let wanted: Settings = [
            ("a.b", Setting::List(vec![Setting::from("1"), Setting::from("3")])),
            ("c", Setting::List(vec![Setting::from("2")])),
        ]
        .into_iter()
        .collect();
        assert!(parameters(&given).unwrap() == wanted);
    }
}
