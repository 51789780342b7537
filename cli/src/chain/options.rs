//! What is asked of the chain: a flag for each option that is common, `--set` for all others.

use std::path::{Path, PathBuf};

use clap::Args;
use tokcore::{Chain, ChainRequest, Error, Settings};

use super::UserOptions;
use super::file::add_key_file;
use crate::oauth::SharedOptions;
use crate::store::StoreOption;

/// What is asked of the chain of credentials.
#[derive(Debug, Args)]
#[command(next_help_heading = "Chain of credentials")]
pub struct ChainOptions {
    #[command(flatten)]
    user: UserOptions,

    /// File of credentials, of any type that Google's tools write, - for standard input
    /// [default: what GOOGLE_APPLICATION_CREDENTIALS names, else what gcloud left]
    #[arg(long, value_name = "FILE", visible_alias = "service-account")]
    path: Option<PathBuf>,

    /// Variable with the key of that file, where `tokcore secret` or gargle encrypted it
    #[arg(long, value_name = "VARIABLE", requires = "path")]
    key_env: Option<String>,

    /// Of the service accounts of this machine of Google's, the one with this address
    /// [default: the machine's own]
    #[arg(long, value_name = "EMAIL")]
    machine_account: Option<String>,

    /// The user whom a service account stands in for
    #[arg(long, value_name = "EMAIL")]
    subject: Option<String>,

    /// The service account whose identity is taken on with what was found
    #[arg(long, value_name = "EMAIL")]
    impersonate: Option<String>,

    /// Service accounts between the credential and that one, with commas between
    #[arg(long, value_name = "EMAILS", value_delimiter = ',')]
    delegates: Vec<String>,

    /// How long the token of an impersonated account lasts [default: 3600]
    #[arg(long, value_name = "SECONDS")]
    lifetime: Option<i64>,

    /// An ID token, for the one --audience, instead of an access token
    #[arg(long)]
    id_token: bool,

    /// The project that requests are charged to [default: what GOOGLE_CLOUD_QUOTA_PROJECT
    /// says, else what the file says]
    #[arg(long, value_name = "PROJECT")]
    quota_project: Option<String>,

    /// Ask these methods only, with commas between, such as service_account,app_default
    /// [default: all; `tokcore explain` lists them]
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    methods: Vec<String>,

    /// Do not ask these methods, with commas between; nor those that TOKCORE_DISABLE names
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    disable: Vec<String>,
}

impl ChainOptions {
    /// Whether any of them was given.
    pub fn are_given(&self) -> bool {
        self.user.are_given()
            || self.texts().iter().any(|(_, text)| text.is_some())
            || self.lists().iter().any(|(_, list)| !list.is_empty())
            || self.path.is_some()
            || self.lifetime.is_some()
            || self.id_token
    }

    /// The request. Effects: `[disk]`; reads standard input for `-`.
    ///
    /// Errors: `InvalidArgument` for options that do not go together, and for a key among the arguments; `ConfigInvalid`
    /// for an option that nobody knows.
    pub fn request(&self, shared: &SharedOptions, store: &StoreOption, chain: &Chain) -> Result<ChainRequest, Error> {
        let reads_stdin = [self.user.reads_stdin(), self.path.as_deref() == Some(Path::new("-"))];
        shared.check_stdin(reads_stdin.into_iter().filter(|reads| *reads).count())?;
        let mut settings = Settings::new();
        match self.id_token {
            true => settings.set("id_token_audience", shared.the_audience()?)?,
            false => shared.refuse_audience()?,
        }
        self.add_to(&mut settings)?;
        self.user.add_to(&mut settings, store)?;
        shared.add_to(&mut settings)?;
        ChainRequest::from_settings(settings, chain)
    }

    fn add_to(&self, settings: &mut Settings) -> Result<(), Error> {
        for (name, value) in self.texts() {
            if let Some(value) = value {
                settings.set(name, value)?;
            }
        }
        for (name, values) in self.lists() {
            for value in values {
                settings.add(name, value.as_str())?;
            }
        }
        if let Some(file) = &self.path {
            add_key_file(settings, "path", file)?;
        }
        if let Some(seconds) = self.lifetime {
            settings.set("lifetime_s", seconds)?;
        }
        Ok(())
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("key", self.key_env.as_deref()),
            ("service_account", self.machine_account.as_deref()),
            ("subject", self.subject.as_deref()),
            ("impersonate", self.impersonate.as_deref()),
            ("quota_project", self.quota_project.as_deref()),
        ]
    }

    fn lists(&self) -> [(&'static str, &[String]); 3] {
        [("delegates", &self.delegates), ("methods", &self.methods), ("disable", &self.disable)]
    }
}
