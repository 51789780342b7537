//! JSON as the RPC endpoints accept it: at most eight levels deep, and no key twice.
//!
//! Python takes the last of two equal keys and R the first, so a body with both would mean different things to a proxy
//! and to us. Source: specs/workbench.md §1.9.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Levels of arrays and objects that any client needs, with room.
const MAX_DEPTH: usize = 8;

/// A parsed value that borrows from the body where it can.
#[derive(Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool,
    Number,
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The whole of `body` as one value; `None` when it is not JSON by the rules above.
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let value = Level(MAX_DEPTH).deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        Some(value)
    }

    /// A member of an object; `None` when there is none, or when this is no object.
    pub(super) fn get(&self, key: &str) -> Option<&Json<'a>> {
        match self {
            Json::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one value that may nest this many levels.
struct Level(usize);

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let below = self.below()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Level(below))? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json<'de>, A::Error> {
        let below = self.below()?;
        let mut object = Vec::new();
        while let Some(key) = members.next_key_seed(Key)? {
            object.push((key, members.next_value_seed(Level(below))?));
        }
        if has_duplicates(&object) { Err(A::Error::custom("a key stands twice")) } else { Ok(Json::Object(object)) }
    }
}

impl Level {
    fn below<E: Error>(&self) -> Result<usize, E> {
        self.0.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))
    }
}

fn has_duplicates(members: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// Reads an object's key without copying it, unless it holds an escape.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    fn nested(levels: usize) -> String {
        "[".repeat(levels) + &"]".repeat(levels)
    }

    #[test]
    fn eight_levels_pass_and_nine_do_not() {
        assert!(Json::parse(nested(8).as_bytes()).is_some());
        assert!(Json::parse(nested(9).as_bytes()).is_none());
        assert!(Json::parse(nested(5000).as_bytes()).is_none());
    }

    #[test]
    fn a_key_may_stand_once_at_every_level_however_it_is_spelled() {
        assert!(Json::parse(br#"{"a":{"b":1},"b":1}"#).is_some());
        assert!(Json::parse(br#"{"a":{"b":1,"b":1}}"#).is_none());
        assert!(Json::parse(br#"{"a":1,"\u0061":2}"#).is_none());
    }

    #[test]
    fn one_value_and_nothing_else() {
        assert_eq!(Json::parse(b" null "), Some(Json::Null));
        for refused in [&b"{} {}"[..], b"", b" ", b"{", b"NaN", b"\xef\xbb\xbf{}", b"\"\xff\"", b"{\"a\":1,}"] {
            assert!(Json::parse(refused).is_none(), "{refused:?}");
        }
    }

    #[test]
    fn a_value_is_found_by_its_unescaped_key() {
        let value = Json::parse(br#"{"uu\u0069d":"x\ny"}"#).unwrap();
        assert_eq!(value.get("uuid").and_then(Json::as_str), Some("x\ny"));
        assert!(value.get("other").is_none() && Json::Null.get("uuid").is_none());
    }
}
