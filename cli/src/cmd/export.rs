//! `tokcore export`: stored credentials in one sealed file, for another machine.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;
use tokcore::{Entry, Error, Kind, Secret, Store};
use zeroize::Zeroizing;

use crate::oauth::secrets;
use crate::output;
use crate::store::{FilterOptions, PassphraseOptions, StoreOption, name_of};

/// Write stored credentials into one file, sealed under a passphrase
///
/// `tokcore import` reads it on another machine. From then on both machines have the same
/// grants: where a server gives a new refresh token each time, only one of them can go on
/// using them, so sign out or remove them (`tokcore logout --no-revoke`) here.
///
/// `--format authorized_user` writes one of Google's grants for other programs, as gcloud
/// does: nothing is sealed in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore export credentials.tokcore
  tokcore export - --account alice --passphrase-file phrase.txt |
    ssh server tokcore import - --passphrase-env PHRASE
  tokcore export adc.json --format authorized_user \\
    --account alice@example.com --client-secret-file secret.txt")]
pub struct Arguments {
    /// The file to make, - for standard output. One that is there is not touched
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Sealed)]
    format: Format,

    /// authorized_user: variable that holds the client's secret, which the store does not know
    #[arg(long, value_name = "VARIABLE")]
    client_secret_env: Option<String>,

    /// authorized_user: file that holds the client's secret, - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "client_secret_env")]
    client_secret_file: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseOptions,

    #[command(flatten)]
    filter: FilterOptions,

    #[command(flatten)]
    store: StoreOption,
}

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Format {
    /// Everything that is meant, under a passphrase, for `tokcore import`
    Sealed,
    /// One of Google's grants in the clear, for other programs
    AuthorizedUser,
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
    let entries = store.list(&selection)?;
    if entries.is_empty() {
        return Err(Error::new(Kind::NotFound, "no such credential is stored, so there is nothing to export")
            .with_hint("see what `tokcore list` shows"));
    }
    let exported = entries.len();
    let content = match arguments.format {
        Format::Sealed => Zeroizing::new(store.export(&selection, &arguments.passphrase.new_one()?)?),
        Format::AuthorizedUser => in_the_clear(arguments, &store, &entries)?,
    };
    let written = if to_stdout { io::stdout().lock().write_all(&content) } else { write(&arguments.file, &content) };
    written.map_err(|cause| refused(&arguments.file, &cause))?;
    match arguments.json && !to_stdout {
        true => output::json(&Answer { exported }),
        false => {
            eprintln!("{} exported", output::counted(exported, "credential"));
            Ok(())
        }
    }
}

/// One grant as other programs read it.
fn in_the_clear(arguments: &Arguments, store: &Store, entries: &[Entry]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let [entry] = entries else {
        let names = entries.iter().map(name_of).collect::<Vec<_>>().join(", ");
        return Err(Error::new(Kind::InvalidArgument, format!("such a file holds one credential, not these: {names}"))
            .with_hint("choose one with --account, --client-id or --scope"));
    };
    let file = store.export_authorized_user(&entry.key, &client_secret(arguments)?)?;
    Ok(Zeroizing::new(format!("{}\n", file.expose()).into_bytes()))
}

fn client_secret(arguments: &Arguments) -> Result<Secret, Error> {
    match (&arguments.client_secret_file, &arguments.client_secret_env) {
        (Some(file), _) => secrets::read(file),
        (None, Some(variable)) => secrets::of_variable(variable),
        (None, None) => Err(Error::new(Kind::InvalidArgument, "such a file needs the client's secret, too")
            .with_hint("give --client-secret-file FILE or --client-secret-env VARIABLE")),
    }
}

/// Before anybody is asked for a passphrase.
fn check(arguments: &Arguments, to_stdout: bool) -> Result<(), Error> {
    let has_secret = arguments.client_secret_file.is_some() || arguments.client_secret_env.is_some();
    if has_secret && arguments.format == Format::Sealed {
        return Err(Error::new(Kind::InvalidArgument, "a sealed file holds no client's secret")
            .with_hint("leave the secret out, or give --format authorized_user"));
    }
    if arguments.passphrase.is_given() && arguments.format == Format::AuthorizedUser {
        return Err(Error::new(
            Kind::InvalidArgument,
            "a file of this format is not sealed, so that it has no passphrase",
        )
        .with_hint("leave the passphrase out, or the format"));
    }
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
fn write(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    made.write_all(content)?;
    made.sync_all()
}

fn refused(file: &Path, cause: &io::Error) -> Error {
    let hint = match cause.kind() {
        io::ErrorKind::AlreadyExists => "name a file that is not there yet",
        _ => "name a file in a folder that you may write to",
    };
    Error::new(Kind::InvalidArgument, format!("{} cannot be written: {}", file.display(), cause.kind())).with_hint(hint)
}
