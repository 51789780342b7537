//! What tokcore can do with an integration beyond what `oauth-clients.conf` can say.
//!
//! Source: specs/workbench.md §3.4; each field is the sidecar key of the same name.

use std::path::PathBuf;
use std::time::Duration;

use tokcore::Secret;
use url::Url;
use uuid::Uuid;

/// The sidecar's keys for one integration; the default is what an integration without an entry gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Pins the GUID, for instance to the one a real Workbench assigned.
    pub guid: Option<Uuid>,
    /// GUIDs that answer too, after a section was renamed.
    pub previous_guids: Vec<Uuid>,
    /// The provider's issuer, exactly as the provider spells it; a callback's `iss` must equal it.
    pub issuer: Option<String>,
    /// Proof key for the code exchange.
    pub pkce: Pkce,
    /// Takes the place of `client-secret`.
    pub client_secret_file: Option<PathBuf>,
    /// Tried once when the provider refuses the main secret, while secrets are being rotated.
    pub fallback_client_secret_file: Option<PathBuf>,
    /// How scopes are joined on the wire.
    pub scope_separator: ScopeSeparator,
    /// Added to the authorization request.
    pub extra_auth_params: Vec<(String, String)>,
    /// Added to the token request.
    pub extra_token_params: Vec<(String, String)>,
    /// Lifetime of tokens whose provider names none.
    pub default_expires_in: Option<Duration>,
    /// Refresh this long before expiry, instead of the computed margin.
    pub refresh_margin: Option<Duration>,
    /// Which rows the background sweep keeps fresh.
    pub background_refresh: BackgroundRefresh,
    /// Refresh at least this often, for providers that drop idle refresh tokens.
    pub keepalive: Option<Duration>,
    /// Called at sign-out. Source: RFC 7009.
    pub revocation_url: Option<Url>,
    /// How client ID and secret enter the `Basic` header.
    pub basic_encoding: BasicEncoding,
    /// What the token endpoint answers with.
    pub token_response: TokenResponse,
    /// Who may sign in and get tokens; empty means everybody, unless `allowed_groups` names somebody.
    pub allowed_users: Vec<String>,
    /// Whose members may.
    pub allowed_groups: Vec<String>,
    /// As if the section were not there; its tokens are kept.
    pub disabled: bool,
    /// What the integration list reports.
    pub kind: IntegrationKind,
    /// Certificate authorities, in PEM, that this provider is checked against in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Proxy for this provider; its URL may hold a password.
    pub proxy: Option<Secret>,
    /// The provider may have a private address.
    pub allow_private_network: bool,
}

/// How the client proves itself at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMethod {
    /// In the body.
    #[default]
    Post,
    /// In an `Authorization: Basic` header.
    Basic,
}

/// Declares an option with a closed set of words, so that parser and documentation cannot disagree.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// The accepted words, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The option that this word means.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// The word for this option.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// Proof key for the code exchange. Source: RFC 7636.
    Pkce {
        /// S256, always.
        #[default]
        Required = "required",
        /// None, for providers that refuse the parameter.
        Off = "off",
    }
}

words! {
    /// How scopes are joined on the wire.
    ScopeSeparator {
        /// As RFC 6749 says.
        #[default]
        Space = "space",
        /// As some providers want it.
        Comma = "comma",
    }
}

words! {
    /// Which rows the background sweep keeps fresh.
    BackgroundRefresh {
        /// Rows used in the last seven days.
        #[default]
        Active = "active",
        /// None: refresh on demand only.
        Off = "off",
        /// Every row.
        All = "all",
    }
}

words! {
    /// How client ID and secret enter the `Basic` header.
    BasicEncoding {
        /// Form-encoded first. Source: RFC 6749 §2.3.1.
        #[default]
        Rfc6749 = "rfc6749",
        /// As they are.
        Raw = "raw",
    }
}

words! {
    /// What the token endpoint answers with.
    TokenResponse {
        /// JSON.
        #[default]
        Json = "json",
        /// Form encoding.
        Form = "form",
        /// Whichever it turns out to be.
        Auto = "auto",
    }
}

words! {
    /// What the integration list reports as `type`.
    IntegrationKind {
        /// Everything in `oauth-clients.conf`.
        #[default]
        Custom = "custom",
        /// Also answers delegated Azure tokens.
        Azure = "azure",
    }
}
