//! The sources that can be asked for credentials, one folder each, behind one set of verbs.

pub(crate) mod audience;
pub(crate) mod choice;
pub(crate) mod connect;
mod credential;
pub(crate) mod given;
pub(crate) mod google;
pub(crate) mod json;
mod status;
pub(crate) mod workbench;

use url::Url;

use self::choice::Choice;
pub use self::credential::About;
pub(crate) use self::credential::{TokenProvider, authorization};

use crate::context::Context;
use crate::credentials::{AzureToken, Backend, Credentials, CredentialsRequest, IdentityToken, Integration};
use crate::error::Error;
use crate::kinds::Kind;
use crate::options::ClientOptions;
use crate::transport::{Connection, Proxies, is_loopback};

/// A source that applies here, ready to be asked.
pub(crate) enum Session {
    Workbench(workbench::Session),
    Connect(connect::Session),
}

impl Session {
    /// The source that was chosen. Does no I/O. Errors: those of its settings, such as a missing address.
    pub(crate) fn open(context: &Context, options: &ClientOptions, choice: Choice) -> Result<Self, Error> {
        match choice.backend {
            Backend::Connect => connect::Session::open(context, options).map(Session::Connect),
            Backend::Workbench => workbench::Session::open(context, options).map(Session::Workbench),
            Backend::LocalBroker => {
                workbench::Session::open_local(context, options, choice.socket).map(Session::Workbench)
            }
        }
    }

    /// Whether everything is here that a call will send. Effects: `[disk]`.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Session::Workbench(session) => session.check(),
            Session::Connect(_) => Ok(()),
        }
    }

    pub(crate) async fn credentials(&self, request: &CredentialsRequest) -> Result<Credentials, Error> {
        match self {
            Session::Workbench(session) => session.credentials(request).await,
            Session::Connect(session) => session.credentials(request).await,
        }
    }

    pub(crate) async fn integrations(&self) -> Result<Vec<Integration>, Error> {
        match self {
            Session::Workbench(session) => session.integrations().await,
            Session::Connect(session) => session.integrations().await,
        }
    }

    pub(crate) async fn identity_token(&self) -> Result<IdentityToken, Error> {
        match self {
            Session::Workbench(session) => session.identity_token().await,
            Session::Connect(_) => Err(not_on_connect("an identity token")),
        }
    }

    pub(crate) async fn azure_token(&self, resource: &str) -> Result<AzureToken, Error> {
        match self {
            Session::Workbench(session) => session.azure_token(resource).await,
            Session::Connect(_) => Err(not_on_connect("a delegated Azure token")),
        }
    }

    pub(crate) async fn sign_in_url(&self, audience: &str) -> Result<String, Error> {
        match self {
            Session::Workbench(session) => session.sign_in_url(audience).await,
            Session::Connect(_) => Err(not_on_connect("a sign-in page of its own")),
        }
    }
}

fn not_on_connect(what: &str) -> Error {
    Error::new(Kind::NotConfigured, format!("Connect has not {what}"))
        .with_hint("on Connect a person signs in by opening the content; ask for credentials there")
}

/// How to reach `server`, from the options and the environment. An explicit option beats a variable.
///
/// What a plain or a loopback connection never uses is not looked up: each variable costs a walk through all of them.
fn connection(context: &Context, options: &ClientOptions, server: &Url) -> Connection {
    let bundle = || context.set_var("REQUESTS_CA_BUNDLE").or_else(|| context.set_var("CURL_CA_BUNDLE"));
    let wants_bundle = options.verify_tls && options.ca.is_none() && server.scheme() == "https";
    Connection {
        ca: if wants_bundle { bundle().map(Into::into) } else { options.ca.clone() },
        verify_tls: options.verify_tls,
        proxies: if is_loopback(server) { Proxies::default() } else { Proxies::from_env(context) },
        connect_timeout: options.connect_timeout,
        ..Connection::default()
    }
}

/// Refuses an empty text and one that could break out of a URL or header.
pub(crate) fn check_not_empty(name: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::new(Kind::InvalidArgument, format!("`{name}` is empty"))
            .with_hint(format!("pass a non-empty `{name}`")));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::new(Kind::InvalidArgument, format!("`{name}` holds a control character")));
    }
    Ok(())
}
