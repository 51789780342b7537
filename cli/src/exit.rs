//! Exit statuses: one per group of error kinds, so that a script can tell "wait" from "ask a person".

use tokcore::{Error, Kind, Reason};

/// Shown at the end of `tokcore --help`.
pub const HELP: &str = "\
Exit status:
  0    success
  1    a bug in tokcore, or an answer that is not what it should be
  2    wrong usage or argument
  3    no session here, or its cookie or address cannot be used; no credential
       in the chain
  4    a person must sign in
  5    configuration, key, store or database cannot be used
  6    refused: no such integration, not allowed, server too old
  7    try again later: network, time-out, server or broker down, port taken,
       store busy
  130  interrupted
  `inspect --client`: 1 for a token that the server does not take.
  `config check` and `serve --check`: 0 good, 1 sections with errors, 2 file
  rejected.
  `exec` and `demo`: the status of the command; 125 if no session could be
  made, 126 or 127 if the command could not be started or found.

Output: data on stdout, prose on stderr. With --json both are JSON with a
member \"format\": 1; a failure is {\"format\": 1, \"error\": {...}} on stderr.";

/// The session for `exec` could not be made; the number `env`, `timeout` and container tools use for that.
pub const NO_SESSION: u8 = 125;

/// The exit status for this failure.
pub fn of(error: &Error) -> u8 {
    match error.reason() {
        // The store is sound; somebody else's turn takes long.
        Some(Reason::BusyElsewhere) => status(Kind::Timeout),
        _ => status(error.kind()),
    }
}

/// The exit status for a failure of this kind.
pub fn status(kind: Kind) -> u8 {
    match kind {
        Kind::InvalidArgument | Kind::InvalidState | Kind::AmbiguousAccount => 2,
        Kind::NotInSession
        | Kind::NotConfigured
        | Kind::NoCookie
        | Kind::BadCookie
        | Kind::ExpiredCookie
        | Kind::NoAddress
        | Kind::BadAddress
        | Kind::NoSubject => 3,
        Kind::NotSignedIn | Kind::ReauthRequired | Kind::InteractionRequired | Kind::GrantRevoked | Kind::NoToken => 4,
        Kind::ConfigInvalid | Kind::Store => 5,
        Kind::NotFound | Kind::Denied | Kind::Version | Kind::Http => 6,
        Kind::RateLimited
        | Kind::Server
        | Kind::Transport
        | Kind::Timeout
        | Kind::Broker
        | Kind::ListenerUnavailable => 7,
        Kind::Cancelled => 130,
        // Protocol, Internal, and what later versions add: nothing a script could act on.
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_retryable_kind_means_later_and_no_failure_means_success() {
        for kind in Kind::ALL {
            assert_ne!(status(*kind), 0, "{kind:?}");
            assert!(!kind.retryable() || status(*kind) == 7, "{kind:?}");
        }
    }

    #[test]
    fn the_help_names_every_status() {
        for kind in Kind::ALL {
            assert!(HELP.contains(&format!("\n  {:<3}  ", status(*kind))), "{kind:?}");
        }
    }
}
