//! The closed list of failures that a kind alone does not tell apart. Source: specs of the flows, error model.
//!
//! A [`Kind`] says what the caller can do; a [`Reason`] says what exactly went wrong, by the name that tests and support
//! people use. Slugs are stable.

use crate::kinds::Kind;

macro_rules! reasons {
    ($($(#[doc = $meaning:literal])+ $name:ident = $slug:literal, $kind:ident;)+) => {
        /// What exactly went wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)+];

            /// Stable `snake_case` name.
            pub const fn slug(self) -> &'static str {
                match self { $(Reason::$name => $slug,)+ }
            }

            /// The kind that it usually comes with.
            pub const fn kind(self) -> Kind {
                match self { $(Reason::$name => Kind::$kind,)+ }
            }

            /// One sentence: what it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Reason::$name => concat!($($meaning),+).trim_ascii(),)+ }
            }
        }
    };
}

reasons! {
    /// The person, or a policy, said no.
    AuthorizationDenied = "authorization_denied", Denied;
    /// The answer belongs to another sign-in, or to none.
    StateMismatch = "state_mismatch", Protocol;
    /// The answer comes from another issuer than the one that was asked.
    IssuerMismatch = "issuer_mismatch", Protocol;
    /// The ID token belongs to another sign-in.
    NonceMismatch = "nonce_mismatch", Protocol;
    /// The answer has neither a code nor an error.
    MissingCode = "missing_code", Protocol;
    /// A parameter that may stand there once stands there twice.
    DuplicateParameter = "duplicate_parameter", Protocol;
    /// The answer is not what its specification allows.
    MalformedResponse = "malformed_response", Protocol;
    /// An HTML page came instead of an answer.
    HtmlResponse = "html_response", Protocol;
    /// The answer has no body.
    EmptyResponse = "empty_response", Protocol;
    /// The answer is larger than the cap.
    ResponseTooLarge = "response_too_large", Protocol;
    /// The endpoint redirects, which is not followed because the request holds secrets.
    UnexpectedRedirect = "unexpected_redirect", Protocol;
    /// A status without a recognised error.
    HttpError = "http_error", Http;
    /// The server could not be connected to; nothing was sent.
    NoConnection = "no_connection", Transport;
    /// Nobody came back to the loopback listener in time.
    ListenerTimeout = "timeout_listener", Timeout;
    /// Nobody entered the device's code in time.
    DeviceCodeTimeout = "timeout_device_code", Timeout;
    /// The code source had no code in time.
    CodeSourceTimeout = "timeout_code_source", Timeout;
    /// The address for the loopback listener cannot be had.
    ListenerUnavailable = "listener_unavailable", ListenerUnavailable;
    /// An endpoint is not https.
    InsecureEndpoint = "insecure_endpoint", ConfigInvalid;
    /// The ID token does not say what it must.
    IdTokenInvalid = "id_token_invalid", Protocol;
    /// A key cannot be used.
    Crypto = "crypto", ConfigInvalid;
    /// An option that nobody knows.
    UnknownOption = "unknown_option", ConfigInvalid;
    /// The chain has no method that could be asked.
    NoMethods = "no_methods", NotConfigured;
    /// A client's file was given where a key was wanted.
    ClientJsonGivenAsKey = "client_json_given_as_key", ConfigInvalid;
    /// A key was given where a client's file was wanted.
    KeyGivenAsClientJson = "key_given_as_client_json", ConfigInvalid;
    /// The application default credentials are a client's file.
    AdcIsOauthClient = "adc_is_oauth_client", ConfigInvalid;
    /// A file of credentials names an address that is not its cloud's.
    UntrustedAddress = "untrusted_address", ConfigInvalid;
    /// The clock of this machine is off, so that no statement signed here counts.
    ClockSkew = "clock_skew", Denied;
    /// The credential was not given the scopes that are asked for.
    InsufficientScopes = "insufficient_scopes", Denied;
    /// The person did not tick all scopes.
    PartialConsent = "partial_consent", Denied;
    /// The person signed in with another account than was asked for.
    WrongAccount = "wrong_account", Denied;
    /// A policy wants the person to sign in again.
    ReauthRequired = "reauth_required", InteractionRequired;
    /// The proof that is exchanged for a token is missing, broken or expired.
    SubjectToken = "subject_token", ConfigInvalid;
    /// A file of credentials names a program, and nobody has allowed programs.
    ExecutableNotAllowed = "executable_not_allowed", ConfigInvalid;
    /// The program that gives the proof failed.
    ExecutableFailed = "executable_failed", ConfigInvalid;
    /// The metadata server answered what no metadata server answers.
    MetadataUnreliable = "metadata_unreliable", Protocol;
    /// The machine has no such service account.
    UnknownServiceAccount = "unknown_service_account", ConfigInvalid;
    /// The store cannot be written to, so that nothing is asked for whose answer could not be kept.
    StoreUnwritable = "store_unwritable", Store;
    /// Others could read or change the store, or it is somebody else's.
    StorePermissions = "store_permissions", Store;
    /// The key of the store cannot be had.
    StoreKey = "store_key", Store;
    /// Another process is renewing the credential and has not finished.
    BusyElsewhere = "busy_elsewhere", Store;
    /// The grant is over because the answer to an earlier refresh never arrived.
    RotationLost = "rotation_lost", GrantRevoked;
    /// The token ends sooner than the caller asked for, and no better one can be had now.
    TokenTooShort = "token_too_short", Timeout;
    /// The variable that should hold the key of an encrypted text is not set.
    SecretKeyMissing = "secret_key_missing", ConfigInvalid;
    /// An encrypted text does not open: another key made it, or somebody changed it.
    SecretAuthFailed = "secret_auth_failed", ConfigInvalid;
    /// An encrypted text is none, or what it opens to is not what it should be: most likely the key is another one.
    SecretUnreadable = "secret_unreadable", ConfigInvalid;
}
