//! The closed table of error kinds: the only source of the C constants, R condition classes and Python exceptions.
//!
//! A kind says what the caller should do next, not where in tokcore something failed. Codes are never reused. After an
//! edit run `cargo xtask kinds`; CI fails when the generated files differ.

/// Whether the same call may be tried again without anything having changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Trying again gives the same failure.
    No,
    /// Trying again may help, with a pause between.
    Yes,
    /// Trying once more is reasonable, a loop is not.
    Once,
}

macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal, $slug:literal, $retry:ident, $next:literal;)+) => {
        /// What went wrong, in terms of what the caller can do about it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum Kind {
            $($(#[doc = $meaning])+ $name = $code,)+
        }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)+];

            /// The stable code that C programs see. 0 is success and belongs to no kind.
            pub const fn code(self) -> i32 {
                self as i32
            }

            /// `CamelCase` name; Python's exception is this plus `Error`.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$name => stringify!($name),)+ }
            }

            /// `snake_case` name; R's condition class is `tokcore_error_` plus this.
            pub const fn slug(self) -> &'static str {
                match self { $(Kind::$name => $slug,)+ }
            }

            /// One sentence: what the kind means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Kind::$name => concat!($($meaning),+).trim_ascii(),)+ }
            }

            /// What the caller should do, as an imperative without a final stop.
            pub const fn next_step(self) -> &'static str {
                match self { $(Kind::$name => $next,)+ }
            }

            /// Whether trying again may help.
            pub const fn retry(self) -> Retry {
                match self { $(Kind::$name => Retry::$retry,)+ }
            }
        }
    };
}

kinds! {
    /// An argument is NULL, of the wrong type, not UTF-8, or an impossible option.
    InvalidArgument = 1, "invalid_argument", No, "fix the call";
    /// The object cannot do this now: a finished flow, a handle poisoned by an earlier bug, a call from inside a runtime.
    InvalidState = 2, "invalid_state", No, "fix the order of the calls";
    /// No source of credentials applies here; the attempts say why each one declined.
    NotConfigured = 3, "not_configured", No, "configure one of the listed sources";
    /// A source applies but its configuration is malformed.
    ConfigInvalid = 4, "config_invalid", No, "correct the named file, variable or integration";
    /// A person must sign in or consent, and nobody can be asked from here.
    InteractionRequired = 5, "interaction_required", No, "sign in interactively";
    /// The authorization server said `invalid_grant`: the stored grant is dead.
    GrantRevoked = 6, "grant_revoked", No, "sign in again";
    /// The server refuses this request or this client.
    Denied = 7, "denied", No, "change the request, the permissions or the client's registration";
    /// The server asks for a pause.
    RateLimited = 8, "rate_limited", Yes, "wait for the stated time, then try again";
    /// The server, or the provider behind it, is failing or overloaded.
    Server = 9, "server", Yes, "try again later";
    /// No connection: name resolution, TLS, refused or reset.
    Transport = 10, "transport", Yes, "check the address and the network";
    /// The deadline passed before an answer came.
    Timeout = 11, "timeout", Yes, "try again, or allow more time";
    /// The answer is not what its specification allows: HTML, truncated JSON, a redirect.
    Protocol = 12, "protocol", Once, "check that the address belongs to the right server, then report it";
    /// The credential store is unreadable or locked.
    Store = 13, "store", Once, "unlock or repair the store";
    /// The local broker is absent, is another peer, or speaks another version.
    Broker = 14, "broker", Once, "start or update the broker";
    /// The caller interrupted the call.
    Cancelled = 15, "cancelled", No, "call again when wanted";
    /// Not inside Workbench, Connect or a session of a tokcore broker.
    NotInSession = 16, "not_in_session", No, "run inside a session, for example under `tokcore exec --`";
    /// The session has no RPC cookie.
    NoCookie = 17, "no_cookie", No, "start a new session";
    /// The RPC cookie is malformed, or the server rejected it.
    BadCookie = 18, "bad_cookie", No, "start a new session";
    /// The RPC cookie has expired.
    ExpiredCookie = 19, "expired_cookie", No, "start a new session";
    /// The address of the server is not set.
    NoAddress = 20, "no_address", No, "set RS_SERVER_ADDRESS (Workbench: launcher-sessions-callback-address)";
    /// The address of the server is not an absolute http or https URL.
    BadAddress = 21, "bad_address", No, "correct the address";
    /// The server is too old for this call.
    Version = 22, "version", No, "update the server";
    /// The server answered with a status that this call does not expect.
    Http = 23, "http", No, "check the address and the server's log";
    /// No such integration.
    NotFound = 24, "not_found", No, "list the integrations and take a GUID from there";
    /// The user has not signed in to this integration.
    NotSignedIn = 25, "not_signed_in", No, "sign in on the Managed Credentials page";
    /// The sign-in has lapsed and cannot be refreshed.
    ReauthRequired = 26, "reauth_required", No, "sign in again on the Managed Credentials page";
    /// Connect has neither a user session token nor a content session token to exchange.
    NoSubject = 27, "no_subject", No, "pass the user session token, or associate an integration with the content";
    /// The server answered without a token and without a reason.
    NoToken = 28, "no_token", Once, "sign in again; if it stays, report it";
    /// The address for the loopback listener is taken, or may not be used.
    ListenerUnavailable = 29, "listener_unavailable", Once, "free the port, or name others that the client has registered";
    /// Several stored accounts fit, and none was named; the message lists them.
    AmbiguousAccount = 30, "ambiguous_account", No, "name one of the listed accounts";
    /// A bug in tokcore.
    Internal = 99, "internal", No, "report it";
}

impl Kind {
    /// The kind with this code, if there is one.
    pub fn from_code(code: i32) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Whether the same call may succeed later without any change.
    pub const fn retryable(self) -> bool {
        matches!(self.retry(), Retry::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn slug_is_the_snake_case_of_the_name() {
        for kind in Kind::ALL {
            let mut snake = String::new();
            for (at, letter) in kind.name().char_indices() {
                if letter.is_uppercase() && at > 0 {
                    snake.push('_');
                }
                snake.push(letter.to_ascii_lowercase());
            }
            assert_eq!(kind.slug(), snake);
        }
    }

    #[test]
    fn codes_are_unique_and_never_zero() {
        for (at, kind) in Kind::ALL.iter().enumerate() {
            assert_ne!(kind.code(), 0);
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
            assert!(Kind::ALL[..at].iter().all(|other| other.code() < kind.code()), "{kind:?} is out of order");
        }
    }

    #[test]
    fn every_kind_says_what_to_do_next() {
        for kind in Kind::ALL {
            assert!(!kind.next_step().is_empty() && !kind.next_step().ends_with('.'), "{kind:?}");
            assert!(kind.meaning().ends_with('.'), "{kind:?}: {}", kind.meaning());
        }
    }
}
