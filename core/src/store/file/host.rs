//! What this machine is called.

/// The name of this machine, for people.
pub(super) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
