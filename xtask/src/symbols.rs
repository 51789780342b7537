//! What the shared library exports: the list, the linker's version script, and the comparison with a library.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::generated::Generated;

/// The functions of an interface and the version that brought each.
pub struct Symbols {
    abi: u32,
    since: BTreeMap<String, String>,
}

/// Reads the functions, their "Since" and the number of the interface from the header.
pub fn of_header(header: &str) -> Result<Symbols> {
    let abi = header
        .lines()
        .find_map(|line| line.strip_prefix("#define TOKCORE_ABI "))
        .context("the header does not define TOKCORE_ABI")?
        .trim()
        .parse()?;
    let mut since = BTreeMap::new();
    let mut newest = None;
    for line in header.lines() {
        if let Some((_, rest)) = line.split_once("Since: ") {
            newest = Some(rest.trim_end_matches([' ', '*', '/']).trim_end_matches('.').to_owned());
        } else if let Some(name) = function(line) {
            let version = newest.take().with_context(|| format!("{name} does not say since when it exists"))?;
            ensure!(since.insert(name.to_owned(), version).is_none(), "{name} is declared twice");
        }
    }
    ensure!(!since.is_empty(), "the header declares no function");
    Ok(Symbols { abi, since })
}

/// The function that a line begins to declare.
fn function(line: &str) -> Option<&str> {
    if line.starts_with([' ', '#', '*', '/']) || line.starts_with("typedef") {
        return None;
    }
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    name.starts_with("tokcore_").then_some(name)
}

pub fn files(symbols: &Symbols) -> [Generated; 2] {
    let mut list = String::from("# What libtokcore exports: function, and the version that brought it.\n");
    let mut map = format!("TOKCORE_{} {{\n  global:\n", symbols.abi);
    for (name, since) in &symbols.since {
        let _ = writeln!(list, "{name} {since}");
        let _ = writeln!(map, "    {name};");
    }
    map.push_str("  local:\n    *;\n};\n");
    [Generated { path: "include/tokcore.symbols", text: list }, Generated { path: "include/tokcore.map", text: map }]
}

/// Fails unless `library` exports exactly these functions, with the version of the interface.
pub fn compare(symbols: &Symbols, library: &Path) -> Result<()> {
    let nm =
        Command::new("nm").args(["-D", "--defined-only"]).arg(library).output().context("`nm` cannot be started")?;
    ensure!(nm.status.success(), "nm: {}", String::from_utf8_lossy(&nm.stderr).trim());
    let version = format!("TOKCORE_{}", symbols.abi);
    let expected: Vec<_> = symbols.since.keys().map(|name| format!("{name}@@{version}")).collect();
    let printed = String::from_utf8(nm.stdout)?;
    let mut found: Vec<_> = printed.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    // The version itself is an absolute symbol.
    found.retain(|symbol| *symbol != version && *symbol != format!("{version}@@{version}"));
    found.sort_unstable();
    let missing: Vec<_> = expected.iter().filter(|symbol| !found.contains(&symbol.as_str())).collect();
    let surplus: Vec<_> = found.iter().filter(|symbol| !expected.iter().any(|name| name == *symbol)).collect();
    if missing.is_empty() && surplus.is_empty() {
        println!("{}: {} functions, all of version {version}", library.display(), found.len());
        return Ok(());
    }
    bail!(
        "{} exports other functions than include/tokcore.symbols: missing {missing:?}, surplus {surplus:?}",
        library.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "#define TOKCORE_ABI 3\n/**\n * One. Since: 0.1.0.\n */\nconst char *tokcore_one(void);\n\
        /**\n * Two.\n *\n * Since: 0.2.0.\n */\ntokcore_status tokcore_two(int a,\n    int b);\n";

    #[test]
    fn functions_and_their_age_come_from_the_header() {
        let [list, map] = files(&of_header(HEADER).unwrap());
        assert!(list.text.ends_with("\ntokcore_one 0.1.0\ntokcore_two 0.2.0\n"), "{}", list.text);
        assert!(map.text.starts_with("TOKCORE_3 {\n  global:\n    tokcore_one;\n    tokcore_two;\n"), "{}", map.text);
    }

    #[test]
    fn a_function_of_unknown_age_is_refused() {
        assert!(of_header("#define TOKCORE_ABI 0\nint tokcore_old(void);").is_err());
    }
}
