//! The keyring of the desktop: it keeps the key of the stores, never a token. Source: specs/reliability.md §5.1.
//!
//! A keyring may be absent, locked, dead or hanging, and each of these is a result with a name. It is asked on a helper
//! thread with a bound, and no prompt appears where nobody could see it.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// Longer than a keyring takes, shorter than a person's patience with a library.
const PATIENCE: Duration = Duration::from_secs(2);

/// A keyring that holds at most one secret of ours.
pub(crate) trait Keyring: Send + Sync {
    /// The secret. `may_prompt`: whether somebody would see a question. Shape: `None` when there is none. Effects: `[blocks]`.
    fn get(&self, may_prompt: bool) -> Result<Option<Secret>, Trouble>;

    /// Keeps the secret. Effects: `[blocks]`.
    fn set(&self, secret: &Secret, may_prompt: bool) -> Result<(), Trouble>;
}

/// Why a keyring did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is none on this machine, or in this session.
    Absent,
    /// A person has to unlock it.
    #[cfg_attr(not(feature = "keyring"), allow(dead_code, reason = "told by a desktop's keyring"))]
    Locked,
    /// It does not answer.
    Hangs,
    /// It answers that it cannot.
    Failed,
}

impl Trouble {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Absent => "there is no keyring in this session",
            Self::Locked => "the keyring is locked",
            Self::Hangs => "the keyring does not answer",
            Self::Failed => "the keyring refused",
        }
    }

    const fn next_step(self) -> &'static str {
        match self {
            Self::Absent => "sign in at the desktop whose keyring has the key, or name another folder in TOKCORE_STORE",
            Self::Locked => "unlock the keyring, then try again",
            Self::Hangs => "restart the keyring's service, then try again",
            Self::Failed => "look into the keyring's log, then try again",
        }
    }

    /// A store whose key is in the keyring cannot be opened now.
    pub(crate) fn error(self) -> Error {
        Error::new(Kind::Store, format!("{}, and the key of the store is in it", self.words()))
            .with_reason(Reason::StoreKey)
            .with_hint(self.next_step())
    }
}

/// The keyring of this desktop. Shape: `None` in a build without the feature `keyring`.
pub(crate) fn of_desktop(context: &Context) -> Option<Arc<dyn Keyring>> {
    #[cfg(feature = "keyring")]
    return Some(Arc::new(super::desktop::Desktop::new(context)));
    #[cfg(not(feature = "keyring"))]
    {
        let _ = context;
        None
    }
}

/// Whether a question would be seen by anybody.
pub(crate) fn has_display(context: &Context) -> bool {
    cfg!(any(target_os = "macos", windows))
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| context.set_var(name).is_some())
}

/// Runs `call` on a thread of its own and waits no longer than [`PATIENCE`]. A thread that hangs ends with its call.
pub(crate) fn bounded<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("tokcore-keyring".to_owned()).spawn(move || {
        let _ = sender.send(call());
    });
    if thread.is_err() {
        return Err(Trouble::Failed);
    }
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|gone| match gone {
        RecvTimeoutError::Timeout => Err(Trouble::Hangs),
        // It panicked.
        RecvTimeoutError::Disconnected => Err(Trouble::Failed),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_keyring_that_hangs_or_panics_is_told_as_that() {
        let begun = Instant::now();
        let hanging = bounded(|| {
            std::thread::sleep(PATIENCE + Duration::from_millis(500));
            Ok(())
        });
        assert_eq!(hanging, Err(Trouble::Hangs));
        assert!(begun.elapsed() < Duration::from_secs(3));
        assert_eq!(bounded(|| Ok(7)), Ok(7));
        assert_eq!(bounded(|| Err::<(), _>(Trouble::Locked)), Err(Trouble::Locked));
    }
}
