//! The passphrase of an exported file: from a file, a variable or the terminal, never from an argument.

use std::path::{Path, PathBuf};

use clap::Args;
use tokcore::{Error, Kind, Person, Secret, Terminal};

use crate::oauth::secrets;

/// Where the passphrase comes from. Without any of these, the terminal asks for it.
#[derive(Debug, Args)]
pub struct PassphraseOptions {
    /// File that holds the passphrase, - for standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// Variable that holds the passphrase
    #[arg(long, value_name = "VARIABLE", conflicts_with = "passphrase_file")]
    passphrase_env: Option<String>,
}

impl PassphraseOptions {
    /// One that is about to seal something; at a terminal it is typed twice. Effects: `[disk]` `[prompt]`.
    ///
    /// Errors: `InvalidArgument` when nobody can be asked, or two different ones were typed.
    pub fn new_one(&self) -> Result<Secret, Error> {
        if let Some(given) = self.given()? {
            return Ok(given);
        }
        let typed = asked("Passphrase for the file (at least 8 characters):")?;
        if asked("The same again:")?.expose() == typed.expose() {
            return Ok(typed);
        }
        Err(Error::new(Kind::InvalidArgument, "these were two different passphrases")
            .with_hint("start again and type the same one twice"))
    }

    /// One that opens something. Effects and errors: as [`PassphraseOptions::new_one`].
    pub fn known_one(&self) -> Result<Secret, Error> {
        match self.given()? {
            Some(given) => Ok(given),
            None => asked("Passphrase of the file:"),
        }
    }

    /// Whether one of them was given.
    pub fn is_given(&self) -> bool {
        self.passphrase_file.is_some() || self.passphrase_env.is_some()
    }

    /// Whether standard input is taken.
    pub fn is_stdin(&self) -> bool {
        self.passphrase_file.as_deref() == Some(Path::new("-"))
    }

    fn given(&self) -> Result<Option<Secret>, Error> {
        match (&self.passphrase_file, &self.passphrase_env) {
            (Some(file), _) => secrets::read(file).map(Some),
            (None, Some(variable)) => secrets::of_variable(variable).map(Some),
            (None, None) => Ok(None),
        }
    }
}

fn asked(question: &str) -> Result<Secret, Error> {
    let nobody = |_| {
        Error::new(Kind::InvalidArgument, "there is no terminal to ask for the passphrase at")
            .with_hint("give --passphrase-file FILE or --passphrase-env VARIABLE")
    };
    let asked = Terminal.ask(question, true);
    let answer = asked.map_err(|error| if error.kind() == Kind::Cancelled { error } else { nobody(error) })?;
    answer.filter(|text| !text.expose().is_empty()).ok_or_else(|| {
        Error::new(Kind::InvalidArgument, "no passphrase was typed").with_hint("start again and type one")
    })
}
