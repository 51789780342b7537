//! One way to a credential: one of tokcore's own, or the program's.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::request::ChainRequest;
use crate::api::TokenSource;
use crate::error::Error;
use crate::token::Token;

/// One way to a credential.
#[derive(Clone)]
pub enum Method {
    /// One of tokcore's own.
    BuiltIn(BuiltIn),
    /// The program's.
    Custom(Arc<dyn CustomMethod>),
}

/// What a program gives to the chain.
///
/// Called on the thread that asked for a token, never from inside the engine: it may call tokcore itself.
pub trait CustomMethod: Send + Sync {
    /// Names of the options that this method knows; the program reads their values itself. Those of every chain that it does
    /// not know are served for it where that can be done (`impersonate`), else refused (`subject`, `id_token_audience`).
    fn options(&self) -> &[String] {
        &[]
    }

    /// Its token. Shape: `None` when it does not apply. `call`: what the program gave to [`super::Chain::fetch`].
    ///
    /// Errors: any; the chain ends with it, as somebody has put the method there on purpose, unless it goes on after errors.
    fn token(&self, request: &ChainRequest, call: &dyn Any) -> Result<Option<Given>, Error>;

    /// The program's own object that stands for it.
    fn as_any(&self) -> &dyn Any;
}

/// What a custom method gives.
pub enum Given {
    /// A source, which is asked again when its token runs out.
    Source(TokenSource),
    /// A token that cannot be had again.
    Token(Box<Token>),
    /// Something else. A chain that goes on after errors, as gargle's does, hands it out as it is; else it is an error.
    Other(Box<dyn Any + Send>),
}

macro_rules! methods {
    ($($(#[doc = $meaning:literal])+ $name:ident = $text:literal;)+) => {
        /// The methods that tokcore brings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum BuiltIn {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl BuiltIn {
            /// Every one, the standard order first.
            pub const ALL: &'static [BuiltIn] = &[$(BuiltIn::$name,)+];

            /// The name under which it is listed.
            pub const fn name(self) -> &'static str {
                match self { $(BuiltIn::$name => $text,)+ }
            }

            /// One line: which credential it finds.
            pub const fn meaning(self) -> &'static str {
                match self { $(BuiltIn::$name => concat!($($meaning),+).trim_ascii(),)+ }
            }
        }
    };
}

methods! {
    /// The token that the caller gives.
    ByoOauth2 = "credentials_byo_oauth2";
    /// The service account's key that the caller gives.
    ServiceAccount = "credentials_service_account";
    /// The federated identity whose configuration the caller gives.
    ExternalAccount = "credentials_external_account";
    /// The application default credentials: a file that a variable names, or gcloud's.
    AppDefault = "credentials_app_default";
    /// The identity of the Google machine that the program runs on.
    Gce = "credentials_gce";
    /// A user, from the store or by signing in.
    UserOauth2 = "credentials_user_oauth2";
    /// An integration of Posit Workbench.
    Workbench = "credentials_workbench";
    /// An integration of Posit Connect.
    Connect = "credentials_connect";
}

impl BuiltIn {
    /// How many of [`BuiltIn::ALL`] make the standard order.
    pub(super) const STANDARD: usize = 6;

    /// The method of that name, with or without the prefix that they all have.
    pub fn named(name: &str) -> Option<Self> {
        let is = |one: &&BuiltIn| one.name() == name || one.name().strip_prefix(PREFIX) == Some(name);
        Self::ALL.iter().find(is).copied()
    }
}

/// What the names of tokcore's own methods begin with.
pub(super) const PREFIX: &str = "credentials_";

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Method::BuiltIn(one) => f.write_str(one.name()),
            Method::Custom(_) => f.write_str("custom"),
        }
    }
}
