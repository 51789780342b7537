//! The OAuth engine as R calls it: clients, sources, tokens, stepped sign-ins, and the parts for those who build their own.

mod blocks;
mod client;
mod flow;
mod handle;
mod person;
mod settings;
mod source;
mod token;
