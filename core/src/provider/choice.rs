//! Which source is asked, and on whose behalf.

use std::path::{Path, PathBuf};

use crate::credentials::Backend;

/// A backend that applies here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// Who is asked.
    pub backend: Backend,
    /// On whose behalf. Shape: `None` when the backend was given explicitly and no subject is there.
    pub subject: Option<Subject>,
    /// The broker's socket, when it is the local broker.
    pub(crate) socket: Option<PathBuf>,
}

impl Choice {
    /// The socket of the local broker, when it is asked.
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }
}

/// On whose behalf credentials are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// The person who looks at the content, by the token that Connect sent along.
    UserSessionToken,
    /// The content itself.
    ContentSessionToken,
    /// The user of the session, by its RPC cookie.
    Cookie,
    /// The user of this process, as the broker's socket sees it.
    PeerUser,
}

impl Subject {
    /// The name used in every language and in `--json` output.
    pub const fn name(self) -> &'static str {
        match self {
            Subject::UserSessionToken => "user_session_token",
            Subject::ContentSessionToken => "content_session_token",
            Subject::Cookie => "cookie",
            Subject::PeerUser => "peer_user",
        }
    }
}
