//! Settings as a host language gives them: named values that the engine reads, checks and names in its errors.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::kinds::Kind;

/// One value. Texts are erased when dropped, because some of them are secrets.
#[derive(Clone, PartialEq)]
pub enum Setting {
    /// `NULL`, `None`: as if it had not been given.
    Absent,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(Zeroizing<String>),
    /// Several values in order.
    List(Vec<Setting>),
    /// Named values in order.
    Table(Settings),
}

/// Named values, in the order in which they were given.
#[derive(Clone, Default, PartialEq)]
pub struct Settings(pub(super) Vec<(String, Setting)>);

impl Settings {
    /// No settings.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets `name`, in place of an earlier value. A dot in the name leads into a table: `token_params.audience`.
    ///
    /// Errors: `InvalidArgument` for an empty name, and where the dot leads into something that is no table.
    pub fn set(&mut self, name: &str, value: impl Into<Setting>) -> Result<(), Error> {
        *self.place(name)? = value.into();
        Ok(())
    }

    /// Adds a value to the list `name`.
    ///
    /// Errors: as [`Settings::set`]; `InvalidArgument` where `name` already has a single value.
    pub fn add(&mut self, name: &str, value: impl Into<Setting>) -> Result<(), Error> {
        match self.place(name)? {
            place @ Setting::Absent => *place = Setting::List(vec![value.into()]),
            Setting::List(values) => values.push(value.into()),
            _ => return Err(refused(format!("the setting {} has a single value already", shown(name)))),
        }
        Ok(())
    }

    /// Whether `name` was given a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, value)| known == name && *value != Setting::Absent)
    }

    /// The value of `name`. A dot in the name leads into a table. Shape: `None` where it was not given.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        let (_, value) = self.0.iter().find(|(known, value)| known == first && *value != Setting::Absent)?;
        match (rest, value) {
            (None, value) => Some(value),
            (Some(rest), Setting::Table(table)) => table.get(rest),
            (Some(_), _) => None,
        }
    }

    /// Takes these out, for whoever reads them elsewhere.
    pub(crate) fn remove(&mut self, names: &[&str]) {
        self.0.retain(|(name, _)| !names.contains(&name.as_str()));
    }

    /// Takes `changes` in place of what is set here; tables are changed part by part.
    pub(super) fn change(&mut self, changes: Settings) {
        for (name, value) in changes.0 {
            match (self.0.iter_mut().find(|(known, _)| *known == name), value) {
                (Some((_, Setting::Table(table))), Setting::Table(parts)) => table.change(parts),
                (Some((_, place)), value) => *place = value,
                (None, value) => self.0.push((name, value)),
            }
        }
    }

    fn place(&mut self, name: &str) -> Result<&mut Setting, Error> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        if first.is_empty() {
            return Err(refused("a setting has no name".to_owned()));
        }
        let at = self.0.iter().position(|(known, _)| known == first).unwrap_or_else(|| {
            self.0.push((first.to_owned(), Setting::Absent));
            self.0.len() - 1
        });
        let value = &mut self.0[at].1;
        let Some(rest) = rest else { return Ok(value) };
        if *value == Setting::Absent {
            *value = Setting::Table(Settings::new());
        }
        match value {
            Setting::Table(table) => table.place(rest),
            _ => Err(refused(format!("the setting {} has a single value and no parts", shown(first)))),
        }
    }
}

impl<N: Into<String>, V: Into<Setting>> FromIterator<(N, V)> for Settings {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Setting::Text(Zeroizing::new(text.to_owned()))
    }
}

impl From<String> for Setting {
    fn from(text: String) -> Self {
        Setting::Text(Zeroizing::new(text))
    }
}

impl From<bool> for Setting {
    fn from(flag: bool) -> Self {
        Setting::Flag(flag)
    }
}

impl From<i64> for Setting {
    fn from(number: i64) -> Self {
        Setting::Integer(number)
    }
}

impl From<Settings> for Setting {
    fn from(table: Settings) -> Self {
        Setting::Table(table)
    }
}

impl From<serde_json::Value> for Setting {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Setting::Absent,
            Value::Bool(flag) => Setting::Flag(flag),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Setting::Integer(whole),
                None => Setting::Real(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Setting::Text(Zeroizing::new(text)),
            Value::Array(values) => Setting::List(values.into_iter().map(Setting::from).collect()),
            Value::Object(members) => Setting::Table(members.into_iter().collect()),
        }
    }
}

impl Setting {
    /// A text as it is, anything else as JSON.
    pub fn to_text(&self) -> Zeroizing<String> {
        match self {
            Setting::Text(text) => text.clone(),
            other => Zeroizing::new(other.to_json().to_string()),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Setting::Absent => Value::Null,
            Setting::Flag(flag) => Value::from(*flag),
            Setting::Integer(number) => Value::from(*number),
            Setting::Real(number) => Value::from(*number),
            Setting::Text(text) => Value::from(text.as_str()),
            Setting::List(values) => values.iter().map(Setting::to_json).collect(),
            Setting::Table(table) => table.0.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
        }
    }
}

fn refused(message: String) -> Error {
    Error::new(Kind::InvalidArgument, message)
}

/// A name for a message: a caller who mixes up name and value must not find the value in a log.
pub(super) fn shown(name: &str) -> &str {
    name.get(..40).unwrap_or(name)
}

/// Shows the names only.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Setting(redacted)")
    }
}
