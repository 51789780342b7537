//! tokcore: one OAuth credential engine for C, R, Python and the shell.
//!
//! [`Client`] is the door: it finds out where the program runs, which credential applies, gets it and keeps it fresh.
//! The skins (C ABI, R, Python) call the façade and translate; every decision is made in this crate.
//!
//! ```
//! use tokcore::{Client, ClientOptions, Context, CredentialsRequest, Kind, NoInterrupt};
//!
//! // `Client::new` would look at this machine; an empty world shows what a failure says.
//! let client = Client::with_context(Context::default(), ClientOptions::default());
//! let request = CredentialsRequest::for_audience("name:box-integration");
//! let error = client.credentials(&request, &NoInterrupt).unwrap_err();
//! assert_eq!(error.kind(), Kind::NotInSession);
//! println!("{error}; {}", error.hint());
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod api;
mod cache;
mod chain;
pub mod context;
mod credentials;
pub mod crypto;
mod detect;
mod encrypted;
mod engine;
mod error;
pub mod flow;
mod fork;
pub mod jose;
mod kinds;
mod lock;
pub mod oauth;
mod options;
mod person;
pub mod profile;
mod provider;
mod reason;
mod renewal;
mod secret;
mod server;
pub mod settings;
mod store;
// The R package is built without its tests, and without the tables.
#[cfg(test)]
#[path = "../tests/table/reader.rs"]
mod table;
mod token;
pub mod transport;
mod world;

/// Doors for the fuzzer, into rooms that are closed otherwise; no part of the interface.
#[doc(hidden)]
pub use store::file::fuzzing;

pub use api::{
    Client, Discovery, Logout, OAuthClient, Recovery, Refusal, Store, TokenSource, building_blocks, discover, google,
    secrets,
};
pub use chain::{
    Brought, BuiltIn, Chain, ChainRequest, CustomMethod, Email, Explanation, Fetched, Finding, Given, Method, OnError,
    SubjectTokenSupplier, Supplier, Verdict,
};
pub use context::{Context, Terminal};
pub use credentials::{
    AzureToken, Backend, Credentials, CredentialsRequest, Filter, IdentityToken, Integration, SharedCredentials,
};
pub use detect::Detection;
pub use engine::{Interrupt, NoInterrupt};
pub use error::{Attempt, Error};
pub use kinds::{Kind, Retry};
pub use oauth::client_auth::Authentication;
pub use options::ClientOptions;
pub use person::{Interactivity, Nobody, Notice, Person, Typed};
pub use provider::About;
pub use provider::choice::{Choice, Subject};
pub use reason::Reason;
pub use secret::Secret;
pub use settings::{ClientSettings, GrantKind, Setting, Settings, TokenRequest};
pub use store::custom::CustomStore;
pub use store::listing::{Entry, EntryState, Selection};
pub use store::portable::Arrival;
pub use token::{Freshness, Origin, SharedToken, Token, TokenType};
