//! Which token a verb wants.

use std::path::{Path, PathBuf};

use clap::Args;
use tokcore::{Error, Kind, Setting, Settings, TokenRequest};

use super::{secrets, setting};

/// The settings of a token request: flags for those that are common, `--set` for all others.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Token")]
pub struct RequestOptions {
    /// How the token is obtained: authorization_code (default), device, client_credentials,
    /// password, refresh_token, jwt_bearer, token_exchange, or a vendor's own
    #[arg(long)]
    grant: Option<String>,

    /// A wanted scope, or several with spaces between; may be repeated
    #[arg(long)]
    scope: Vec<String>,

    /// Which stored account is meant: an address, a pattern such as '*@example.com', any, or
    /// new for another sign-in
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// A resource that the token is for (RFC 8707); may be repeated
    #[arg(long, value_name = "URI")]
    resource: Vec<String>,

    /// An audience that the token is for; may be repeated
    #[arg(long)]
    audience: Vec<String>,

    /// A further parameter of the token request; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// A further parameter of the sign-in page's address; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    auth_param: Vec<String>,

    /// How the answer of a sign-in comes back: auto, loopback, manual, poll, pseudo_oob, oob,
    /// device
    #[arg(long)]
    flow: Option<String>,

    /// Only print the address of the sign-in page
    #[arg(long)]
    no_browser: bool,

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

    /// Any other setting of docs/client-file.md, such as claims.sub=alice or pkce=false
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,

    /// Any other setting that is a secret, from a file, - for standard input
    #[arg(long, value_name = "NAME=FILE")]
    set_file: Vec<String>,

    /// Any other setting that is a secret, from a variable
    #[arg(long, value_name = "NAME=VARIABLE")]
    set_env: Vec<String>,
}

impl RequestOptions {
    /// Whether any of them was given.
    pub fn are_given(&self) -> bool {
        self.texts().iter().any(|(_, text)| text.is_some())
            || self.lists().iter().any(|(_, list)| !list.is_empty())
            || [&self.param, &self.auth_param, &self.set, &self.set_file, &self.set_env]
                .iter()
                .any(|list| !list.is_empty())
            || !self.named_files().is_empty()
            || self.no_browser
    }

    /// Whether anything was given that only a client's request has.
    pub fn say_more_than_the_chain_knows(&self) -> bool {
        let nothing = Vec::new;
        let rest = Self {
            audience: nothing(),
            flow: None,
            set: nothing(),
            set_file: nothing(),
            set_env: nothing(),
            ..self.clone()
        };
        rest.are_given()
    }

    /// Whether an audience was named.
    pub fn has_audience(&self) -> bool {
        !self.audience.is_empty()
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

    /// Adds what the chain takes too. Effects: `[disk]`; reads standard input for `-`.
    ///
    /// Errors: those of a setting that cannot be read.
    pub fn add_for_the_chain(&self, settings: &mut Settings) -> Result<(), Error> {
        if let Some(flow) = &self.flow {
            settings.set("flow", flow.as_str())?;
        }
        self.add_named(settings)
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
        self.check_stdin(0)?;
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
        if self.no_browser {
            settings.set("open_browser", false)?;
        }
        self.add_named(&mut settings)?;
        TokenRequest::from_settings(settings)
    }

    /// Adds the settings that were given by name.
    fn add_named(&self, settings: &mut Settings) -> Result<(), Error> {
        for text in &self.set {
            let (name, value) = setting::meant(text)?;
            settings.set(name, value)?;
        }
        for (name, file) in self.files()? {
            settings.set(name, Setting::from(secrets::read(file)?.expose()))?;
        }
        for text in &self.set_env {
            let (name, variable) = setting::in_variable(text)?;
            settings.set(name, Setting::from(secrets::of_variable(variable)?.expose()))?;
        }
        Ok(())
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("grant", self.grant.as_deref()),
            ("flow", self.flow.as_deref()),
            ("account", self.account.as_deref()),
            ("username", self.username.as_deref()),
            ("subject_token_type", self.subject_token_type.as_deref()),
        ]
    }

    fn lists(&self) -> [(&'static str, Vec<&str>); 3] {
        [
            ("scopes", self.scope.iter().flat_map(|scopes| scopes.split_whitespace()).collect()),
            ("resource", self.resource.iter().map(String::as_str).collect()),
            ("audience", self.audience.iter().map(String::as_str).collect()),
        ]
    }

    /// Settings whose values are in files.
    fn files(&self) -> Result<Vec<(&str, &Path)>, Error> {
        let named = self.named_files().into_iter().map(Ok);
        named.chain(self.set_file.iter().map(|text| setting::in_file(text))).collect()
    }

    fn named_files(&self) -> Vec<(&str, &Path)> {
        let named = [
            ("password", &self.password_file),
            ("refresh_token", &self.refresh_token_file),
            ("assertion", &self.assertion_file),
            ("subject_token", &self.subject_token_file),
        ];
        named.into_iter().filter_map(|(name, file)| Some((name, file.as_deref()?))).collect()
    }

    /// `others`: how many other options read standard input. Errors: `InvalidArgument` when there are several.
    pub fn check_stdin(&self, others: usize) -> Result<(), Error> {
        match others + self.files()?.iter().filter(|(_, file)| *file == Path::new("-")).count() {
            0 | 1 => Ok(()),
            _ => Err(Error::new(Kind::InvalidArgument, "standard input cannot be two secrets")
                .with_hint("give one of them in a file")),
        }
    }
}
