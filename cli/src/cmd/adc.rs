//! `tokcore adc`: the application default credentials of this machine.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use tokcore::{Error, Kind, google};

use crate::exit;
use crate::output;

/// Tell where the application default credentials are, which Google's own tools use too
///
/// The file that GOOGLE_APPLICATION_CREDENTIALS names, else the one that gcloud keeps.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gcloud auth application-default login && cat \"$(tokcore adc print-path)\"
  tokcore explain --methods app_default      # what is in it, without secrets")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the path of the file, where it is or would be; status 3 if there is none
    PrintPath(PrintPath),
}

#[derive(Debug, Args)]
struct PrintPath {
    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    json: bool,
}

/// The members of the answer.
#[derive(Serialize)]
struct Answer<'a> {
    path: &'a str,
    exists: bool,
    named_by_variable: bool,
}

impl Arguments {
    pub fn wants_json(&self) -> bool {
        let Action::PrintPath(options) = &self.action;
        options.json
    }
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let file = google::adc_file().ok_or_else(|| {
        Error::new(Kind::NotConfigured, "there is no home folder, and so no place for application default credentials")
            .with_hint("set HOME, or name a file with GOOGLE_APPLICATION_CREDENTIALS")
    })?;
    match arguments.wants_json() {
        true => output::json(&Answer { path: &file.path, exists: file.exists, named_by_variable: file.is_named })?,
        false => tell(&file)?,
    }
    Ok(match file.exists {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(exit::status(Kind::NotConfigured)),
    })
}

/// The path is data, also where nothing is; what is missing there is prose.
fn tell(file: &google::AdcFile) -> Result<(), Error> {
    output::data(&file.path)?;
    match (file.exists, file.is_named) {
        (true, _) => {}
        (false, true) => {
            eprintln!("there is no such file, though GOOGLE_APPLICATION_CREDENTIALS names it; no other is looked for")
        }
        (false, false) => eprintln!(
            "there is no such file, and GOOGLE_APPLICATION_CREDENTIALS, which would name another, is not set\n\
             next: `gcloud auth application-default login` writes this one; CLOUDSDK_CONFIG names another folder of gcloud's"
        ),
    }
    Ok(())
}
