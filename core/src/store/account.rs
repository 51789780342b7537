//! Which account a caller means. Source: specs/google.md §3.8.

use super::record::Account;
use crate::error::Error;
use crate::kinds::Kind;

/// Whose rules hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Letter case is no difference, a star may stand anywhere, and several accounts that fit are a question.
    #[default]
    Own,
    /// As R's gargle does: letter case counts, a star stands before a domain, and the first of several is taken.
    Gargle,
}

/// What the setting `account` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing: the default account, else the only one.
    Unset,
    /// Whichever there is.
    Any,
    /// None of those that are stored: another sign-in.
    New,
    /// This address or label.
    Named(String),
    /// The addresses that fit: before the at sign, and behind it.
    Pattern { local: String, domain: String },
}

impl Wanted {
    /// Reads the setting; `None` is one that was not given.
    ///
    /// Errors: `ConfigInvalid` for an empty text, and for a star that makes no pattern of addresses.
    pub(crate) fn parse(setting: Option<&str>, manner: Manner) -> Result<Self, Error> {
        let Some(text) = setting else { return Ok(Self::Unset) };
        match text.trim() {
            "" => Err(empty()),
            // R's values are among them as texts, because settings also come from variables and files.
            "any" | "*" | "true" | "TRUE" => Ok(Self::Any),
            "new" | "false" | "FALSE" | "NA" => Ok(Self::New),
            text if text.contains('*') => pattern(text, manner),
            text => Ok(Self::Named(text.to_owned())),
        }
    }

    /// The one account that the setting names, in lower case: the same in every key.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Named(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        }
    }

    /// The one domain that a pattern leaves open who of.
    pub(crate) fn domain(&self) -> Option<String> {
        match self {
            Self::Pattern { domain, .. } if !domain.contains('*') => Some(domain.clone()),
            _ => None,
        }
    }

    /// Whether `account` is among those that are meant.
    pub(crate) fn fits(&self, account: &Account, manner: Manner) -> bool {
        match self {
            Self::Unset | Self::Any => true,
            Self::New => false,
            Self::Named(name) => {
                let same = |text: &str| match manner {
                    Manner::Own => text.eq_ignore_ascii_case(name),
                    Manner::Gargle => text == name,
                };
                names(account).any(same) || account.subject.as_deref() == Some(name)
            }
            Self::Pattern { local, domain } => {
                let fits =
                    |(own_local, own_domain)| globs(local, own_local, manner) && globs(domain, own_domain, manner);
                names(account).filter_map(|text| text.rsplit_once('@')).any(fits)
            }
        }
    }
}

/// What an account may be called by.
fn names(account: &Account) -> impl Iterator<Item = &str> {
    [&account.label, &account.email].into_iter().flatten().map(String::as_str)
}

fn pattern(text: &str, manner: Manner) -> Result<Wanted, Error> {
    match (manner, text.strip_prefix('*')) {
        (Manner::Own, _) => match text.split_once('@') {
            Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => {
                Ok(Wanted::Pattern { local: local.to_owned(), domain: domain.to_owned() })
            }
            at => Err(malformed(text, at.is_some())),
        },
        (Manner::Gargle, Some(rest)) => Ok(match rest.strip_prefix('@') {
            Some(domain) => Wanted::Pattern { local: "*".to_owned(), domain: domain.to_owned() },
            None => Wanted::Any,
        }),
        (Manner::Gargle, None) => Ok(Wanted::Named(text.to_owned())),
    }
}

/// Whether `text` is what `pattern` says, where a star stands for any text, also none.
fn globs(pattern: &str, text: &str, manner: Manner) -> bool {
    let (pattern, text) = match manner {
        Manner::Own => (pattern.to_ascii_lowercase(), text.to_ascii_lowercase()),
        Manner::Gargle => (pattern.to_owned(), text.to_owned()),
    };
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
    // Each part at its first place leaves the most for those behind it.
    let behind = |text: &'_ str, part: &str| text.find(part).map(|at| at + part.len());
    inner.is_some_and(|inner| {
        let mut at = 0;
        middle.split('*').all(|part| behind(&inner[at..], part).map(|end| at += end).is_some())
    })
}

fn empty() -> Error {
    Error::new(Kind::ConfigInvalid, "the setting account is an empty text").with_hint(
        "is an environment variable not set that it is read from? Leave account out to mean the default account",
    )
}

fn malformed(text: &str, has_at: bool) -> Error {
    let message = match has_at {
        true => "a pattern of accounts needs a text or a star on both sides of its one at sign",
        false => "a pattern of accounts needs an at sign",
    };
    let hint = match text.strip_prefix('*') {
        Some(domain) if !has_at && !domain.is_empty() => {
            format!("write *@{} for all of a domain", domain.trim_matches('*'))
        }
        _ if !has_at => format!("write {text}@*, or any for every account"),
        _ => "write *@example.com for all of a domain, or any for every account".to_owned(),
    };
    Error::new(Kind::ConfigInvalid, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;
    use crate::settings::{ClientSettings, Setting, Settings, TokenRequest, credential_key};

    #[test]
    fn a_star_stands_for_any_text_also_none() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("*", "jane", true),
            ("j*", "jane", true),
            ("*e", "jane", true),
            ("j*e", "je", true),
            ("a*a", "a", false),
            ("*a*", "jane", true),
            ("j**e", "jane", true),
            ("*ab*ab*", "abab", true),
            ("*ab*ab*", "aba", false),
            ("a*bc*c", "abcbc", true),
            ("jane", "janet", false),
            ("*ö*", "jörg", true),
            ("ö*ö", "ö", false),
        ] {
            assert_eq!(globs(pattern, text, Manner::Own), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_subject_is_a_name_whose_letter_case_counts() {
        let account = Account { subject: Some("aB3".into()), ..Account::default() };
        let wanted = |text| Wanted::parse(Some(text), Manner::Own).expect("a name");
        assert!(wanted("aB3").fits(&account, Manner::Own));
        assert!(!wanted("ab3").fits(&account, Manner::Own));
    }

    #[test]
    fn one_name_is_one_key_whatever_its_letter_case() {
        let name = |text| Wanted::parse(Some(text), Manner::Own).expect("readable").name();
        assert_eq!(name("Jane@Example.com"), Some("jane@example.com".to_owned()));
        assert_eq!(name("work"), Some("work".to_owned()));
        assert_eq!((name("any"), name("new"), name("*@example.com")), (None, None, None));
    }

    #[derive(Deserialize)]
    struct Row {
        client: Value,
        request: Value,
        key: String,
    }

    #[test]
    fn keys_are_as_the_table_says() {
        let settings = |value: &Value| match Setting::from(value.clone()) {
            Setting::Table(table) => table,
            _ => Settings::new(),
        };
        crate::table::each_that(
            &crate::table::read_from("store", "cache.json"),
            |case| case["key"].is_string(),
            |row: Row| {
                let client = ClientSettings::from_settings(settings(&row.client)).map_err(|error| error.to_string())?;
                let request = TokenRequest::from_settings(settings(&row.request)).map_err(|error| error.to_string())?;
                let key = credential_key(&client, &request).hex();
                if key == row.key { Ok(()) } else { Err(format!("key {key}")) }
            },
        );
    }
}
