//! The tables of settings in the user guide, from the doc comments of the core: parts of docs/client-file.md and
//! docs/credential-chain.md.

use std::fmt::Write;

use anyhow::{Context, Result, bail};

use crate::generated::{self, Generated};

/// A page, and its tables: source, struct, and the marks around it.
type Page = (&'static str, &'static [(&'static str, &'static str, [&'static str; 2])]);

const PAGES: [Page; 2] = [
    (
        "docs/client-file.md",
        &[
            (
                "core/src/settings/client.rs",
                "ClientSettings",
                [
                    "<!-- client settings: written by `cargo xtask settings` from core/src/settings/client.rs; do not edit -->\n",
                    "<!-- end of client settings -->\n",
                ],
            ),
            (
                "core/src/settings/request.rs",
                "TokenRequest",
                [
                    "<!-- request settings: written by `cargo xtask settings` from core/src/settings/request.rs; do not edit -->\n",
                    "<!-- end of request settings -->\n",
                ],
            ),
        ],
    ),
    (
        "docs/credential-chain.md",
        &[(
            "core/src/chain/request.rs",
            "ChainRequest",
            [
                "<!-- chain settings: written by `cargo xtask settings` from core/src/chain/request.rs; do not edit -->\n",
                "<!-- end of chain settings -->\n",
            ],
        )],
    ),
];

pub fn files() -> Result<Vec<Generated>> {
    PAGES.iter().map(file).collect()
}

fn file((path, tables): &Page) -> Result<Generated> {
    let mut page = generated::read(path)?;
    for (source, name, marks) in *tables {
        let fields = fields(&generated::read(source)?, name).with_context(|| format!("{source} cannot be read"))?;
        page = generated::between(path, &page, *marks, &table(&fields))?;
    }
    Ok(Generated { path, text: page })
}

/// One setting.
#[derive(Debug, Default, PartialEq, Eq)]
struct Field {
    name: String,
    value: &'static str,
    meaning: String,
}

/// The fields of the struct `name`, as its source has them: doc comment, attributes, field.
fn fields(source: &str, name: &str) -> Result<Vec<Field>> {
    let begin = format!("pub struct {name} {{\n");
    let (_, body) = source.split_once(&begin).with_context(|| format!("there is no struct {name}"))?;
    let (body, _) = body.split_once("\n}\n").context("the struct does not end")?;
    let (mut fields, mut meaning, mut attribute) = (Vec::new(), Vec::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            meaning.push(words.trim());
        } else if line.starts_with("#[serde") {
            attribute = line.to_owned();
        } else if let Some((name, kind)) = line.strip_prefix("pub ").and_then(|field| field.split_once(": ")) {
            let name = quoted(&attribute, "rename").unwrap_or(name).to_owned();
            let value = value(kind.trim_end_matches(','), quoted(&attribute, "deserialize_with"));
            fields.push(Field { value: value.with_context(|| name.clone())?, name, meaning: meaning.join(" ") });
            meaning.clear();
            attribute.clear();
        }
    }
    Ok(fields)
}

/// The text of `key = "text"`.
fn quoted<'a>(attribute: &'a str, key: &str) -> Option<&'a str> {
    attribute.split_once(&format!("{key} = \""))?.1.split('"').next()
}

/// What to write as the value, for a field of this type that is read in this way.
fn value(kind: &str, reader: Option<&str>) -> Result<&'static str> {
    let kind = kind.strip_prefix("Option<").map_or(kind, |inner| inner.trim_end_matches('>'));
    Ok(match (reader, kind) {
        (Some("address"), _) => "URL",
        (Some("words" | "scopes"), _) => "list, or words",
        (Some("texts"), _) => "text or list",
        (Some("parameters" | "claims"), _) | (_, "Map<String, Value>") => "table",
        (Some("seconds"), _) => "seconds",
        (Some("milliseconds"), _) => "milliseconds",
        (_, "Secret") => "secret",
        (_, "bool") => "true or false",
        (_, "PathBuf") => "path",
        (_, "u16" | "u64" | "f64") => "number",
        (_, "Email") => "text, or true or false",
        (_, "Vec<u16>") => "list of numbers",
        // A text, or one of the words of an enumeration.
        (None, kind) if kind.chars().all(char::is_alphanumeric) => "text",
        (reader, kind) => bail!("no words for the type {kind} read by {reader:?}: add them to xtask"),
    })
}

fn table(fields: &[Field]) -> String {
    let mut text = String::from("| Setting | Value | Meaning |\n|---|---|---|\n");
    for Field { name, value, meaning } in fields {
        let _ = writeln!(
            text,
            "| `{name}` | {value} | {} |",
            meaning.replace('|', "\\|").replace("; see [`GrantKind`]", "")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
/// Unrelated.
pub struct Given {
    /// First line,
    /// second line.
    pub plain: Option<String>,
    /// Pause. Units: seconds.
    #[serde(rename = \"pause_s\", deserialize_with = \"seconds\")]
    pub pause: Option<Duration>,
}
";

    #[test]
    fn fields_have_the_names_and_the_words_of_the_source() {
        let fields = fields(SOURCE, "Given").unwrap();
        assert_eq!(
            fields[0],
            Field { name: "plain".into(), value: "text", meaning: "First line, second line.".into() }
        );
        assert_eq!((fields[1].name.as_str(), fields[1].value), ("pause_s", "seconds"));
    }

    #[test]
    fn a_type_without_words_is_refused() {
        assert!(value("Vec<Duration>", None).is_err());
    }

    #[test]
    fn the_committed_pages_are_up_to_date() {
        for Generated { path, text } in files().unwrap() {
            assert!(text == generated::read(path).unwrap(), "{path}: run `cargo xtask settings`");
        }
    }
}
