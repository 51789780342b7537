//! Which store a client's credentials are in. Nothing is looked at before the first token is wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::shelf::Shelf;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;
use crate::secret::Secret;

/// The setting `store` of hosts that make no store of their own accord: the usual one, where somebody has made it.
const EXISTING: &str = "existing";

/// Where the credentials of one client outlive the process.
pub(crate) enum Home {
    /// Nowhere.
    Nowhere,
    /// Here. Its number tells it from all others that this process ever has: addresses are used again.
    Shelf(Arc<dyn Shelf>, u64),
    /// Where settings, environment and custom say.
    Chosen(Chosen),
}

/// A store of files, opened at its first use.
pub(crate) struct Chosen {
    /// The setting `store`.
    store: Option<String>,
    /// Whether the default store counts only where it is there already.
    only_existing: bool,
    /// The setting `store_key`.
    key: Option<Secret>,
    opened: PerProcess<Opened>,
}

struct Opened {
    /// Shape: `None` for `memory`, and for a default store that cannot be used.
    shelf: Option<Arc<dyn Shelf>>,
}

impl Home {
    /// One that only this program knows.
    pub(crate) fn of(shelf: Arc<dyn Shelf>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Home::Shelf(shelf, NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The store that these settings lead to. No I/O.
    pub(crate) fn chosen(store: Option<String>, key: Option<Secret>) -> Self {
        let only_existing = store.as_deref() == Some(EXISTING);
        let store = store.filter(|_| !only_existing);
        Home::Chosen(Chosen { store, only_existing, key, opened: PerProcess::new() })
    }

    /// The place itself, opened at its first use. Shape: `None` where credentials live as long as the process.
    ///
    /// `precious`: whether the credential cannot be had again without a person. Errors: `Store` for a store that was named
    /// and is not usable, and for a default one that is there and refused; one that cannot be made costs a warning.
    pub(crate) fn shelf(&self, context: &Context, precious: bool) -> Result<Option<Arc<dyn Shelf>>, Error> {
        match self {
            Home::Nowhere => Ok(None),
            Home::Shelf(shelf, _) => Ok(Some(shelf.clone())),
            Home::Chosen(chosen) => chosen.shelf(context, precious),
        }
    }

    /// The same for whoever asks for the store itself: one that cannot be used is an error, also the default one.
    pub(crate) fn shelf_or_why(&self, context: &Context) -> Result<Option<Arc<dyn Shelf>>, Error> {
        match self {
            Home::Chosen(chosen) => chosen.shelf_or_why(context),
            home => home.shelf(context, true),
        }
    }

    /// What tells this store from others in this process. Shape: empty for none, and for where everybody's is.
    pub(crate) fn name(&self) -> String {
        match self {
            Home::Nowhere => String::new(),
            Home::Shelf(_, number) => format!("shelf {number}"),
            Home::Chosen(Chosen { store, only_existing, key, .. }) => {
                let key = key.as_ref().map(|key| crypto::hex(&crypto::sha256(key.expose().as_bytes())));
                // Whoever is content without a store must not keep others from theirs.
                let store = store.clone().or_else(|| only_existing.then(|| EXISTING.to_owned()));
                [store, key].into_iter().flatten().collect::<Vec<_>>().join("#")
            }
        }
    }
}

impl Chosen {
    fn shelf(&self, context: &Context, precious: bool) -> Result<Option<Arc<dyn Shelf>>, Error> {
        if !precious && self.is_default(context) {
            return Ok(None);
        }
        Ok(self.opened.get_or_try_init(|| self.open(context))?.shelf.clone())
    }

    fn shelf_or_why(&self, context: &Context) -> Result<Option<Arc<dyn Shelf>>, Error> {
        let open = || self.files(context);
        let opened = self.opened.get_or_try_init(|| open().map(|shelf| Opened { shelf }))?;
        // A client may have been content without one before.
        opened.shelf.clone().map_or_else(open, |shelf| Ok(Some(shelf)))
    }

    fn files(&self, context: &Context) -> Result<Option<Arc<dyn Shelf>>, Error> {
        if self.only_existing && self.is_default(context) && !super::file::is_made(context) {
            return Ok(None);
        }
        super::file::open(context, self.store.as_deref(), self.key.as_ref())
    }

    fn is_default(&self, context: &Context) -> bool {
        self.store.is_none() && context.set_var(super::VARIABLE).is_none()
    }

    fn open(&self, context: &Context) -> Result<Opened, Error> {
        let is_default = self.is_default(context);
        match self.files(context) {
            Ok(shelf) => Ok(Opened { shelf }),
            // One that is there and refused is nobody's wish to go without.
            Err(error) if is_default && error.kind() == Kind::Store && !super::file::is_made(context) => {
                static WARNED: AtomicBool = AtomicBool::new(false);
                if !WARNED.swap(true, Ordering::Relaxed) {
                    tracing::warn!("credentials are not kept beyond this process: {error}; {}", error.hint());
                }
                Ok(Opened { shelf: None })
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sources with the same name share their credential, and with it the place where it is kept.
    #[test]
    fn homes_that_may_keep_in_different_places_have_different_names() {
        let name = |store: Option<&str>| Home::chosen(store.map(str::to_owned), None).name();
        let names = [name(None), name(Some("existing")), name(Some("user")), name(Some("/folder"))];
        for (at, one) in names.iter().enumerate() {
            assert!(!names[..at].contains(one), "{one:?} stands for two");
        }
    }
}
