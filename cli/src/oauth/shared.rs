//! What clients and the chain of credentials have in common: a few flags, and every setting by its name.

use std::path::Path;

use clap::Args;
use tokcore::{Error, Kind, Setting, Settings};

use super::{secrets, setting};

/// Flags that mean the same for a client and for the chain; `--set` for all settings without a flag.
#[derive(Clone, Debug, Default, Args)]
pub struct SharedOptions {
    /// An audience that the token is for; may be repeated
    #[arg(long)]
    audience: Vec<String>,

    /// How the answer of a sign-in comes back: auto, loopback, manual, poll, pseudo_oob, oob,
    /// device [default: what TOKCORE_FLOW says, else auto]
    #[arg(long)]
    flow: Option<String>,

    /// Only print the address of the sign-in page
    #[arg(long)]
    no_browser: bool,

    /// Any other setting, such as claims.sub=alice or on_error=continue: those of a client's
    /// request are in docs/client-file.md, the chain's in docs/credential-chain.md
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,

    /// Any other setting that is a secret, from a file, - for standard input
    #[arg(long, value_name = "NAME=FILE")]
    set_file: Vec<String>,

    /// Any other setting that is a secret, from a variable
    #[arg(long, value_name = "NAME=VARIABLE")]
    set_env: Vec<String>,
}

impl SharedOptions {
    /// Whether any of them was given.
    pub fn are_given(&self) -> bool {
        let lists = [&self.audience, &self.set, &self.set_file, &self.set_env];
        self.flow.is_some() || self.no_browser || lists.into_iter().any(|list| !list.is_empty())
    }

    /// All audiences.
    pub fn audiences(&self) -> &[String] {
        &self.audience
    }

    /// The only audience. Errors: `InvalidArgument` for none, and for several.
    pub fn the_audience(&self) -> Result<&str, Error> {
        match self.audience.as_slice() {
            [audience] => Ok(audience),
            several => {
                Err(Error::new(Kind::InvalidArgument, format!("an ID token has one audience, not {}", several.len()))
                    .with_hint("name who will check it: --audience https://service.example.com"))
            }
        }
    }

    /// Errors: `InvalidArgument` for an audience, where no ID token is wanted.
    pub fn refuse_audience(&self) -> Result<(), Error> {
        match self.audience.is_empty() {
            true => Ok(()),
            false => Err(Error::new(Kind::InvalidArgument, "--audience is for an ID token here")
                .with_hint("add --id-token, or leave --audience out; --scopes says what an access token is for")),
        }
    }

    /// Adds everything but audiences, which each takes in its own way. Effects: `[disk]`; reads standard input for `-`.
    ///
    /// Errors: those of a setting that cannot be read.
    pub fn add_to(&self, settings: &mut Settings) -> Result<(), Error> {
        if let Some(flow) = &self.flow {
            settings.set("flow", flow.as_str())?;
        }
        if self.no_browser {
            settings.set("open_browser", false)?;
        }
        for text in &self.set {
            let (name, value) = setting::meant(text)?;
            settings.set(name, value)?;
        }
        for text in &self.set_file {
            let (name, file) = setting::in_file(text)?;
            settings.set(name, Setting::from(secrets::read(file)?.expose()))?;
        }
        for text in &self.set_env {
            let (name, variable) = setting::in_variable(text)?;
            settings.set(name, Setting::from(secrets::of_variable(variable)?.expose()))?;
        }
        Ok(())
    }

    /// `others`: how many other options read standard input. Errors: `InvalidArgument` when there are several.
    pub fn check_stdin(&self, others: usize) -> Result<(), Error> {
        let files = self.set_file.iter().map(|text| setting::in_file(text)).collect::<Result<Vec<_>, _>>()?;
        match others + files.iter().filter(|(_, file)| *file == Path::new("-")).count() {
            0 | 1 => Ok(()),
            _ => Err(Error::new(Kind::InvalidArgument, "standard input cannot be two secrets")
                .with_hint("give one of them in a file")),
        }
    }
}
