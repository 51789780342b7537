//! How single settings are read: a list where one value will do, parameters, addresses.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use url::Url;

use crate::jose::Claims;
use crate::secret::Secret;

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret::new(text))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A list of texts, or one text that is split at white space.
pub(crate) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let split = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    deserializer.deserialize_any(Texts { one: &split })
}

/// A list of texts, or one text.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(Texts { one: &|text| vec![text.to_owned()] })
}

struct Texts<'a> {
    one: &'a dyn Fn(&str) -> Vec<String>,
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
        Ok((self.one)(text))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(texts)
    }
}

/// Request parameters: a table of texts, numbers, flags or lists of them; a list repeats the name.
pub(crate) fn parameters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Table;

    impl<'de> Visitor<'de> for Table {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table of parameters")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut parameters = Vec::new();
            while let Some((name, values)) = map.next_entry::<String, ParameterValues>()? {
                parameters.extend(values.0.into_iter().map(|value| (name.clone(), value)));
            }
            Ok(parameters)
        }

        /// R's empty list has no names.
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            match list.next_element::<ParameterValues>()? {
                None => Ok(Vec::new()),
                Some(_) => Err(de::Error::custom("parameters without names")),
            }
        }
    }

    deserializer.deserialize_any(Table)
}

/// Claims of a statement, in the order in which they are given.
pub(super) fn claims<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Claims, D::Error> {
    struct Table;

    impl<'de> Visitor<'de> for Table {
        type Value = Claims;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table of claims")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
            let mut claims = Claims::new();
            while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                claims.set(name, value);
            }
            Ok(claims)
        }

        /// R's empty list has no names.
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Claims, A::Error> {
            match list.next_element::<serde_json::Value>()? {
                None => Ok(Claims::new()),
                Some(_) => Err(de::Error::custom("claims without names")),
            }
        }
    }

    deserializer.deserialize_any(Table)
}

struct ParameterValues(Vec<String>);

impl<'de> Deserialize<'de> for ParameterValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;

        impl<'de> Visitor<'de> for Values {
            type Value = ParameterValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, a flag or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ParameterValues, E> {
                Ok(ParameterValues(vec![text.to_owned()]))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<ParameterValues, E> {
                Ok(ParameterValues(vec![number.to_string()]))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<ParameterValues, E> {
                Ok(ParameterValues(vec![number.to_string()]))
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<ParameterValues, E> {
                Ok(ParameterValues(vec![flag.to_string()]))
            }

            fn visit_unit<E: de::Error>(self) -> Result<ParameterValues, E> {
                Ok(ParameterValues(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ParameterValues, A::Error> {
                let mut values = Vec::new();
                while let Some(ParameterValues(one)) = list.next_element()? {
                    values.extend(one);
                }
                Ok(ParameterValues(values))
            }
        }

        deserializer.deserialize_any(Values)
    }
}

/// An absolute URL.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    Url::parse(text.trim()).map(Some).map_err(|_| de::Error::custom("it is no absolute URL"))
}

/// A number of seconds, with a fraction if need be.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let Some(seconds) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    Duration::try_from_secs_f64(seconds).map(Some).map_err(|_| de::Error::custom("it is no number of seconds"))
}

/// A number of milliseconds.
pub(super) fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
}
