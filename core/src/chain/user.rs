//! The user whom a request is about, whatever the other methods would say.

use super::methods;
use super::request::ChainRequest;
use super::scene::{Answer, Scene, wish};
use crate::api::TokenSource;
use crate::chain::BuiltIn;
use crate::context::Context;
use crate::engine::NoInterrupt;
use crate::error::Error;
use crate::kinds::Kind;
use crate::person::{Nobody, Person};
use crate::world::World;

impl ChainRequest {
    /// The credential of the user whom this request means, whether or not somebody has signed in yet: what a sign-out takes
    /// away, and where a sign-in will be kept. `person`: whoever would be asked. Effects: `[disk]`.
    ///
    /// Errors: `NotConfigured` where no client is named, or something else than a user is meant; those of a client's file.
    pub fn user_source(&self, person: &dyn Person) -> Result<TokenSource, Error> {
        self.user_in_world(&World::os(), person)
    }

    /// The same in a given world, for tests, where nobody is there.
    pub fn user_source_with_context(&self, context: Context) -> Result<TokenSource, Error> {
        self.user_in_world(&World::apart(context), &Nobody)
    }

    fn user_in_world(&self, world: &World, person: &dyn Person) -> Result<TokenSource, Error> {
        let wish = wish(world, self, person)?;
        let scene =
            Scene { world, request: self, wish, person, interrupt: &NoInterrupt, is_walk: true, may_probe: false };
        match methods::answer(BuiltIn::UserOauth2, &scene) {
            Answer::Found(source, _) => Ok(*source),
            Answer::Failed(error, _) => Err(error),
            Answer::NotApplicable { why, .. } => Err(Error::new(Kind::NotConfigured, why)
                .with_hint("name the OAuth client that the user signs in to: the JSON file of Google's console")),
        }
    }
}
