//! `tokcore export`: stored credentials in one sealed file, for another machine.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use tokcore::{Error, Kind};

use crate::output;
use crate::store::{FilterOptions, PassphraseOptions, StoreOption};

/// Write stored credentials into one file, sealed under a passphrase
///
/// `tokcore import` reads it on another machine. From then on both machines have the same
/// grants: where a server gives a new refresh token each time, only one of them can go on
/// using them, so sign out or remove them (`tokcore logout --no-revoke`) here.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore export credentials.tokcore
  tokcore export - --account alice --passphrase-file phrase.txt | ssh server tokcore import - --passphrase-env PHRASE")]
pub struct Arguments {
    /// The file to make, - for standard output. One that is there is not touched
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    passphrase: PassphraseOptions,

    #[command(flatten)]
    filter: FilterOptions,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Serialize)]
struct Answer {
    exported: usize,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let to_stdout = arguments.file == Path::new("-");
    check(arguments, to_stdout)?;
    let store = arguments.store.open()?;
    let selection = arguments.filter.selection();
    let exported = store.list(&selection)?.len();
    if exported == 0 {
        return Err(Error::new(Kind::NotFound, "no such credential is stored, so there is nothing to export")
            .with_hint("see what `tokcore list` shows"));
    }
    let sealed = store.export(&selection, &arguments.passphrase.new_one()?)?;
    let written = if to_stdout { io::stdout().lock().write_all(&sealed) } else { write(&arguments.file, &sealed) };
    written.map_err(|cause| refused(&arguments.file, &cause))?;
    match arguments.json && !to_stdout {
        true => output::json(&Answer { exported }),
        false => {
            eprintln!("{} exported", output::counted(exported, "credential"));
            Ok(())
        }
    }
}

/// Before anybody is asked for a passphrase.
fn check(arguments: &Arguments, to_stdout: bool) -> Result<(), Error> {
    if to_stdout && io::stdout().is_terminal() {
        return Err(Error::new(Kind::InvalidArgument, "- means standard output, which is a terminal")
            .with_hint("send it through a pipe, or name a file"));
    }
    if !to_stdout && arguments.file.exists() {
        return Err(refused(&arguments.file, &io::ErrorKind::AlreadyExists.into()));
    }
    Ok(())
}

/// A new file, for its owner alone.
fn write(file: &Path, sealed: &[u8]) -> io::Result<()> {
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    made.write_all(sealed)?;
    made.sync_all()
}

fn refused(file: &Path, cause: &io::Error) -> Error {
    let hint = match cause.kind() {
        io::ErrorKind::AlreadyExists => "name a file that is not there yet",
        _ => "name a file in a folder that you may write to",
    };
    Error::new(Kind::InvalidArgument, format!("{} cannot be written: {}", file.display(), cause.kind())).with_hint(hint)
}
