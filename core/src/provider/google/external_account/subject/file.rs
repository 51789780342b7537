//! A proof of identity in a file, which somebody else keeps fresh.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::format::Format;
use super::{MOST_BYTES, Proof, SubjectTokens, unusable};
use crate::error::Error;
use crate::provider::google::external_account::members::Members;
use crate::transport::BoxFuture;
use crate::world::World;

pub(super) struct File {
    path: PathBuf,
    format: Format,
    name: String,
}

impl File {
    pub(super) fn read(members: &Members<'_>) -> Result<Self, Error> {
        let path = members.required("file")?;
        Ok(Self { path: path.into(), format: Format::read(members)?, name: format!("the file {path}") })
    }

    fn proof(&self, world: &World) -> Result<Proof, Error> {
        let unreadable = |cause| unusable(format!("{} cannot be read: {cause}", self.name));
        let content = Zeroizing::new(world.context.files.read(&self.path, MOST_BYTES).map_err(unreadable)?);
        self.format.token(&content, &self.name).map(Proof::from)
    }
}

impl SubjectTokens for File {
    fn name(&self) -> &str {
        &self.name
    }

    fn fetch<'a>(&'a self, world: &'a World) -> BoxFuture<'a, Result<Proof, Error>> {
        Box::pin(async { self.proof(world) })
    }
}
