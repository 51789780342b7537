//! The normalising layer: from an answer's body to named members, whatever syntax the server chose.
//!
//! Each member is interpreted alone, so that one which makes no sense cannot spoil the others.

use std::collections::BTreeMap;
use std::fmt;

use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::form;
use crate::transport::HttpResponse;

/// As for every answer; a fake transport or a stored answer may be larger than the real one lets through.
const BODY_BYTES: usize = 1024 * 1024;
/// Answers are flat; providers' additions nest a few levels.
const JSON_DEPTH: usize = 32;

/// The syntax that an endpoint answers in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseFormat {
    /// JSON, whatever the content type says: many servers mislabel it.
    Json,
    /// Form-encoded.
    Form,
    /// JSON when it looks like an object, else form-encoded when the content type allows it.
    #[default]
    Auto,
}

/// Why a body has no members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    Empty,
    Html,
    Syntax,
    TooLarge,
    TooDeep,
    Duplicate,
    MediaType,
}

impl Unreadable {
    /// What came instead, in a few words.
    pub(super) fn answer(self) -> &'static str {
        match self {
            Unreadable::Empty => "an empty body",
            Unreadable::Html => "an HTML page instead of an answer",
            Unreadable::Syntax => "a body that is no answer",
            Unreadable::TooLarge => "a body larger than 1 MiB",
            Unreadable::TooDeep => "JSON nested deeper than 32 levels",
            Unreadable::Duplicate => "the same member twice",
            Unreadable::MediaType => "a body that does not say it is JSON",
        }
    }
}

/// One member of the answer.
pub(super) enum Member<'a> {
    /// `null`.
    Null,
    /// A text; erased when dropped.
    Text(Zeroizing<String>),
    /// A number as it was written: through a double, large ones would not survive.
    Number(&'a str),
    /// `true`, an object or an array, and what cannot be decoded.
    Other(&'a str),
}

impl<'a> Member<'a> {
    fn of_json(raw: &'a RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') => Member::Null,
            // Fails for a lone surrogate: then the member is there, but is no text.
            Some(b'"') => serde_json::from_str(text).map_or(Member::Other(text), |s| Member::Text(Zeroizing::new(s))),
            Some(b'-' | b'0'..=b'9') => Member::Number(text),
            _ => Member::Other(text),
        }
    }

    /// The text, unless it is empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Member::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether the server says "nothing" with it.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Member::Null) || matches!(self, Member::Text(text) if text.is_empty())
    }

    /// The member as plain JSON; `None` when it cannot be decoded.
    pub(super) fn to_json(&self) -> Option<serde_json::Value> {
        match self {
            Member::Null => Some(serde_json::Value::Null),
            Member::Text(text) => Some(text.as_str().into()),
            Member::Number(raw) | Member::Other(raw) => serde_json::from_str(raw).ok(),
        }
    }
}

/// The members of an answer, by name.
pub(super) struct Members<'a> {
    named: BTreeMap<String, Member<'a>>,
    /// Names that stood there twice; the last value counts.
    duplicates: Vec<String>,
}

impl<'a> Members<'a> {
    pub(super) fn read(response: &'a HttpResponse, format: ResponseFormat) -> Result<Self, Unreadable> {
        if response.body.len() > BODY_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let text = std::str::from_utf8(&response.body).map_err(|_| Unreadable::Syntax)?;
        let text = text.trim_start_matches('\u{feff}').trim_matches([' ', '\t', '\r', '\n']);
        let members = match (text.as_bytes().first(), format) {
            (None, _) => Err(Unreadable::Empty),
            (Some(b'<'), _) => Err(Unreadable::Html),
            (Some(b'{'), ResponseFormat::Json | ResponseFormat::Auto) => Self::of_json(text),
            (_, ResponseFormat::Form) => Self::of_form(text),
            (_, ResponseFormat::Auto) if may_be_form(&media_type(response)) => Self::of_form(text),
            _ => Err(Unreadable::Syntax),
        }?;
        members.without_reserved_duplicates()
    }

    /// The members of an object within an answer.
    pub(super) fn of_object(json: &'a str) -> Result<Self, Unreadable> {
        Self::of_json(json)?.without_reserved_duplicates()
    }

    fn without_reserved_duplicates(self) -> Result<Self, Unreadable> {
        match self.duplicates.iter().any(|name| RESERVED.contains(&name.as_str())) {
            true => Err(Unreadable::Duplicate),
            false => Ok(self),
        }
    }

    fn of_json(text: &'a str) -> Result<Self, Unreadable> {
        if is_too_deep(text) {
            return Err(Unreadable::TooDeep);
        }
        serde_json::from_str(text).map_err(|_| Unreadable::Syntax)
    }

    fn of_form(text: &'a str) -> Result<Self, Unreadable> {
        // Prose and markup have characters that a form encodes.
        if text.contains(|c: char| c.is_whitespace() || "<>{}\"".contains(c)) || !text.contains('=') {
            return Err(Unreadable::Syntax);
        }
        let mut members = Members { named: BTreeMap::new(), duplicates: Vec::new() };
        for (name, value) in form::split(text) {
            let name = form::decode(name).ok_or(Unreadable::Syntax)?;
            let member = form::decode(value).map_or(Member::Other(value), Member::Text);
            members.insert(name.to_string(), member);
        }
        Ok(members)
    }

    /// Puts a member in the place of whatever has its name.
    pub(super) fn set(&mut self, name: String, member: Member<'a>) {
        self.named.insert(name, member);
    }

    fn insert(&mut self, name: String, member: Member<'a>) {
        if self.named.contains_key(&name) {
            self.duplicates.push(name.clone());
        }
        self.named.insert(name, member);
    }

    /// Removes and gives a member.
    pub(super) fn take(&mut self, name: &str) -> Option<Member<'a>> {
        self.named.remove(name)
    }

    /// Looks at a member.
    pub(super) fn get(&self, name: &str) -> Option<&Member<'a>> {
        self.named.get(name)
    }

    /// All of them, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Member<'a>)> {
        self.named.iter().map(|(name, member)| (name.as_str(), member))
    }

    /// Whether some member, none of those that matter, stood there twice.
    pub(super) fn has_duplicates(&self) -> bool {
        !self.duplicates.is_empty()
    }

    /// What nobody has taken.
    pub(super) fn rest(self) -> impl Iterator<Item = (String, Member<'a>)> {
        self.named.into_iter()
    }
}

/// Members of which there must be one: whoever can append a second must not be able to replace the first.
const RESERVED: [&str; 14] = [
    "access_token",
    "active",
    "device_code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "refresh_token",
    "request_uri",
    "scope",
    "token_type",
    "user_code",
    "verification_uri",
];

/// The type that the answer claims, without parameters, in lower case.
fn media_type(response: &HttpResponse) -> String {
    let value = response.header(&CONTENT_TYPE).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the answer says that it is JSON.
pub(super) fn says_json(response: &HttpResponse) -> bool {
    let media_type = media_type(response);
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn may_be_form(media_type: &str) -> bool {
    matches!(media_type, "" | "text/plain" | "application/x-www-form-urlencoded")
}

/// Counts brackets outside texts, before any parser recurses.
fn is_too_deep(json: &str) -> bool {
    if json.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count() <= JSON_DEPTH {
        return false;
    }
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > JSON_DEPTH {
            return true;
        }
    }
    false
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Members { named: BTreeMap::new(), duplicates: Vec::new() };
                while let Some((name, raw)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
                    // A name with a lone surrogate is no text; it stays as written, and nobody asks for it.
                    let name = serde_json::from_str(name.get()).unwrap_or_else(|_| name.get().to_owned());
                    members.insert(name, Member::of_json(raw));
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Object)
    }
}
