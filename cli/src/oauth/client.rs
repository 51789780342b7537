//! Which client a verb acts as: a file, or a few flags.

use std::path::PathBuf;

use clap::Args;
use tokcore::{ClientSettings, Error, Kind, OAuthClient, Settings};

use super::{secrets, setting};

/// A client file, or what it would say.
#[derive(Debug, Args)]
#[command(next_help_heading = "Client")]
pub struct ClientOptions {
    /// File that describes the client: TOML, with client_id and issuer at least
    #[arg(long, value_name = "FILE")]
    client: Option<PathBuf>,

    /// In place of a file: the issuer, whose metadata supplies the endpoints
    #[arg(long, value_name = "URL", conflicts_with = "client")]
    issuer: Option<String>,

    /// In place of a file: the client_id
    #[arg(long, value_name = "ID", conflicts_with = "client")]
    client_id: Option<String>,

    /// In place of a file: variable that holds the client secret
    #[arg(long, value_name = "VARIABLE", conflicts_with = "client")]
    client_secret_env: Option<String>,

    /// In place of a file: file that holds the client secret, - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client", "client_secret_env"])]
    client_secret_file: Option<PathBuf>,

    /// In place of a file: the token endpoint of a server without metadata
    #[arg(long, value_name = "URL", conflicts_with = "client")]
    token_endpoint: Option<String>,

    /// Any other setting of docs/client-file.md; with a file, in place of what that says
    #[arg(long, value_name = "NAME=VALUE")]
    client_set: Vec<String>,
}

impl ClientOptions {
    /// Whether any of them was given.
    pub fn are_given(&self) -> bool {
        self.client.is_some() || self.client_id.is_some() || self.issuer.is_some() || self.token_endpoint.is_some()
    }

    /// The client. Effects: `[disk]`.
    ///
    /// Errors: `InvalidArgument` when none is named; `ConfigInvalid` for one that cannot be used.
    pub fn client(&self) -> Result<OAuthClient, Error> {
        match &self.client {
            Some(file) => OAuthClient::from_file_with(file, self.settings()?),
            None if self.are_given() => OAuthClient::new(ClientSettings::from_settings(self.settings()?)?),
            None => Err(Error::new(Kind::InvalidArgument, "no client is named")
                .with_hint("give --client FILE, or --issuer URL and --client-id ID; for Google, --scopes")),
        }
    }

    fn settings(&self) -> Result<Settings, Error> {
        let mut settings = Settings::new();
        let texts = [
            ("issuer", &self.issuer),
            ("client_id", &self.client_id),
            ("client_secret_env", &self.client_secret_env),
            ("token_endpoint", &self.token_endpoint),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                settings.set(name, value.as_str())?;
            }
        }
        if let Some(file) = &self.client_secret_file {
            settings.set("client_secret", secrets::read(file)?.expose())?;
        }
        for text in &self.client_set {
            let (name, value) = setting::meant(text)?;
            settings.set(name, value)?;
        }
        Ok(settings)
    }
}
