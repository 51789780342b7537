//! What a caller may write for an audience.

use uuid::Uuid;

use crate::context::Context;
use crate::credentials::Integration;
use crate::error::Error;

/// An audience, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// As the server is asked for it. A UUID is in canonical lower case.
    Id(String),
    /// An exact internal name that must be looked up.
    Name(String),
}

impl Audience {
    /// Reads a GUID, `name:<internal name>`, or a logical name that `TOKCORE_AUDIENCE_<NAME>` maps to one of these.
    ///
    /// Errors: `InvalidArgument` for an empty text or one with control characters.
    pub(crate) fn parse(context: &Context, text: &str) -> Result<Self, Error> {
        super::check_not_empty("audience", text)?;
        let mapped = if text.contains(':') || is_guid(text) { None } else { context.set_var(&variable(text)) };
        let text = mapped.as_deref().unwrap_or(text);
        if let Some(name) = text.strip_prefix("name:") {
            super::check_not_empty("audience", name)?;
            return Ok(Audience::Name(name.to_owned()));
        }
        Ok(Audience::Id(if is_guid(text) { text.to_ascii_lowercase() } else { text.to_owned() }))
    }

    /// Whether this names `integration`.
    pub(crate) fn is(&self, integration: &Integration) -> bool {
        match self {
            Audience::Id(id) => integration.guid.as_deref().is_some_and(|guid| guid.eq_ignore_ascii_case(id)),
            Audience::Name(name) => integration.name.as_deref() == Some(name),
        }
    }
}

/// Whether `text` is a UUID in the usual form; not in braces, not without hyphens.
fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// `data lake` → `TOKCORE_AUDIENCE_DATA_LAKE`.
fn variable(logical_name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("TOKCORE_AUDIENCE_{}", logical_name.chars().map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_sent_in_lower_case_and_anything_else_verbatim() {
        let world = Context::default();
        let parse = |text| Audience::parse(&world, text).unwrap();
        assert_eq!(
            parse("75CC881C-25B4-53F2-BB9E-F7459F7C909E"),
            Audience::Id("75cc881c-25b4-53f2-bb9e-f7459f7c909e".into())
        );
        assert_eq!(parse("name:box-integration"), Audience::Name("box-integration".into()));
        assert_eq!(parse("Whatever"), Audience::Id("Whatever".into()));
        assert!(Audience::parse(&world, "").is_err());
        assert!(Audience::parse(&world, "name:").is_err());
        assert!(Audience::parse(&world, "a\r\nb").is_err());
    }

    #[test]
    fn a_logical_name_names_its_variable() {
        assert_eq!(variable("data lake-2"), "TOKCORE_AUDIENCE_DATA_LAKE_2");
    }
}
