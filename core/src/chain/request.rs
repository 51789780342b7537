//! What a caller of the chain wants, and what it gives. Every skin uses these names.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::order::Chain;
use crate::api::{Store, TokenSource};
use crate::error::Error;
use crate::kinds::Kind;
pub use crate::provider::google::external_account::{SubjectTokenSupplier, Supplier};
pub use crate::provider::google::user::Email;
use crate::provider::google::{Assertion, Trust};
use crate::reason::Reason;
use crate::secret::Secret;
use crate::settings::{Setting, Settings, parameters, seconds, words};
use crate::token::SharedToken;

/// What callers give beside settings, by names that are the same in every language: an error of spelling is told by them.
const OBJECTS: [&str; 1] = ["subject_token"];

/// What a caller of the chain wants, and what it gives.
///
/// What is given for one method only (`token`, `path`, `subject`, `service_account`, `email`, `client`) is explicit: when it
/// fails the chain ends with that error, and never falls back on somebody else's identity.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainRequest {
    /// Wanted scopes: full ones, or short names. A list, or one text with spaces or commas between. Default: each
    /// credential's own.
    #[serde(deserialize_with = "scopes")]
    pub scopes: Option<Vec<String>>,
    /// Names for scopes, in place of the built-in short ones.
    #[serde(deserialize_with = "parameters")]
    pub scope_aliases: Vec<(String, String)>,
    /// Whether the scope that shows the account's address is asked for too. Default: yes, by the kinds of credentials that
    /// gargle does it for. A user whom `email` names is asked for it in any case.
    pub add_email: Option<bool>,
    /// A token that the caller has: an access token, or the JSON of an `authorized_user`.
    pub token: Option<Secret>,
    /// When that access token expires. Units: seconds since 1970.
    pub token_expires_at: Option<f64>,
    /// A file of credentials, or its JSON.
    pub path: Option<Secret>,
    /// Name of the variable with the key of an encrypted file of credentials.
    pub key: Option<String>,
    /// The user whom a service account stands in for.
    pub subject: Option<String>,
    /// Whether `GOOGLE_APPLICATION_CREDENTIALS_JSON` may hold application default credentials itself.
    pub adc_json: bool,
    /// Whether what gcloud keeps for the account that `email` names may be used.
    pub gcloud_accounts: bool,
    /// Which service account of the machine is meant. Default: `default`.
    pub service_account: Option<String>,
    /// The client that a user signs in to: the path or JSON of a client's file. Default: what `TOKCORE_GOOGLE_CLIENT` says.
    pub client: Option<Secret>,
    /// A package's own client: the one where neither the caller nor the variable names any. It passes nothing over.
    pub default_client: Option<Secret>,
    /// Name of the package that asks, for messages.
    pub package: Option<String>,
    /// Which user is meant.
    pub email: Option<Email>,
    /// R's option of that name, a default for `email` that passes nothing over.
    pub gargle_oauth_email: Option<Email>,
    /// How a sign-in comes back; as the setting `flow` of a token request.
    pub flow: Option<String>,
    /// The older switch for the same: true asks for a code to be pasted.
    pub use_oob: Option<bool>,
    /// R's option of that name, a default for `use_oob`.
    pub gargle_oob_default: Option<bool>,
    /// R's option of that name, a default for `use_oob`.
    pub httr_oob_default: Option<bool>,
    /// Where the browser comes back to after a sign-in, letter by letter as the client has it registered.
    pub redirect_uri: Option<String>,
    /// The port of this machine at which a sign-in is waited for.
    pub port: Option<u16>,
    /// Whether a browser is opened. Default: where a person sits in front of one.
    pub open_browser: Option<bool>,
    /// How long a sign-in waits for the browser to come back; 0 is without end. Default: what `TOKCORE_OAUTH_TIMEOUT` says.
    #[serde(rename = "listener_timeout_s", deserialize_with = "seconds")]
    pub listener_timeout: Option<Duration>,
    /// Where a user's credential is kept; as the setting `store` of a client.
    pub store: Option<String>,
    /// Separates users of one process.
    pub partition: Option<String>,
    /// Whether stored accounts are told apart as R's gargle does.
    pub gargle_accounts: bool,
    /// Whether a sign-in's token shall be good, too, for what the user has granted to the client before.
    pub include_granted_scopes: bool,
    /// Whether a user may leave wanted scopes unticked.
    pub allow_partial: bool,
    /// Whether a user may sign in with another account than `email`.
    pub allow_other_account: bool,
    /// An integration of Workbench or Connect: its GUID, or `name:` with its name.
    pub integration: Option<String>,
    /// An ID token for this audience is wanted instead of an access token.
    pub id_token_audience: Option<String>,
    /// The service account whose identity is taken on with what was found.
    pub impersonate: Option<String>,
    /// The service accounts between the credential and that one.
    #[serde(deserialize_with = "words")]
    pub delegates: Vec<String>,
    /// How long tokens of an impersonated account last.
    #[serde(rename = "lifetime_s", deserialize_with = "seconds")]
    pub lifetime: Option<Duration>,
    /// The project that requests are charged to. Default: what `GOOGLE_CLOUD_QUOTA_PROJECT` or the file says.
    pub quota_project: Option<String>,
    /// The cloud. Default: what `GOOGLE_CLOUD_UNIVERSE_DOMAIN` or the file says, else `googleapis.com`.
    pub universe_domain: Option<String>,
    /// Which addresses a file may send secrets to: `google` (default) or `custom`, whatever it says.
    pub trust: Trust,
    /// How a service account proves itself: `auto` (default), `oauth` or `self_signed`.
    pub assertion: Assertion,
    /// Whether a clock that is off is made up for by the server's time. Default: yes.
    pub auto_skew: Option<bool>,
    /// Whether a program that gives a federated identity's proofs may ask the person who is there, where its configuration
    /// provides for that. Nobody is asked without `GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES`.
    pub allow_interactive: bool,
    /// Only these methods are asked, by name, with or without `credentials_`.
    #[serde(deserialize_with = "words")]
    pub methods: Vec<String>,
    /// These methods are not asked; those that `TOKCORE_DISABLE` names are not either.
    #[serde(deserialize_with = "words")]
    pub disable: Vec<String>,
    /// What follows when a method fails whose input was given or configured.
    pub on_error: OnError,
    /// The address of the metadata server's own network, instead of its name. R's `gargle.gce.use_ip`.
    pub metadata_use_ip: bool,
    /// How long the metadata server is waited for. R's `gargle.gce.timeout`.
    #[serde(rename = "metadata_timeout_s", deserialize_with = "seconds")]
    pub metadata_timeout: Option<Duration>,
    /// How long the token must still last, at least.
    #[serde(rename = "min_validity_s", deserialize_with = "seconds")]
    pub min_validity: Option<Duration>,
    /// A token or source of the host's that the caller gives, see [`ChainRequest::bringing`].
    #[serde(skip)]
    pub(super) brought: Option<Brought>,
    /// Whoever gives proofs of identity for a federated credential, see [`ChainRequest::proved_by`].
    #[serde(skip)]
    pub(super) supplier: Option<Supplier>,
    /// Where a user's credential is kept, see [`ChainRequest::kept_in`].
    #[serde(skip)]
    pub(super) place: Option<Store>,
}

/// A token that the caller has as an object.
#[derive(Clone)]
pub enum Brought {
    /// A source: used as it is.
    Source(TokenSource),
    /// A token without one.
    Token(SharedToken),
}

/// What follows when a method fails whose input was given or configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The chain ends with the error.
    #[default]
    Stop,
    /// The next method is asked, as gargle does.
    Continue,
}

impl ChainRequest {
    /// The request that these settings describe, for this chain: what its own methods know may stand there too. No I/O.
    ///
    /// Errors: `ConfigInvalid`, with the reason `unknown_option` for a name that nobody knows.
    pub fn from_settings(mut settings: Settings, chain: &Chain) -> Result<Self, Error> {
        let own: Vec<&str> = chain.own_options().filter(|name| !Self::knows(name)).collect();
        settings.remove(&own);
        let beside = [own.as_slice(), &OBJECTS].concat();
        settings.read_beside::<Self>("the chain", &beside)?.checked()
    }

    /// Whether this is the name of an option of every chain, whatever the program's own methods know.
    pub fn knows(name: &str) -> bool {
        // Some options take an empty list and some refuse it; only an unknown name is refused as unknown.
        let alone: Settings = [(name, Setting::List(Vec::new()))].into_iter().collect();
        alone.read::<Self>("the chain").err().and_then(|error| error.reason()) != Some(Reason::UnknownOption)
    }

    /// The same with a token or source that the caller has.
    pub fn bringing(self, brought: Brought) -> Self {
        Self { brought: Some(brought), ..self }
    }

    /// The same, where a user's credential is kept in this store, whatever the setting `store` says.
    pub fn kept_in(self, store: &Store) -> Self {
        Self { place: Some(store.clone()), ..self }
    }

    /// Which user is meant, by the call or else by the host's default.
    pub(super) fn user(&self) -> Option<&Email> {
        self.email.as_ref().or(self.gargle_oauth_email.as_ref())
    }

    /// The same, where the program itself gives the proofs that the federated credential at `path` is exchanged for. Tokens
    /// are shared between calls with this supplier and its copies, and with no other.
    pub fn proved_by(self, supplier: impl Into<Supplier>) -> Self {
        Self { supplier: Some(supplier.into()), ..self }
    }

    fn checked(self) -> Result<Self, Error> {
        let empty = |name: &str, value: Option<&str>| match value {
            Some(text) if text.trim().is_empty() => {
                Err(Error::new(Kind::ConfigInvalid, format!("{name} is an empty text")).with_hint(format!(
                    "was it taken from an environment variable that is not set? Leave {name} out, or give a value"
                )))
            }
            _ => Ok(()),
        };
        empty("path", self.path.as_ref().map(Secret::expose))?;
        empty("token", self.token.as_ref().map(Secret::expose))?;
        empty("subject", self.subject.as_deref())?;
        empty("service_account", self.service_account.as_deref())?;
        for (name, email) in [("email", &self.email), ("gargle_oauth_email", &self.gargle_oauth_email)] {
            if let Some(Email::Named(text)) = email {
                empty(name, Some(text))?;
                no_file(name, text)?;
            }
        }
        Ok(self)
    }
}

/// R's functions take the address first, where others take a file.
fn no_file(name: &str, text: &str) -> Result<(), Error> {
    let is_file = !text.contains('@') && (text.contains(['/', '\\', '{']) || text.ends_with(".json"));
    match is_file {
        false => Ok(()),
        true => {
            Err(Error::new(Kind::ConfigInvalid, format!("{name} is no address, but looks like a file of credentials"))
                .with_hint("give the file as `path`, by name"))
        }
    }
}

/// As `email` is written in every language: a flag, or a text. R's `NA` comes as a false flag.
impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagOrText;

        impl de::Visitor<'_> for FlagOrText {
            type Value = Email;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address, a pattern or a flag")
            }

            fn visit_bool<E: de::Error>(self, any: bool) -> Result<Email, E> {
                Ok(if any { Email::Any } else { Email::New })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Email, E> {
                Ok(match text {
                    "any" => Email::Any,
                    "new" => Email::New,
                    text => Email::Named(text.to_owned()),
                })
            }
        }

        deserializer.deserialize_any(FlagOrText)
    }
}

/// A list of texts, or one text that is split at white space and commas.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let given = words(deserializer)?;
    let split = given.iter().flat_map(|text| text.split([' ', ','])).filter(|text| !text.is_empty());
    let split: Vec<String> = split.map(str::to_owned).collect();
    Ok((!split.is_empty()).then_some(split))
}

/// Shows what is asked for, and nothing that was given as a proof.
impl fmt::Debug for ChainRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainRequest")
            .field("scopes", &self.scopes)
            .field("email", &self.email)
            .field("methods", &self.methods)
            .finish_non_exhaustive()
    }
}
