//! The members of a token or of its header, in the order in which they are written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A JSON object that keeps the order of its members. Its print shows their names only: values may be personal.
#[derive(Clone, Default, PartialEq)]
pub struct Claims(Vec<(String, Value)>);

impl Claims {
    /// No members.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The member of this name, if it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Sets a member: in its place if there is one of this name, else at the end.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(own, _)| *own == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The same with one more member.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets every member of `others`; one that is `null` there is removed here.
    pub fn merge(&mut self, others: &Claims) {
        for (name, value) in others.iter() {
            match value {
                Value::Null => self.0.retain(|(own, _)| own != name),
                value => self.set(name, value.clone()),
            }
        }
    }

    /// The same with these members before the others, in this order.
    pub(crate) fn in_order(self, names: &[String]) -> Self {
        let place = |name: &str| names.iter().position(|named| named == name).unwrap_or(names.len());
        let mut members = self.0;
        members.sort_by_key(|(name, _)| place(name));
        Self(members)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object as compact JSON.
    pub fn to_json(&self) -> String {
        // A JSON value with text keys cannot fail to become text.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Claims {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        let mut claims = Claims::new();
        members.into_iter().for_each(|(name, value)| claims.set(name, value));
        claims
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
                let mut claims = Vec::<(String, Value)>::new();
                while let Some((name, value)) = map.next_entry()? {
                    claims.push((name, value));
                }
                // Two readers of a token must not be able to see two different values. Source: RFC 8725 §2.4.
                let mut names: Vec<&str> = claims.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                match names.windows(2).any(|pair| pair[0] == pair[1]) {
                    true => Err(A::Error::custom("the same member twice")),
                    false => Ok(Claims(claims)),
                }
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_null_removes() {
        let mut claims = Claims::new().with("z", 1).with("a", "x").with("m", true);
        claims.merge(&Claims::new().with("a", "y").with("z", Value::Null).with("new", 2));
        assert_eq!(claims.to_json(), r#"{"a":"y","m":true,"new":2}"#);
        assert_eq!(serde_json::from_str::<Claims>(&claims.to_json()).expect("an object"), claims);
    }

    #[test]
    fn named_members_go_first_and_the_others_keep_their_order() {
        let claims = Claims::new().with("z", 1).with("a", 2).with("m", 3).with("b", 4);
        let order = ["m".to_owned(), "none".to_owned(), "z".to_owned()];
        assert_eq!(claims.in_order(&order).to_json(), r#"{"m":3,"z":1,"a":2,"b":4}"#);
    }

    #[test]
    fn a_member_that_stands_there_twice_is_refused() {
        assert!(serde_json::from_str::<Claims>(r#"{"sub":"a","sub":"b"}"#).is_err());
    }

    #[test]
    fn a_print_shows_no_value() {
        assert_eq!(format!("{:?}", Claims::new().with("sub", "canary")), r#"{"sub"}"#);
    }
}
