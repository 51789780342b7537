//! `cargo xtask`: writes the files that are generated from others. With `--check` it only compares, and fails on drift.

mod errors_page;
mod generated;
mod header;
mod kinds;
#[path = "../../core/src/reason.rs"]
#[allow(dead_code)]
mod reasons;
mod settings_page;
mod symbols;
/// The table of kinds itself, read as a file: it needs nothing else of core, and so this task needs no build of core.
#[path = "../../core/src/kinds.rs"]
#[allow(dead_code)]
mod table;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Writes the files that are generated from others")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Condition classes of R, exceptions of Python and the tables in docs/errors.md, from core/src/kinds.rs and reason.rs
    Kinds(Mode),
    /// The tables in docs/client-file.md and docs/credential-chain.md, from the core
    Settings(Mode),
    /// include/tokcore.h, from ffi/src and core/src/kinds.rs
    Header(Mode),
    /// include/tokcore.symbols and include/tokcore.map, from the header
    Symbols {
        #[command(flatten)]
        mode: Mode,
        /// Also compare with what this shared library exports
        #[arg(long, value_name = "FILE")]
        library: Option<PathBuf>,
    },
}

#[derive(Args, Clone, Copy)]
struct Mode {
    /// Change nothing; fail when a file differs
    #[arg(long)]
    check: bool,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().task {
        Task::Kinds(mode) => {
            let mut files = Vec::from(kinds::files());
            files.push(errors_page::file()?);
            generated::settle("kinds", &files, mode.check)
        }
        Task::Settings(mode) => generated::settle("settings", &settings_page::files()?, mode.check),
        Task::Header(mode) => generated::settle("header", &[header::file()?], mode.check),
        Task::Symbols { mode, library } => {
            let symbols = symbols::of_header(&generated::read(header::PATH)?)?;
            generated::settle("symbols", &symbols::files(&symbols), mode.check)?;
            library.map_or(Ok(()), |library| symbols::compare(&symbols, &library))
        }
    }
}
