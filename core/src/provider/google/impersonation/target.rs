//! The service account whose identity is taken on, by its address or by the URL in a file.

use url::Url;

use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::google::Trust;
use crate::provider::google::trust::{self, Role};

const ACCOUNTS: &str = "projects/-/serviceAccounts/";

/// The service account that is taken on, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) email: String,
    /// Of the account itself, without a verb.
    url: Url,
}

impl Target {
    /// The account with this address. Errors: `ConfigInvalid` for what is no address.
    pub(crate) fn of_email(email: &str, universe: &str) -> Result<Self, Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_');
        let url = Url::parse(&format!("https://iamcredentials.{universe}/v1/{ACCOUNTS}{email}"));
        match url {
            Ok(url) if email.contains('@') && email.chars().all(plain) => Ok(Self { email: email.to_owned(), url }),
            _ => Err(Error::new(Kind::ConfigInvalid, "the service account to impersonate is no address")
                .with_hint("give its address, such as name@project.iam.gserviceaccount.com")),
        }
    }

    /// The account whose `:generateAccessToken` address a file names.
    ///
    /// Errors: `ConfigInvalid`, with the reason `UntrustedAddress` for somebody else's.
    pub(crate) fn of_url(text: &str, universe: &str, trust: Trust) -> Result<Self, Error> {
        let mut url = trust::check(Role::Impersonation, text, universe, trust)?;
        let account = url.path().strip_suffix(":generateAccessToken").map(str::to_owned);
        let email = account.as_ref().and_then(|path| path.rsplit('/').next()).filter(|email| !email.is_empty());
        let (Some(path), Some(email)) = (&account, email.map(str::to_owned)) else {
            return Err(Error::new(Kind::ConfigInvalid, "the impersonation address names no service account")
                .with_hint("it has to end with serviceAccounts/<address>:generateAccessToken"));
        };
        url.set_path(path);
        Ok(Self { email: email.replace("%40", "@"), url })
    }

    /// The account itself, without a verb.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The project in its address.
    pub(super) fn project_id(&self) -> Option<String> {
        let (_, domain) = self.email.split_once('@')?;
        domain.strip_suffix(".iam.gserviceaccount.com").map(str::to_owned)
    }

    /// Where `verb` is asked for.
    pub(super) fn method(&self, verb: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}:{verb}", self.url.path()));
        url
    }
}

/// A delegate as Google wants it named.
pub(super) fn account_name(delegate: &str) -> String {
    if delegate.contains('/') { delegate.to_owned() } else { format!("{ACCOUNTS}{delegate}") }
}
