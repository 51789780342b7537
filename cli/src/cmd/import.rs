//! `tokcore import`: credentials that another machine exported, or a grant that gcloud has written.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use tokcore::{Arrival, Entry, Error, Kind, NoInterrupt, Store};
use zeroize::Zeroizing;

use crate::output;
use crate::store::{PassphraseOptions, StoreOption, name_of};

/// A store of thousands of credentials is smaller. Units: bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Take over the credentials of a file that `tokcore export` made
///
/// A line for each says what came of it: `added`; `replaced`, the file's was newer; `kept`,
/// the store's is as new.
///
/// A JSON file of the type `authorized_user`, as gcloud writes it, is recognised and taken
/// over in place of what the store has of that client and account. It has no passphrase. The
/// chain (`tokcore token --scopes`) finds it for the same client.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore import credentials.tokcore
  tokcore import credentials.tokcore --passphrase-file phrase.txt --json
  tokcore import authorized_user.json --scope cloud-platform")]
pub struct Arguments {
    /// The file, - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    /// authorized_user: what the grant is good for, where the file does not say, short names such
    /// as drive too; may be repeated
    #[arg(long)]
    scope: Vec<String>,

    #[command(flatten)]
    passphrase: PassphraseOptions,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Serialize)]
struct Answer<'a> {
    credentials: Vec<ImportedJson<'a>>,
}

#[derive(Serialize)]
struct ImportedJson<'a> {
    key: &'a str,
    account: Option<&'a str>,
    client_id: &'a str,
    outcome: &'a str,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let file = read(arguments)?;
    let store = arguments.store.open()?;
    let passphrase = Store::is_sealed(&file).then(|| arguments.passphrase.known_one()).transpose()?;
    let imported = store.import(&file, passphrase.as_ref(), &arguments.scope, &NoInterrupt)?;
    if arguments.json {
        return output::json(&Answer { credentials: imported.iter().map(ImportedJson::of).collect() });
    }
    for (entry, arrival) in &imported {
        output::data(&format!("{:<12}{}", arrival.slug(), name_of(entry)))?;
    }
    eprintln!("{} read", output::counted(imported.len(), "credential"));
    Ok(())
}

impl<'a> ImportedJson<'a> {
    fn of((entry, arrival): &'a (Entry, Arrival)) -> Self {
        let (account, client_id) = (entry.account.as_deref(), entry.client_id.as_str());
        Self { key: &entry.key, account, client_id, outcome: arrival.slug() }
    }
}

fn read(arguments: &Arguments) -> Result<Zeroizing<Vec<u8>>, Error> {
    let is_stdin = arguments.file == Path::new("-");
    if is_stdin && (arguments.passphrase.is_stdin() || io::stdin().is_terminal()) {
        return Err(Error::new(Kind::InvalidArgument, "standard input cannot be the exported file")
            .with_hint("name the file, and give the passphrase in a file of its own or a variable"));
    }
    let mut content = Zeroizing::new(Vec::new());
    let outcome = match is_stdin {
        true => io::stdin().lock().take(LONGEST).read_to_end(&mut content),
        false => File::open(&arguments.file).and_then(|file| file.take(LONGEST).read_to_end(&mut content)),
    };
    outcome.map_err(|cause| {
        let (file, why) = (arguments.file.display(), cause.kind());
        Error::new(Kind::InvalidArgument, format!("{file} cannot be read: {why}"))
            .with_hint("name the file that `tokcore export` made")
    })?;
    Ok(content)
}
