//! Generated files: written, or compared with what is there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A file and what must be in it.
pub struct Generated {
    /// Relative to the root of the repository.
    pub path: &'static str,
    pub text: String,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reads a file of the repository.
pub fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("{path} cannot be read"))
}

/// `page`, the text of `path`, with `part` between the two comments `marks`, in place of what is there.
pub fn between(path: &str, page: &str, marks: [&str; 2], part: &str) -> Result<String> {
    let [begin, end] = marks;
    let missing = || format!("{path} needs the two comments {} and {}", begin.trim_end(), end.trim_end());
    let (head, rest) = page.split_once(begin).with_context(missing)?;
    let (_, tail) = rest.split_once(end).with_context(missing)?;
    Ok(format!("{head}{begin}\n{part}\n{end}{tail}"))
}

/// Writes what differs, or fails on the first difference when nothing may be changed.
pub fn settle(task: &str, files: &[Generated], check: bool) -> Result<()> {
    for Generated { path, text } in files {
        let found = read(path).unwrap_or_default();
        if found == *text {
            continue;
        }
        if check {
            let line = first_difference(&found, text);
            bail!("{path} differs from what it is generated from, first in line {line}: run `cargo xtask {task}`");
        }
        let place = root().join(path);
        place.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&place, text).with_context(|| format!("{path} cannot be written"))?;
        println!("wrote {path}");
    }
    Ok(())
}

fn first_difference(left: &str, right: &str) -> usize {
    left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count() + 1
}

#[cfg(test)]
mod tests {
    use super::{between, first_difference};

    const MARKS: [&str; 2] = ["<!-- begin -->\n", "<!-- end -->\n"];

    #[test]
    fn only_the_part_between_the_comments_changes() {
        let page = "# Head\n<!-- begin -->\nan obsolete table\n<!-- end -->\nTail\n";
        let text = between("page", page, MARKS, "new\n").unwrap();
        assert_eq!(text, "# Head\n<!-- begin -->\n\nnew\n\n<!-- end -->\nTail\n");
        assert_eq!(between("page", &text, MARKS, "new\n").unwrap(), text);
    }

    #[test]
    fn a_page_without_the_comments_is_refused() {
        assert!(between("page", "# Head\n", MARKS, "").is_err());
        assert!(between("page", "<!-- begin -->\n\n", MARKS, "").is_err());
    }

    #[test]
    fn the_first_difference_is_found_also_past_an_end() {
        assert_eq!(first_difference("a\nb\nc", "a\nx\nc"), 2);
        assert_eq!(first_difference("a", "a\nb"), 2);
        assert_eq!(first_difference("", "a"), 1);
    }
}
