//! The order of the methods: a value, so that a change that fails changes nothing.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::method::{BuiltIn, Method};
use crate::error::Error;
use crate::kinds::Kind;

/// The order that this process uses. Lock-free, so that a forked child never waits for a thread that it does not have.
static CURRENT: ArcSwapOption<Chain> = ArcSwapOption::const_empty();

/// Methods by name, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Chain(Arc<[(String, Method)]>);

impl Default for Chain {
    /// The standard order: what the caller gives first, then what the machine has, then a person.
    fn default() -> Self {
        let standard = BuiltIn::ALL[..BuiltIn::STANDARD].iter();
        Self(standard.map(|method| (method.name().to_owned(), Method::BuiltIn(*method))).collect())
    }
}

impl Chain {
    /// The order that [`Chain::install`] set last in this process; else the standard one.
    pub fn current() -> Self {
        CURRENT.load().as_deref().cloned().unwrap_or_default()
    }

    /// Makes this the order of the process. Calls under way keep theirs.
    pub fn install(self) {
        CURRENT.store(Some(Arc::new(self)));
    }

    /// No method at all.
    pub fn empty() -> Self {
        Self(Arc::default())
    }

    /// These methods in this order. Errors: `InvalidArgument` for a name that is empty or stands there twice.
    pub fn of(methods: Vec<(String, Method)>) -> Result<Self, Error> {
        check_names(methods.iter().map(|(name, _)| name.as_str()))?;
        Ok(Self(methods.into()))
    }

    /// This order after `changes`: first everything without a method is removed, where it is there, then the others are put
    /// in front, one after the other, so that the last one is asked first.
    ///
    /// Errors: `InvalidArgument` for a name that is empty or stands there twice, and for one that is in the order already.
    pub fn changed(&self, changes: Vec<(String, Option<Method>)>) -> Result<Self, Error> {
        check_names(changes.iter().map(|(name, _)| name.as_str()))?;
        let (added, removed): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(_, method)| method.is_some());
        let stays = |(name, _): &&(String, Method)| removed.iter().all(|(gone, _)| gone != name);
        let kept: Vec<_> = self.0.iter().filter(stays).cloned().collect();
        let taken: Vec<_> = added
            .iter()
            .map(|(name, _)| name)
            .filter(|name| kept.iter().any(|(own, _)| own == *name))
            .cloned()
            .collect();
        if !taken.is_empty() {
            let names = taken.join(", ");
            return Err(Error::new(Kind::InvalidArgument, format!("already in the chain: {names}"))
                .with_hint("remove it in a call of its own first, or choose another name"));
        }
        let added = added.into_iter().rev().filter_map(|(name, method)| Some((name, method?)));
        Ok(Self(added.chain(kept).collect()))
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The methods with their names, in order.
    pub fn methods(&self) -> &[(String, Method)] {
        &self.0
    }

    /// The options that the program's own methods know.
    pub(super) fn own_options(&self) -> impl Iterator<Item = &str> {
        let own = self.0.iter().filter_map(|(_, method)| match method {
            Method::Custom(custom) => Some(custom.options()),
            Method::BuiltIn(_) => None,
        });
        own.flatten().map(String::as_str)
    }
}

fn check_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Result<(), Error> {
    let refused = |problem: String| {
        Err(Error::new(Kind::InvalidArgument, problem).with_hint("give every method a name of its own"))
    };
    for (at, name) in names.clone().enumerate() {
        if name.is_empty() {
            return refused(format!("method {} has no name", at + 1));
        }
        if names.clone().skip(at + 1).any(|other| other == name) {
            return refused(format!("the name {name} is given twice"));
        }
    }
    Ok(())
}
