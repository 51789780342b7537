//! Which methods of the chain a request asks.

use super::method::{BuiltIn, Method, PREFIX};
use super::order::Chain;
use super::request::{ChainRequest, OnError};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::world::World;

/// Names methods that are not asked.
const DISABLE: &str = "TOKCORE_DISABLE";

impl Chain {
    /// The methods that this request asks, in order. Errors: `InvalidArgument` for a name that is no method's.
    pub(super) fn asked(&self, world: &World, request: &ChainRequest) -> Result<Vec<(String, Method)>, Error> {
        let mut methods = self.methods().to_vec();
        if request.integration.is_some() {
            let missing = [BuiltIn::Workbench, BuiltIn::Connect]
                .into_iter()
                .filter(|one| self.names().all(|own| own != one.name()));
            let missing: Vec<_> = missing.map(|one| (one.name().to_owned(), Method::BuiltIn(one))).collect();
            methods.splice(0..0, missing);
        }
        let disabled = world.context.set_var(DISABLE).unwrap_or_default();
        let disabled: Vec<&str> = disabled.split([',', ' ']).filter(|name| !name.is_empty()).collect();
        for name in request.methods.iter().chain(&request.disable).map(String::as_str).chain(disabled.iter().copied()) {
            if !methods.iter().any(|(own, _)| is_named(own, name)) && BuiltIn::named(name).is_none() {
                return Err(unknown_method(name, &methods));
            }
        }
        let is_wanted =
            |name: &str| request.methods.is_empty() || request.methods.iter().any(|one| is_named(name, one));
        let is_disabled = |name: &str| {
            request.disable.iter().any(|one| is_named(name, one)) || disabled.iter().any(|one| is_named(name, one))
        };
        methods.retain(|(name, _)| is_wanted(name) && !is_disabled(name));
        if methods.is_empty() && request.on_error == OnError::Stop {
            return Err(Error::new(Kind::NotConfigured, "the chain has no method that could be asked")
                .with_reason(Reason::NoMethods)
                .with_hint(format!(
                    "put methods into the chain again, or look at `methods`, `disable` and {DISABLE}"
                )));
        }
        Ok(methods)
    }
}

fn is_named(own: &str, name: &str) -> bool {
    own == name || own.strip_prefix(PREFIX) == Some(name)
}

fn unknown_method(name: &str, methods: &[(String, Method)]) -> Error {
    let known: Vec<&str> = methods.iter().map(|(name, _)| name.as_str()).collect();
    let shown: String = name.chars().take(40).collect();
    Error::new(Kind::InvalidArgument, format!("the chain has no method {shown}"))
        .with_hint(format!("its methods are {}", known.join(", ")))
}
