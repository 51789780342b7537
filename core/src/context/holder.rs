//! Who listens on a port, from what Linux shows of itself under `/proc`.

#![allow(clippy::disallowed_methods, reason = "this folder is where the world is reached")]

use std::fs;

/// The state column of a listening socket.
const LISTENING: &str = "0A";

/// The program that listens on `port`, over either family. Only processes of the same user can be looked into.
pub(super) fn of_port(port: u16) -> Option<String> {
    let inodes: Vec<u64> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table, port))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    let links: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let mut ids =
        fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let id = ids.find(|id| has_open(*id, &links))?;
    let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    Some(match name.trim() {
        "" => format!("process {id}"),
        name => format!("{name} (process {id})"),
    })
}

/// The inodes of the sockets in a table of `/proc/net` that listen on `port`.
fn listeners(table: &str, port: u16) -> Vec<u64> {
    let suffix = format!(":{port:04X}");
    let rows = table.lines().skip(1).map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(1).is_some_and(|local| local.ends_with(&suffix)) && row.get(3) == Some(&LISTENING))
        .filter_map(|row| row.get(9)?.parse().ok())
        .collect()
}

/// Whether this process has one of these sockets open.
fn has_open(process: u32, links: &[String]) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    open.flatten()
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|target| links.iter().any(|link| target.as_os_str() == link.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0582 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
   1: 0100007F:0582 0100007F:A000 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 100 0 0 10 0
   2: 0100007F:1582 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1 0 100 0 0 10 0";

    #[test]
    fn only_the_listener_of_that_port_counts() {
        assert_eq!(listeners(TABLE, 0x582), [4711]);
        assert!(listeners(TABLE, 0x583).is_empty());
        assert!(listeners("nonsense", 1).is_empty());
    }

    #[test]
    fn a_listener_of_this_process_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let holder = of_port(listener.local_addr().expect("an address").port()).expect("a holder");
        assert!(holder.ends_with(&format!("(process {})", std::process::id())), "{holder}");
    }
}
