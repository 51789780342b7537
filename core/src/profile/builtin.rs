//! The list that comes with tokcore: names and hosts are found without a parser, and a table is read once its profile is
//! wanted. To read them all costs more than everything else that a program does to take a token from the store.
//!
//! So the file keeps to a form: a table begins with its name alone in a line, its hosts are one line of plain texts.

use std::borrow::Cow;

use super::listed::Listed;
use super::{Profile, Profiles, parse};

pub(super) const TEXT: &str = include_str!("profiles.toml");

/// The whole list, nothing of it read.
pub(super) fn list() -> Profiles {
    let mut list = Profiles::default();
    for line in TEXT.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            list.profiles.push(Listed::unread(name));
        } else if let (Some(hosts), Some(listed)) = (line.strip_prefix("hosts = "), list.profiles.last_mut()) {
            listed.hosts = hosts.split('"').skip(1).step_by(2).map(Cow::Borrowed).collect();
        } else if let Some(version) = line.strip_prefix("version = ") {
            list.version = version.parse().unwrap_or_default();
        }
    }
    // As a list that was parsed is in order.
    list.profiles.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    list
}

/// The profile of this name. A test reads every one, so that it can be read here.
pub(super) fn read(name: &str) -> Profile {
    let read = || Profile::read(name, parse(fields(name)).ok()?.into()).ok();
    read().unwrap_or_else(|| Profile::standard().clone())
}

/// The lines of one table.
fn fields(name: &str) -> &'static str {
    let (_, rest) = TEXT.split_once(&format!("\n[{name}]\n")).unwrap_or_default();
    rest.split("\n[").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_what_a_parser_reads() {
        let (parsed, list) = (Profiles::default().and(TEXT).expect("profiles"), list());
        assert!(list.version() >= 1 && list.names().count() > 30);
        assert_eq!(list.version(), parsed.version());
        assert_eq!(list.names().collect::<Vec<_>>(), parsed.names().collect::<Vec<_>>());
        for (one, other) in list.profiles.iter().zip(&parsed.profiles) {
            assert_eq!(one.hosts, other.hosts, "{}", one.name);
            assert_eq!(one.profile(), other.profile(), "{}", one.name);
        }
    }
}
