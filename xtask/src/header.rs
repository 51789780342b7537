//! The C header: declarations by cbindgen, versions from Cargo.toml, statuses from the table of kinds.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use cbindgen::{Builder, Config};

use crate::generated::{Generated, root};
use crate::table::Kind;

pub const PATH: &str = "include/tokcore.h";

/// The sources in the order in which a reader of the header wants them.
const SOURCES: &[&str] = &[
    "version",
    "status",
    "kind",
    "error",
    "error_calls",
    "client_options",
    "cancel",
    "user_data",
    "client",
    "client_calls",
    "credentials",
    "request",
    "integrations",
    "integration",
    "filter",
    "identity",
    "azure",
    "detection",
    "text",
    "settings",
    "settings_objects",
    "oauth_client",
    "oauth_client_calls",
    "token_source",
    "token_source_calls",
    "token_source_about",
    "chain",
    "chain_calls",
    "method",
    "explanation",
    "google",
    "google_here",
    "refusal",
    "token",
    "token_calls",
    "flow",
    "flow_prompt",
    "flow_seal",
    "person",
    "store",
    "store_calls",
    "store_moving",
    "store_custom",
    "answer",
    "entries",
    "entry",
    "oauth_client_store",
    "bytes",
    "fields",
    "metadata",
    "introspection",
    "signing_key",
    "building_blocks",
    "secret_key",
    "secrets",
];

pub fn file() -> Result<Generated> {
    let ffi = root().join("ffi");
    let sources = ffi.join("src");
    for entry in fs::read_dir(&sources)? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !SOURCES.contains(&stem.as_str()) && fs::read_to_string(&path)?.contains("unsafe(no_mangle)") {
            bail!("ffi/src/{stem}.rs exports functions: give it a place in the header (xtask/src/header.rs)");
        }
    }
    let mut config = Config::from_file(ffi.join("cbindgen.toml")).map_err(anyhow::Error::msg)?;
    config.after_includes = Some(format!("{}\n{}", versions(), statuses(Kind::ALL)));
    let mut builder = Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(sources.join(format!("{source}.rs")));
    }
    let mut text = Vec::new();
    builder.generate().context("cbindgen cannot read ffi/src")?.write(&mut text);
    let text = parenthesised(&String::from_utf8(text)?);
    check_comments(&text)?;
    Ok(Generated { path: PATH, text })
}

fn versions() -> String {
    // This package has the version of the workspace.
    let [major, minor, patch] =
        [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
    format!(
        "
/** Version of this header. */
#define TOKCORE_VERSION_MAJOR {major}
#define TOKCORE_VERSION_MINOR {minor}
#define TOKCORE_VERSION_PATCH {patch}
#define TOKCORE_VERSION_STRING \"{}\"

/** The version as one number that grows with it; see `tokcore_version_number`. */
#define TOKCORE_VERSION ((TOKCORE_VERSION_MAJOR << 16) | (TOKCORE_VERSION_MINOR << 8) | TOKCORE_VERSION_PATCH)",
        env!("CARGO_PKG_VERSION"),
    )
}

fn statuses(kinds: &[Kind]) -> String {
    let mut text = String::from("\n/** Success: every output is written, the error is left alone. */\n");
    text.push_str("#define TOKCORE_STATUS_OK 0\n");
    for kind in kinds {
        let _ = write!(
            text,
            "\n/**\n * {}\n * What to do: {}.\n */\n#define TOKCORE_STATUS_{} {}\n",
            kind.meaning(),
            kind.next_step(),
            kind.slug().to_ascii_uppercase(),
            kind.code(),
        );
    }
    text.trim_end().to_owned()
}

/// Puts negative constants in parentheses, which cbindgen does not: `1 -TOKCORE_UNKNOWN` must mean what it says.
fn parenthesised(header: &str) -> String {
    let mut text = String::with_capacity(header.len());
    for line in header.lines() {
        match line.split_once(" -").filter(|_| line.starts_with("#define ")) {
            Some((define, number)) => text.extend([define, " (-", number, ")\n"]),
            None => text.extend([line, "\n"]),
        }
    }
    text
}

/// Every function says since when it exists; every call also says who owns what it writes.
fn check_comments(header: &str) -> Result<()> {
    let mut comment = String::new();
    for line in header.lines() {
        match line.trim_start() {
            start if start.starts_with("/**") => comment.clear(),
            body if body.starts_with('*') => comment.push_str(body),
            code if code.contains(" tokcore_") || code.contains("*tokcore_") => {
                let Some((name, _)) = code.split_once('(').filter(|_| !code.starts_with("typedef")) else { continue };
                ensure!(comment.contains("Since: "), "`{name}` does not say since when it exists");
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_without_since_is_found() {
        assert!(check_comments("/**\n * Does it.\n */\nint tokcore_it(void);").is_err());
        assert!(check_comments("/**\n * Does it. Since: 0.1.0.\n */\nint tokcore_it(void);").is_ok());
    }

    #[test]
    fn negative_constants_are_safe_in_an_expression() {
        assert_eq!(parenthesised("#define A -1\n#define B 1"), "#define A (-1)\n#define B 1\n");
    }

    #[test]
    fn the_committed_header_is_up_to_date() {
        let Generated { path, text } = file().unwrap();
        assert!(text == crate::generated::read(path).unwrap(), "run `cargo xtask header`");
    }
}
