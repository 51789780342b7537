//! The tables of kinds and reasons in the user guide: the parts of docs/errors.md between comments. The rest is written by
//! hand.

use std::fmt::Write;

use anyhow::Result;

use crate::generated::{self, Generated};
use crate::reasons::Reason;
use crate::table::{Kind, Retry};

const PATH: &str = "docs/errors.md";
const KINDS: [&str; 2] =
    ["<!-- kinds: written by `cargo xtask kinds` from core/src/kinds.rs; do not edit -->\n", "<!-- end of kinds -->\n"];
const REASONS: [&str; 2] = [
    "<!-- reasons: written by `cargo xtask kinds` from core/src/reason.rs; do not edit -->\n",
    "<!-- end of reasons -->\n",
];

pub fn file() -> Result<Generated> {
    let page = generated::between(PATH, &generated::read(PATH)?, KINDS, &kinds(Kind::ALL))?;
    Ok(Generated { path: PATH, text: generated::between(PATH, &page, REASONS, &reasons(Reason::ALL))? })
}

fn reasons(reasons: &[Reason]) -> String {
    let mut text = String::from("| Reason | Means | Kind |\n|---|---|---|\n");
    for reason in reasons {
        let _ = writeln!(text, "| `{}` | {} | `{}` |", reason.slug(), cell(reason.meaning()), reason.kind().name());
    }
    text
}

fn kinds(kinds: &[Kind]) -> String {
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
    fn every_kind_has_a_row_of_six_cells() {
        let table = kinds(Kind::ALL);
        assert_eq!(table.lines().count(), Kind::ALL.len() + 2);
        assert!(table.lines().all(|row| row.replace("\\|", "").matches('|').count() == 7), "{table}");
        assert_eq!(cell("a|b"), "a\\|b");
    }

    #[test]
    fn every_reason_has_a_row() {
        assert_eq!(reasons(Reason::ALL).lines().count(), Reason::ALL.len() + 2);
    }

    #[test]
    fn the_committed_page_is_up_to_date() {
        assert!(file().unwrap().text == generated::read(PATH).unwrap(), "run `cargo xtask kinds`");
    }
}
