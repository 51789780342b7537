//! `tokcore secret`: files that lie in a repository, encrypted, and the keys that open them.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use tokcore::secrets::{self, Format, Key};
use tokcore::{Error, Kind};
use zeroize::Zeroizing;

use crate::oauth::secrets as given;
use crate::output;

/// More than any key or token. Units: bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Encrypt a key file that lies in a repository, and decrypt it where the key is
///
/// The key lies in a variable or a file, never among the arguments, which other users can
/// see. Files of gargle and httr2 are read too, and written with --format gargle.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  export MY_PROJECT_KEY=$(tokcore secret make-key)
  tokcore secret encrypt key.json --output secret.json --key-env MY_PROJECT_KEY
  tokcore secret decrypt secret.json --key-env MY_PROJECT_KEY
  tokcore token --scopes drive --path secret.json --key-env MY_PROJECT_KEY")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print a fresh key
    MakeKey(MakeKey),
    /// Encrypt a file, every byte of it
    Encrypt(Encrypt),
    /// Decrypt a file, whichever of the two formats it has
    Decrypt(Decrypt),
}

#[derive(Debug, Args)]
struct MakeKey {
    /// Its size in bytes: 32, 24, or 16 as gargle's keys have
    #[arg(long, value_name = "BYTES", default_value_t = 32)]
    bytes: usize,
}

#[derive(Debug, Args)]
struct Encrypt {
    #[command(flatten)]
    files: Files,

    /// gargle is for what gargle and httr2 have to read: a wrong key, or a change, is not
    /// noticed then
    #[arg(long, value_enum, default_value = "tokcore")]
    format: Written,
}

#[derive(Debug, Args)]
struct Decrypt {
    #[command(flatten)]
    files: Files,

    /// Fail unless JSON comes out: so a wrong key is noticed in gargle's format too
    #[arg(long)]
    check_json: bool,
}

/// What comes in, what goes out, and the key.
#[derive(Debug, Args)]
struct Files {
    /// The file, - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,

    /// Write to this file, for its owner alone; it may be FILE itself [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    key: KeyOptions,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct KeyOptions {
    /// Variable that holds the key, as `tokcore secret make-key` prints it
    #[arg(long, value_name = "VARIABLE")]
    key_env: Option<String>,

    /// File that holds the key, - for standard input
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// [`Format`], as the command line names it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Written {
    Tokcore,
    Gargle,
}

impl From<Written> for Format {
    fn from(written: Written) -> Self {
        match written {
            Written::Tokcore => Format::Tokcore,
            Written::Gargle => Format::Gargle,
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    match &arguments.action {
        Action::MakeKey(options) => output::data(secrets::make_key(options.bytes)?.expose()),
        Action::Encrypt(options) => encrypt(options),
        Action::Decrypt(options) => decrypt(options),
    }
}

fn encrypt(Encrypt { files, format }: &Encrypt) -> Result<(), Error> {
    let (key, format) = (files.key()?, Format::from(*format));
    let text = secrets::encrypt(&files.read()?, &key, format)?;
    match &files.output {
        Some(file) => secrets::write_encrypted(file, text),
        // gargle cannot read the end of a line.
        None if format == Format::Gargle => print(text.as_bytes()),
        None => output::data(&text),
    }
}

fn decrypt(Decrypt { files, check_json }: &Decrypt) -> Result<(), Error> {
    let key = files.key()?;
    let text = files.read()?;
    let content = match check_json {
        true => Zeroizing::new(secrets::decrypt_json(&text, &key)?.expose().as_bytes().to_vec()),
        false => secrets::decrypt(&text, &key)?,
    };
    match &files.output {
        Some(file) => secrets::write_file(file, &content),
        None => print(&content),
    }
}

/// Prints bytes as they are: what goes through a pipe must be the file.
fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|cause| match cause.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Kind::Cancelled, "the reader of the output has gone away"),
        _ => Error::new(Kind::InvalidArgument, format!("stdout cannot be written: {}", cause.kind()))
            .with_hint("check where the output goes, or name a file with --output"),
    })
}

impl Files {
    fn key(&self) -> Result<Key, Error> {
        match (&self.key.key_env, &self.key.key_file) {
            (Some(variable), _) => Key::from_variable(variable),
            (None, Some(file)) if file == Path::new("-") && self.is_stdin() => {
                Err(Error::new(Kind::InvalidArgument, "standard input cannot be the key and the file")
                    .with_hint("name the file, or give the key in a variable"))
            }
            (None, Some(file)) => Key::from_text(&given::read(file)?),
            // clap has seen to it that there is one.
            (None, None) => Err(secrets::not_a_key()),
        }
    }

    fn is_stdin(&self) -> bool {
        self.file == Path::new("-")
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if !self.is_stdin() {
            return secrets::read_file(&self.file);
        }
        if io::stdin().is_terminal() {
            return Err(Error::new(Kind::InvalidArgument, "- means standard input, which is a terminal")
                .with_hint("send the file through a pipe, or name it"));
        }
        let mut content = Zeroizing::new(Vec::new());
        io::stdin().lock().take(LONGEST).read_to_end(&mut content).map_err(|cause| {
            Error::new(Kind::ConfigInvalid, format!("standard input cannot be read: {}", cause.kind()))
                .with_hint("name the file instead")
        })?;
        Ok(content)
    }
}
