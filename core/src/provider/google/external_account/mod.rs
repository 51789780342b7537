//! Workload and workforce identity federation (`external_account`).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Wish;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::TokenProvider;
use crate::world::World;

/// The kind, by the name that its file gives it.
pub(super) const KIND: &str = "external_account";

/// The federated identity that this file describes.
pub(super) fn open(
    _world: &World,
    _file: Map<String, Value>,
    source: &str,
    _wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    Err(Error::new(Kind::ConfigInvalid, format!("{source}: {KIND} is not supported")))
}
