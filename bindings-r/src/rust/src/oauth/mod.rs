//! The OAuth engine as R calls it: clients, sources, tokens, stores, stepped sign-ins, and the parts for those who build their own.

mod blocks;
mod client;
pub mod custom;
mod flow;
pub mod handle;
pub mod host;
pub mod person;
pub mod settings;
pub mod source;
pub mod store;
pub mod talk;
pub mod token;
