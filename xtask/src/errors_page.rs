//! The table of kinds in the user guide: the part of docs/errors.md between two comments. The rest is written by hand.

use std::fmt::Write;

use anyhow::{Context, Result};

use crate::generated::{self, Generated};
use crate::table::{Kind, Retry};

const PATH: &str = "docs/errors.md";
const BEGIN: &str = "<!-- kinds: written by `cargo xtask kinds` from core/src/kinds.rs; do not edit -->\n";
const END: &str = "<!-- end of kinds -->\n";

pub fn file() -> Result<Generated> {
    Ok(Generated { path: PATH, text: with_table(&generated::read(PATH)?, Kind::ALL)? })
}

/// The page with a new table in the place of its old one.
fn with_table(page: &str, kinds: &[Kind]) -> Result<String> {
    let marks = || format!("{PATH} needs the two comments between which the table stands");
    let (head, rest) = page.split_once(BEGIN).with_context(marks)?;
    let (_, tail) = rest.split_once(END).with_context(marks)?;
    Ok(format!("{head}{BEGIN}\n{}\n{END}{tail}", table(kinds)))
}

fn table(kinds: &[Kind]) -> String {
    let mut text = String::from("| Kind | Slug | Code | Means | What to do | Again? |\n|---|---|--:|---|---|---|\n");
    for kind in kinds {
        let again = match kind.retry() {
            Retry::No => "no",
            Retry::Yes => "yes",
            Retry::Once => "once",
        };
        let [meaning, next_step] = [kind.meaning(), kind.next_step()].map(cell);
        let (name, slug, code) = (kind.name(), kind.slug(), kind.code());
        let _ = writeln!(text, "| `{name}` | `{slug}` | {code} | {meaning} | {next_step} | {again} |");
    }
    text
}

/// As the text of one cell. The table's texts have no bar yet; the escape is for those to come.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_between_the_comments_changes() {
        let page = format!("# Head\n\n{BEGIN}an obsolete table\n{END}\nTail\n");
        let text = with_table(&page, Kind::ALL).unwrap();
        assert!(text.starts_with(&format!("# Head\n\n{BEGIN}\n| Kind |")), "{text}");
        assert!(text.ends_with(&format!(" |\n\n{END}\nTail\n")), "{text}");
        assert!(!text.contains("obsolete"));
        assert_eq!(with_table(&text, Kind::ALL).unwrap(), text);
    }

    #[test]
    fn a_page_without_the_comments_is_refused() {
        assert!(with_table("# Head\n", Kind::ALL).is_err());
        assert!(with_table(&format!("{BEGIN}\n"), Kind::ALL).is_err());
    }

    #[test]
    fn every_kind_has_a_row_of_six_cells() {
        let table = table(Kind::ALL);
        assert_eq!(table.lines().count(), Kind::ALL.len() + 2);
        assert!(table.lines().all(|row| row.replace("\\|", "").matches('|').count() == 7), "{table}");
        assert_eq!(cell("a|b"), "a\\|b");
    }

    #[test]
    fn the_committed_page_is_up_to_date() {
        assert!(file().unwrap().text == generated::read(PATH).unwrap(), "run `cargo xtask kinds`");
    }
}
