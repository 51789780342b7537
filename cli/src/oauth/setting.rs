//! `NAME=VALUE` on the command line: any setting that core knows, by its name there.

use std::path::PathBuf;
use std::str::FromStr;

use tokcore::{Setting, Settings};

/// A name and what was written after its first `=`.
#[derive(Clone, Debug)]
pub struct Assignment<T> {
    pub name: String,
    pub value: T,
}

/// A value as it is meant: JSON where it is JSON, so that numbers, flags and lists can be said, else a text.
#[derive(Clone, Debug)]
pub struct Value(pub Setting);

/// Names that end so hold secrets, and a command line is no place for them.
const SECRET_ENDS: [&str; 6] = ["secret", "password", "passphrase", "token", "assertion", "api_key"];

impl FromStr for Assignment<Value> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Assignment { name, value } = public(text)?;
        let value = serde_json::from_str::<serde_json::Value>(&value).map_or(Setting::from(value), Setting::from);
        Ok(Self { name, value: Value(value) })
    }
}

impl FromStr for Assignment<String> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        public(text)
    }
}

impl FromStr for Assignment<PathBuf> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        split(text).map(|(name, value)| Self { name, value: value.into() })
    }
}

/// The name of a variable.
#[derive(Clone, Debug)]
pub struct Variable(pub String);

impl FromStr for Assignment<Variable> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        split(text).map(|(name, value)| Self { name, value: Variable(value) })
    }
}

fn public(text: &str) -> Result<Assignment<String>, String> {
    let (name, value) = split(text)?;
    let last = name.rsplit('.').next().unwrap_or_default();
    if last == "key" || SECRET_ENDS.iter().any(|end| last.ends_with(end)) {
        return Err(format!("{name} is a secret, and other users can see arguments: use --set-file or --set-env"));
    }
    Ok(Assignment { name, value })
}

/// The message quotes nothing: what lacks a name may be a secret.
fn split(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it has to be NAME=VALUE".to_owned()),
    }
}

/// Parameters as a table; a name that comes twice is sent twice. Their names may hold dots.
pub fn parameters(given: &[Assignment<String>]) -> Settings {
    let mut names: Vec<&str> = Vec::new();
    for parameter in given {
        if !names.contains(&parameter.name.as_str()) {
            names.push(&parameter.name);
        }
    }
    let values = |name: &str| {
        let values = given.iter().filter(|parameter| parameter.name == name);
        Setting::List(values.map(|parameter| Setting::from(parameter.value.as_str())).collect())
    };
    names.into_iter().map(|name| (name, values(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_where_it_is_json() {
        let value = |text: &str| text.parse::<Assignment<Value>>().unwrap().value.0;
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
            let problem = format!("{name}=canary").parse::<Assignment<Value>>().unwrap_err();
            assert!(problem.contains(name) && !problem.contains("canary"), "{problem}");
        }
        for name in ["subject_token_type", "client_secret_env", "cache_key", "key_id", "key_file"] {
            assert!(format!("{name}=x").parse::<Assignment<Value>>().is_ok(), "{name}");
        }
        assert!(!"canary".parse::<Assignment<Value>>().unwrap_err().contains("canary"));
    }

    #[test]
    fn a_parameter_that_comes_twice_is_a_list() {
        let given = ["a.b=1", "c=2", "a.b=3"].map(|text| text.parse().unwrap());
        let wanted: Settings = [
            ("a.b", Setting::List(vec![Setting::from("1"), Setting::from("3")])),
            ("c", Setting::List(vec![Setting::from("2")])),
        ]
        .into_iter()
        .collect();
        assert!(parameters(&given) == wanted);
    }
}
