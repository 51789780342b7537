//! The keyring of this desktop: the Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.

use super::keyring::{Keyring, Trouble};
use crate::context::Context;
use crate::secret::Secret;

/// What keyrings show of the entry.
const LABEL: &str = "tokcore: key of the credential store";
const SERVICE: &str = "tokcore";
const ENTRY: &str = "store-key";

/// The keyring of whoever is signed in at this machine.
pub(super) struct Desktop {
    /// Whether there is a session bus to look for it on.
    #[cfg(target_os = "linux")]
    has_bus: bool,
}

#[cfg(target_os = "linux")]
mod secret_service {
    use std::collections::HashMap;

    use dbus_secret_service::{EncryptionType, Error, SecretService};
    use zeroize::Zeroizing;

    use super::{Context, Desktop, ENTRY, Keyring, LABEL, SERVICE, Secret, Trouble};

    /// Longer than anybody waits here: the question stays on the screen for whoever comes back with another try.
    const PROMPT_S: u64 = 60;

    /// What the bus says where nobody listens, or where nobody offers the service.
    const NOBODY: [&str; 5] = [
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.FileNotFound",
        "org.freedesktop.DBus.Error.NoServer",
        "org.freedesktop.DBus.Error.BadAddress",
    ];

    impl Desktop {
        pub(in crate::store::key) fn new(context: &Context) -> Self {
            let runtime = context.set_var("XDG_RUNTIME_DIR").map(|folder| std::path::Path::new(&folder).join("bus"));
            let socket = runtime.is_some_and(|bus| context.files.is_socket(&bus, None));
            // Without one, the bus library would start one, which has no keyring either.
            Self { has_bus: socket || context.set_var("DBUS_SESSION_BUS_ADDRESS").is_some() }
        }

        fn connect(&self) -> Result<SecretService, Trouble> {
            if !self.has_bus {
                return Err(Trouble::Absent);
            }
            // Plain: the bus is this user's alone, and what travels on it is seen by this user's programs anyway.
            SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, PROMPT_S).map_err(trouble)
        }
    }

    fn attributes() -> HashMap<&'static str, &'static str> {
        HashMap::from([("service", SERVICE), ("username", ENTRY)])
    }

    impl Keyring for Desktop {
        fn get(&self, may_prompt: bool) -> Result<Option<Secret>, Trouble> {
            let service = self.connect()?;
            let found = service.search_items(attributes()).map_err(trouble)?;
            let item = match (found.unlocked.first(), found.locked.first()) {
                (Some(item), _) => item,
                (None, Some(_)) if !may_prompt => return Err(Trouble::Locked),
                (None, Some(item)) => {
                    item.unlock().map_err(trouble)?;
                    item
                }
                (None, None) => return Ok(None),
            };
            let bytes = Zeroizing::new(item.get_secret().map_err(trouble)?);
            Ok(Some(Secret::new(std::str::from_utf8(&bytes).map_err(|_| Trouble::Failed)?)))
        }

        fn set(&self, secret: &Secret, may_prompt: bool) -> Result<(), Trouble> {
            let service = self.connect()?;
            let collection = service.get_default_collection().map_err(trouble)?;
            if collection.is_locked().map_err(trouble)? {
                if !may_prompt {
                    return Err(Trouble::Locked);
                }
                collection.unlock().map_err(trouble)?;
            }
            let bytes = secret.expose().as_bytes();
            collection.create_item(LABEL, attributes(), bytes, true, "text/plain").map_err(trouble)?;
            Ok(())
        }
    }

    fn trouble(error: Error) -> Trouble {
        match error {
            Error::Unavailable | Error::NoResult => Trouble::Absent,
            Error::Dbus(error) if error.name().is_some_and(|name| NOBODY.contains(&name)) => Trouble::Absent,
            Error::Locked | Error::Prompt => Trouble::Locked,
            _ => Trouble::Failed,
        }
    }
}

#[cfg(any(target_os = "macos", windows))]
mod native {
    use keyring::{Entry, Error};

    use super::{Context, Desktop, ENTRY, Keyring, LABEL, SERVICE, Secret, Trouble};

    impl Desktop {
        pub(in crate::store::key) fn new(_context: &Context) -> Self {
            Self {}
        }
    }

    fn entry() -> Result<Entry, Trouble> {
        Entry::new_with_target(LABEL, SERVICE, ENTRY).map_err(trouble)
    }

    impl Keyring for Desktop {
        fn get(&self, _may_prompt: bool) -> Result<Option<Secret>, Trouble> {
            match entry()?.get_password() {
                Ok(text) => Ok(Some(Secret::new(text))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(trouble(error)),
            }
        }

        fn set(&self, secret: &Secret, _may_prompt: bool) -> Result<(), Trouble> {
            entry()?.set_password(secret.expose()).map_err(trouble)
        }
    }

    fn trouble(error: Error) -> Trouble {
        match error {
            Error::NoStorageAccess(_) => Trouble::Locked,
            _ => Trouble::Failed,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn without_a_session_bus_there_is_no_keyring_and_nothing_is_started() {
        let desktop = Desktop::new(&Context::default());
        assert_eq!(desktop.get(true).err(), Some(Trouble::Absent));
        assert_eq!(desktop.set(&Secret::new("x"), true).err(), Some(Trouble::Absent));
    }
}
