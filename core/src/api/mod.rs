//! The façade: the only module that skins call.

mod adoption;
pub mod building_blocks;
pub mod google;
mod leaving;
mod lent;
mod moving;
mod oauth_client;
mod recovery;
mod renewing;
mod root;
pub mod secrets;
mod store;
mod token_source;
mod unattended;
mod workbench;

pub use crate::renewal::Logout;
pub use oauth_client::{Discovery, OAuthClient, discover};
pub use recovery::{Recovery, Refusal};
pub use store::Store;
pub use token_source::TokenSource;
pub use workbench::Client;
