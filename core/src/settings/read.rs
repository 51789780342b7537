//! Typed reading of settings, with problems that name the setting and quote no value.

use std::fmt;

use serde::de::value::SeqDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

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
        T::deserialize(Given(Setting::Table(self))).map_err(|problem| {
            let error = Error::new(Kind::ConfigInvalid, format!("{what}: {problem}"))
                .with_hint(format!("correct this setting of {what}"));
            match problem.is_unknown_name {
                true => error.with_reason(Reason::UnknownOption),
                false => error,
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
    is_unknown_name: bool,
}

impl Problem {
    fn new(words: String) -> Self {
        Self { words, is_unknown_name: false }
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

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        let words = match nearest(name, expected, 0.6) {
            Some(near) => format!("there is no setting {}; did you mean {near}", shown(name)),
            None => format!("there is no setting {}; there are {}", shown(name), expected.join(", ")),
        };
        Problem { words, is_unknown_name: true }
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

/// The one of these names that was probably meant: the likest, if it is as like as that.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str], at_least: f64) -> Option<&'a str> {
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
        seed.deserialize(Given(value))
            .map_err(|problem| Problem { words: format!("{}: {}", shown(&name), problem.words), ..problem })
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
