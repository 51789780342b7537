//! Which token a verb wants of a client.

use std::path::{Path, PathBuf};

use clap::Args;
use tokcore::{Error, Kind, Setting, Settings, TokenRequest};

use super::{SharedOptions, secrets, setting};

/// The settings of a token request: flags for those that are common, `--set` for all others.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Token")]
pub struct RequestOptions {
    /// How the token is obtained: authorization_code, device, client_credentials, password,
    /// refresh_token, jwt_bearer, token_exchange, or a vendor's own [default:
    /// authorization_code]
    #[arg(long)]
    grant: Option<String>,

    /// A wanted scope, or several with spaces between; may be repeated [default: those of the
    /// client file]
    #[arg(long)]
    scope: Vec<String>,

    /// Which stored account is meant: an address, a pattern such as '*@example.com', any, or
    /// new for another sign-in [default: what `tokcore default` chose, else the only one]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// A resource that the token is for (RFC 8707); may be repeated
    #[arg(long, value_name = "URI")]
    resource: Vec<String>,

    /// A further parameter of the token request; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// A further parameter of the sign-in page's address; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    auth_param: Vec<String>,

    /// Password grant: who
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// Password grant: file with the password, - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Refresh grant: file with the refresh token, - for standard input
    #[arg(long, value_name = "FILE")]
    refresh_token_file: Option<PathBuf>,

    /// JWT bearer grant: file with a ready assertion, - for standard input
    #[arg(long, value_name = "FILE")]
    assertion_file: Option<PathBuf>,

    /// Token exchange: file with the token that is given, - for standard input
    #[arg(long, value_name = "FILE")]
    subject_token_file: Option<PathBuf>,

    /// Token exchange: its type, such as access_token
    #[arg(long, value_name = "TYPE")]
    subject_token_type: Option<String>,

    #[command(flatten)]
    shared: SharedOptions,
}

impl RequestOptions {
    /// Whether any of them was given.
    pub fn are_given(&self) -> bool {
        self.shared.are_given() || self.say_more_than_the_chain_knows()
    }

    /// What the chain of credentials takes too. Errors: `InvalidArgument` where more is said than the chain knows.
    pub fn for_the_chain(&self) -> Result<&SharedOptions, Error> {
        match self.say_more_than_the_chain_knows() {
            false => Ok(&self.shared),
            true => Err(Error::new(
                Kind::InvalidArgument,
                "some of these options are about a client at a server of your choice, and others about the chain of credentials",
            )
            .with_hint(
                "give --client FILE for the first; for the chain, --scopes and what its help lists beside it, --email in \
                 place of --account",
            )),
        }
    }

    /// The account that is meant, if one was named.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Whether anything but an account was given.
    pub fn say_more_than_whose(&self) -> bool {
        Self { account: None, ..self.clone() }.are_given()
    }

    /// The request. Effects: `[disk]`; reads standard input for `-`.
    ///
    /// Errors: `ConfigInvalid` for a secret that cannot be read, an unknown setting, and what the grant lacks.
    pub fn request(&self) -> Result<TokenRequest, Error> {
        self.shared.check_stdin(self.files().iter().filter(|(_, file)| *file == Path::new("-")).count())?;
        let mut settings = Settings::new();
        for (name, value) in self.texts() {
            if let Some(value) = value {
                settings.set(name, value)?;
            }
        }
        for (name, values) in self.lists() {
            for value in values {
                settings.add(name, value)?;
            }
        }
        for (name, given) in [("token_params", &self.param), ("auth_params", &self.auth_param)] {
            if !given.is_empty() {
                settings.set(name, setting::parameters(given)?)?;
            }
        }
        for (name, file) in self.files() {
            settings.set(name, Setting::from(secrets::read(file)?.expose()))?;
        }
        self.shared.add_to(&mut settings)?;
        TokenRequest::from_settings(settings)
    }

    fn say_more_than_the_chain_knows(&self) -> bool {
        let lists = [&self.scope, &self.resource, &self.param, &self.auth_param];
        self.texts().iter().any(|(_, text)| text.is_some())
            || lists.into_iter().any(|list| !list.is_empty())
            || !self.files().is_empty()
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("grant", self.grant.as_deref()),
            ("account", self.account.as_deref()),
            ("username", self.username.as_deref()),
            ("subject_token_type", self.subject_token_type.as_deref()),
        ]
    }

    fn lists(&self) -> [(&'static str, Vec<&str>); 3] {
        [
            ("scopes", self.scope.iter().flat_map(|scopes| scopes.split_whitespace()).collect()),
            ("resource", self.resource.iter().map(String::as_str).collect()),
            ("audience", self.shared.audiences().iter().map(String::as_str).collect()),
        ]
    }

    /// Settings whose values are in files.
    fn files(&self) -> Vec<(&'static str, &Path)> {
        let named = [
            ("password", &self.password_file),
            ("refresh_token", &self.refresh_token_file),
            ("assertion", &self.assertion_file),
            ("subject_token", &self.subject_token_file),
        ];
        named.into_iter().filter_map(|(name, file)| Some((name, file.as_deref()?))).collect()
    }
}
