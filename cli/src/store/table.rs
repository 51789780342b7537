//! Stored credentials as a table for people.

use comfy_table::{Table, presets};
use jiff::Timestamp;
use tokcore::Entry;

use super::listed::client_of;
use crate::oauth::distance;
use crate::output::printable;

/// As many digits of a key as tell a few thousand credentials apart.
const DIGITS: usize = 8;
/// Longer lists of scopes are cut: Google's alone would fill a line. Units: characters.
const WIDEST: usize = 40;

/// The beginning of a key, which is enough to name it.
pub fn short(key: &str) -> &str {
    key.get(..DIGITS).unwrap_or(key)
}

/// One line for each.
pub fn of_entries(entries: &[Entry]) -> String {
    let mut table = Table::new();
    let header = ["ACCOUNT", "CLIENT", "SCOPES", "STATE", "EXPIRES", "LAST USED", "KEY"];
    table.load_preset(presets::NOTHING).set_header(header);
    let now = Timestamp::now().as_second();
    for entry in entries {
        table.add_row(row(entry, now));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn row(entry: &Entry, now_unix_s: i64) -> [String; 7] {
    let at = |moment: Option<i64>| moment.map_or("-".to_owned(), |moment| distance(moment - now_unix_s));
    let mark = if entry.is_default { " (default)" } else { "" };
    let account = entry.account.as_deref().map_or("-".into(), printable);
    let client = Some(client_of(entry)).filter(|client| !client.is_empty()).unwrap_or("-");
    [
        format!("{account}{mark}"),
        printable(client),
        scopes(entry),
        entry.state.slug().to_owned(),
        at(entry.expires_at_unix_s),
        at(entry.last_used_at_unix_s),
        short(&entry.key).to_owned(),
    ]
}

fn scopes(entry: &Entry) -> String {
    let all = printable(&entry.scopes.join(" "));
    match all.char_indices().nth(WIDEST) {
        _ if all.is_empty() => "-".to_owned(),
        Some((end, _)) => format!("{}…", all[..end].trim_end()),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(account: Option<&str>, scopes: &[&str]) -> Entry {
        let mut entry = Entry::default();
        entry.key = "3f09ab12".repeat(8);
        entry.account = account.map(str::to_owned);
        entry.client_id = "my-app".to_owned();
        entry.scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        entry
    }

    #[test]
    fn columns_stand_below_each_other() {
        let mut default = entry(Some("alice"), &["openid", "read"]);
        default.is_default = true;
        assert_eq!(
            of_entries(&[default, entry(None, &[])]),
            "ACCOUNT          CLIENT  SCOPES       STATE       EXPIRES  LAST USED  KEY\n\
             alice (default)  my-app  openid read  unreadable  -        -          3f09ab12\n\
             -                my-app  -            unreadable  -        -          3f09ab12"
        );
    }

    #[test]
    fn what_a_server_named_cannot_move_the_cursor_and_long_scopes_are_cut() {
        let long = "https://www.googleapis.com/auth/cloud-platform.read-only";
        let table = of_entries(&[entry(Some("a\u{1b}[2Jb\nc"), &[long])]);
        assert!(!table.contains('\u{1b}') && table.lines().count() == 2, "{table}");
        assert!(table.contains('…') && !table.contains(long), "{table}");
    }
}
