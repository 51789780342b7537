//! How a proof of identity stands in a file or an answer: alone, or as a member of a JSON object.

use serde_json::Value;

use super::unusable;
use crate::error::Error;
use crate::provider::google::external_account::members::Members;
use crate::provider::json;
use crate::secret::Secret;

/// How a proof of identity is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// There is nothing else.
    Text,
    /// It is this member of a JSON object.
    Json(String),
}

impl Format {
    /// What the member `format` says. Errors: `ConfigInvalid` for another type, and for JSON without the member's name.
    pub(super) fn read(source: &Members<'_>) -> Result<Self, Error> {
        let Some(format) = source.inside("format")? else { return Ok(Self::Text) };
        match format.text("type")?.unwrap_or("text") {
            "text" => Ok(Self::Text),
            "json" => format.required("subject_token_field_name").map(|name| Self::Json(name.to_owned())),
            _ => Err(format.wrong("type", "is neither text nor json")),
        }
    }

    /// The proof in `content`; `place` names where it stands.
    ///
    /// Errors: `ConfigInvalid` with the reason `SubjectToken`, without a word of the content.
    pub(super) fn token(&self, content: &[u8], place: &str) -> Result<Secret, Error> {
        let token = match self {
            Format::Text => {
                let text = std::str::from_utf8(content).map_err(|_| unusable(format!("{place} holds no text")))?;
                // Whoever writes a file with an editor or `echo` ends it with a line break, which is part of no token.
                Secret::new(text.trim_start_matches('\u{feff}').trim())
            }
            Format::Json(field) => member(content, field, place)?,
        };
        if token.is_empty() { Err(unusable(format!("{place} is empty"))) } else { Ok(token) }
    }
}

fn member(content: &[u8], field: &str, place: &str) -> Result<Secret, Error> {
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    // serde's own text may quote the content, so only the position is given.
    let object = serde_json::from_slice(content).map_err(|cause| {
        unusable(format!("{place} holds no JSON (line {}, column {})", cause.line(), cause.column()))
    })?;
    let Value::Object(mut members) = object else { return Err(unusable(format!("{place} holds no JSON object"))) };
    json::take_secret(&mut members, field)
        .ok_or_else(|| unusable(format!("{place} has no text under the name {field:?}, which the configuration gives")))
}
