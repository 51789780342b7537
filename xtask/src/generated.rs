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
    use super::first_difference;

    #[test]
    fn the_first_difference_is_found_also_past_an_end() {
        assert_eq!(first_difference("a\nb\nc", "a\nx\nc"), 2);
        assert_eq!(first_difference("a", "a\nb"), 2);
        assert_eq!(first_difference("", "a"), 1);
    }
}
