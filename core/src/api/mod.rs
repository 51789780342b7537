//! The façade: the only module that skins call.

pub mod building_blocks;
mod oauth_client;
mod token_source;
mod workbench;

pub use oauth_client::{OAuthClient, discover};
pub use token_source::{Recovery, TokenSource};
pub use workbench::Client;
