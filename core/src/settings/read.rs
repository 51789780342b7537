//! Typed reading of settings, with problems that name the setting and quote no value.

use std::fmt;

use serde::de::value::SeqDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::names;
use super::parts::claims;
use super::value::{Setting, Settings, shown};
use crate::error::Error;
use crate::jose::Claims;
use crate::kinds::Kind;
use crate::reason::Reason;

impl Settings {
    /// The settings as a typed value; `what` names them in errors.
    ///
    /// Errors: `ConfigInvalid` for an unknown name, a missing one and a value of the wrong type, naming it.
    pub(crate) fn read<T: DeserializeOwned>(self, what: &str) -> Result<T, Error> {
        self.read_beside(what, &[])
    }

    /// The same where others read settings of these names, which may have been meant by a name that nobody knows.
    pub(crate) fn read_beside<T: DeserializeOwned>(self, what: &str, others: &[&str]) -> Result<T, Error> {
        T::deserialize(Given(Setting::Table(self))).map_err(|problem| {
            let hint = format!("correct this setting of {what}");
            let error = |words: &str| Error::new(Kind::ConfigInvalid, format!("{what}: {words}")).with_hint(hint);
            match problem.unknown {
                Some(Unknown { name, known, within }) => {
                    let others = if within.is_empty() { others } else { &[] };
                    error(&format!("{within}{}", names::unknown(&name, known, others)))
                        .with_reason(Reason::UnknownOption)
                }
                None => error(&problem.words),
            }
        })
    }

    /// The settings as claims, or header fields, of a signed statement, in their order.
    ///
    /// Errors: `ConfigInvalid` for a value that JSON cannot hold.
    pub fn into_claims(self) -> Result<Claims, Error> {
        claims(Given(Setting::Table(self)))
            .map_err(|problem| Error::new(Kind::ConfigInvalid, format!("the claims: {problem}")))
    }
}

/// A setting about to be read.
struct Given(Setting);

/// What was wrong, in words that quote no value.
#[derive(Debug)]
struct Problem {
    words: String,
    unknown: Option<Unknown>,
}

/// A name that nobody knows.
#[derive(Debug)]
struct Unknown {
    name: String,
    known: &'static [&'static str],
    /// The tables that it is in, as words begin with.
    within: String,
}

impl Problem {
    fn new(words: String) -> Self {
        Self { words, unknown: None }
    }

    /// The same of a member of the table `name`.
    fn within(mut self, name: &str) -> Self {
        self.words = format!("{}: {}", shown(name), self.words);
        if let Some(unknown) = &mut self.unknown {
            unknown.within = format!("{}: {}", shown(name), unknown.within);
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Problem::new(message.to_string())
    }

    fn invalid_type(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Problem::new(format!("{} where {wanted} is wanted", type_name(found)))
    }

    fn invalid_value(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Problem::new(format!("an impossible {} where {wanted} is wanted", type_name(found)))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Problem::new(format!("an unknown choice; the choices are {}", expected.join(", ")))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let unknown = Unknown { name: name.to_owned(), known, within: String::new() };
        Problem { unknown: Some(unknown), ..Problem::new(names::unknown(name, known, &[])) }
    }

    fn missing_field(name: &'static str) -> Self {
        Problem::new(format!("{name} is missing"))
    }
}

fn type_name(found: de::Unexpected<'_>) -> &'static str {
    match found {
        de::Unexpected::Bool(_) => "a flag",
        de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) => "a whole number",
        de::Unexpected::Float(_) => "a number with a fraction",
        de::Unexpected::Str(_) | de::Unexpected::Char(_) => "a text",
        de::Unexpected::Unit | de::Unexpected::Option => "nothing",
        de::Unexpected::Seq => "a list",
        de::Unexpected::Map | de::Unexpected::StructVariant => "a table",
        _ => "something else",
    }
}

/// Reads a table member by member, so that a problem names the member that it is about.
struct Members {
    rest: std::vec::IntoIter<(String, Setting)>,
    value: Option<(String, Setting)>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        self.value = self.rest.find(|(_, value)| *value != Setting::Absent);
        match &self.value {
            Some((name, _)) => seed.deserialize(name.as_str().into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (name, value) = self.value.take().ok_or_else(|| Problem::new("a value without a name".to_owned()))?;
        seed.deserialize(Given(value)).map_err(|problem| problem.within(&name))
    }
}

impl<'de> Deserializer<'de> for Given {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Setting::Absent => visitor.visit_unit(),
            Setting::Flag(flag) => visitor.visit_bool(flag),
            Setting::Integer(number) => visitor.visit_i64(number),
            // R and JavaScript have one type of number.
            Setting::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => visitor.visit_i64(number as i64),
            Setting::Real(number) => visitor.visit_f64(number),
            Setting::Text(text) => visitor.visit_str(&text),
            Setting::List(values) => visitor.visit_seq(SeqDeserializer::new(values.into_iter().map(Given))),
            Setting::Table(Settings(members)) => visitor.visit_map(Members { rest: members.into_iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Setting::Absent => visitor.visit_none(),
            value => visitor.visit_some(Given(value)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        choices: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.0 {
            Setting::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(Problem::new(format!("one of {} is wanted", choices.join(", ")))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Problem> for Given {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
