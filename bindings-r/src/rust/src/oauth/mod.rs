//! The OAuth engine as R calls it: clients, sources, tokens, stores, stepped sign-ins, and the parts for those who build their own.

mod blocks;
mod client;
pub mod custom;
mod flow;
mod handle;
mod person;
mod settings;
mod source;
mod store;
mod talk;
mod token;
