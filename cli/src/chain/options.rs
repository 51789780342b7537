//! What is asked of the chain: a flag for each option that is common, `--set` for all others.

use std::path::{Path, PathBuf};

use clap::Args;
use tokcore::{BuiltIn, Chain, ChainRequest, Email, Error, Kind, Settings};

use crate::oauth::{RequestOptions, secrets};
use crate::store::StoreOption;

/// What is asked of the chain of credentials.
#[derive(Debug, Args)]
#[command(next_help_heading = "Chain of credentials")]
pub struct ChainOptions {
    /// Scopes of Google, short names such as drive or bigquery too, with spaces or commas
    /// between; may be repeated
    #[arg(long, value_name = "SCOPES")]
    scopes: Vec<String>,

    /// File of credentials, of any type that Google's tools write, - for standard input
    #[arg(long, value_name = "FILE", visible_alias = "service-account")]
    path: Option<PathBuf>,

    /// Which service account of this machine of Google's is meant, by its address [default:
    /// the machine's own]
    #[arg(long, value_name = "EMAIL")]
    machine_account: Option<String>,

    /// Variable with the key of that file, if it is encrypted; see tokcore secret
    #[arg(long, value_name = "VARIABLE")]
    key_env: Option<String>,

    /// The user whom a service account stands in for
    #[arg(long, value_name = "EMAIL")]
    subject: Option<String>,

    /// The service account whose identity is taken on with what was found
    #[arg(long, value_name = "EMAIL")]
    impersonate: Option<String>,

    /// Service accounts between the credential and that one, with commas between
    #[arg(long, value_name = "EMAILS", value_delimiter = ',')]
    delegates: Vec<String>,

    /// How long the token of an impersonated account lasts
    #[arg(long, value_name = "SECONDS")]
    lifetime: Option<i64>,

    /// An ID token, for the one --audience, instead of an access token
    #[arg(long)]
    id_token: bool,

    /// Which signed-in user is meant: an address, a pattern such as '*@example.com', any, or
    /// new for another sign-in
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,

    /// OAuth client that users sign in to: the JSON file of Google's console, - for standard
    /// input [default: what TOKCORE_GOOGLE_CLIENT names]
    #[arg(long, value_name = "FILE")]
    google_client: Option<PathBuf>,

    /// The project that requests are charged to
    #[arg(long, value_name = "PROJECT")]
    quota_project: Option<String>,

    /// Ask these methods only, with commas between, such as service_account,app_default
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    methods: Vec<String>,

    /// Do not ask these methods, with commas between; nor those in TOKCORE_DISABLE
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    disable: Vec<String>,

    /// Keep no sign-in, and use none that is kept
    #[arg(long, conflicts_with = "store")]
    no_store: bool,
}

impl ChainOptions {
    /// Whether any of them was given.
    pub fn are_given(&self) -> bool {
        self.texts().iter().any(|(_, text)| text.is_some())
            || self.lists().iter().any(|(_, list)| !list.is_empty())
            || self.files().next().is_some()
            || self.lifetime.is_some()
            || self.id_token
            || self.no_store
    }

    /// The request. Effects: `[disk]`; reads standard input for `-`.
    ///
    /// Errors: `InvalidArgument` for options that do not go together, and for a key among the arguments; `ConfigInvalid`
    /// for an option that nobody knows.
    pub fn request(&self, shared: &RequestOptions, store: &StoreOption, chain: &Chain) -> Result<ChainRequest, Error> {
        self.check(shared)?;
        let mut settings = Settings::new();
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
        for (name, file) in self.files() {
            if file == Path::new("-") {
                settings.set(name, secrets::read(file)?.expose())?;
            } else {
                settings.set(name, path_of(file)?)?;
            }
        }
        if let Some(seconds) = self.lifetime {
            settings.set("lifetime_s", seconds)?;
        }
        if let Some(place) = store.place().or(self.no_store.then_some("memory")) {
            settings.set("store", place)?;
        }
        if self.id_token {
            settings.set("id_token_audience", shared.the_audience()?)?;
        }
        shared.add_for_the_chain(&mut settings)?;
        ChainRequest::from_settings(settings, chain)
    }

    /// The request of a sign-in: of a user, and another one unless `--email` says which. Effects: as
    /// [`ChainOptions::request`].
    ///
    /// Errors: as [`ChainOptions::of_a_user`].
    pub fn sign_in(&self, shared: &RequestOptions, store: &StoreOption, chain: &Chain) -> Result<ChainRequest, Error> {
        let mut request = self.of_a_user(shared, store, chain)?;
        request.email.get_or_insert(Email::New);
        Ok(request)
    }

    /// The request for a user's credential and no other. Effects: as [`ChainOptions::request`].
    ///
    /// Errors: those of [`ChainOptions::request`]; `InvalidArgument` for options of credentials that nobody signs in to.
    pub fn of_a_user(
        &self,
        shared: &RequestOptions,
        store: &StoreOption,
        chain: &Chain,
    ) -> Result<ChainRequest, Error> {
        let of_others = [&self.key_env, &self.machine_account, &self.subject, &self.impersonate];
        let is_of_others = of_others.into_iter().any(Option::is_some)
            || self.path.is_some()
            || self.lifetime.is_some()
            || self.id_token
            || !(self.delegates.is_empty() && self.methods.is_empty() && self.disable.is_empty());
        if is_of_others {
            return Err(Error::new(
                Kind::InvalidArgument,
                "some of these options are of credentials that nobody signs in to",
            )
            .with_hint("a user's credential has --google-client, --scopes, --email and where it is kept"));
        }
        let mut request = self.request(shared, store, chain)?;
        request.methods = vec![BuiltIn::UserOauth2.name().to_owned()];
        Ok(request)
    }

    /// Whether more is said than which client is meant.
    pub fn say_more_than_which_client(&self) -> bool {
        self.email.is_some() || !self.scopes.is_empty()
    }

    fn check(&self, shared: &RequestOptions) -> Result<(), Error> {
        if shared.say_more_than_the_chain_knows() {
            return Err(Error::new(
                Kind::InvalidArgument,
                "some of these options are about a client at a server of your choice, and others about the chain of credentials",
            )
            .with_hint(
                "give --client FILE for the first; for the chain, --scopes and what its help lists beside it, --email in place \
                 of --account",
            ));
        }
        if !self.id_token && shared.has_audience() {
            return Err(Error::new(Kind::InvalidArgument, "--audience is for an ID token here")
                .with_hint("add --id-token, or leave --audience out; --scopes says what an access token is for"));
        }
        let on_stdin = self.files().filter(|(_, file)| *file == Path::new("-")).count();
        shared.check_stdin(on_stdin)
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("key", self.key_env.as_deref()),
            ("service_account", self.machine_account.as_deref()),
            ("subject", self.subject.as_deref()),
            ("impersonate", self.impersonate.as_deref()),
            ("email", self.email.as_deref()),
            ("quota_project", self.quota_project.as_deref()),
        ]
    }

    fn lists(&self) -> [(&'static str, &[String]); 4] {
        [
            ("scopes", &self.scopes),
            ("delegates", &self.delegates),
            ("methods", &self.methods),
            ("disable", &self.disable),
        ]
    }

    /// Options that take a file, or what is in it.
    fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [("path", &self.path), ("client", &self.google_client)];
        files.into_iter().filter_map(|(name, file)| Some((name, file.as_deref()?)))
    }
}

/// A path as the chain takes it. It would take JSON in its place; but other users can see arguments.
fn path_of(file: &Path) -> Result<&str, Error> {
    let refused = |message: &str, hint: &str| Err(Error::new(Kind::InvalidArgument, message).with_hint(hint));
    if is_address(file) && !file.exists() {
        return refused(
            &format!("{} is the address of an account, and there is no such file", file.display()),
            "--path and --service-account take the file of a key; --impersonate takes on the identity of an account, and \
             --machine-account names one of this machine's",
        );
    }
    match file.to_str() {
        Some(text) if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') => refused(
            "credentials are among the arguments, which other users can see",
            "name the file, or give - and send the JSON on standard input",
        ),
        Some(text) => Ok(text),
        None => refused("the name of the file is not UTF-8", "give - and send the file on standard input"),
    }
}

/// Whether somebody may have meant an account: Google's own are called so.
fn is_address(file: &Path) -> bool {
    let text = file.to_string_lossy();
    text.contains('@') && !text.contains(['/', '\\', '{']) && !text.ends_with(".json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_in_place_of_a_file_is_told_where_it_belongs() {
        let problem = path_of(Path::new("robot@project.iam.gserviceaccount.com")).unwrap_err();
        assert!(problem.hint().contains("--machine-account") && problem.hint().contains("--impersonate"));
        assert!(path_of(Path::new("keys/me@example.com")).is_ok() && path_of(Path::new("me@example.json")).is_ok());
    }

    #[test]
    fn a_key_among_the_arguments_is_refused_and_not_quoted() {
        for text in [r#"{"private_key": "canary"}"#, "\u{feff} {\"private_key\": \"canary\"}"] {
            let problem = path_of(Path::new(text)).unwrap_err();
            assert!(problem.message().contains("other users") && !format!("{problem:?}").contains("canary"));
        }
        assert_eq!(path_of(Path::new("key.json")).unwrap(), "key.json");
    }
}
