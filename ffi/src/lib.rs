//! libtokcore: the C ABI. Translates types and reports errors; every decision is made in `core`.
//!
//! One file per C type. The mechanism is in `handle` (who owns what), `call` (the shape of a function), `panic`
//! (containment), `strings` (text in and out) and `status` and `error` (failures). The documentation of the exported
//! items is written for C readers: cbindgen copies it into `include/tokcore.h`.
//!
//! # Safety
//!
//! Every `unsafe` block of an exported function relies on the contract at the top of that header and on nothing else: a
//! pointer to an object is NULL or leads to an object that was not freed, a text is NULL or ends with a NUL, a place for
//! an output is NULL or may be written, and a pointer that is not `const` is used by one thread at a time.

#![deny(unsafe_op_in_unsafe_fn)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
// `assert!` and its kind: see clippy.toml.
#![cfg_attr(not(test), deny(clippy::disallowed_macros))]
#![cfg_attr(test, allow(clippy::disallowed_macros))]
// C names for C readers.
#![allow(non_camel_case_types)]
#![allow(clippy::missing_safety_doc, reason = "the contract is that of the header, see above")]

mod answer;
mod arrays;
mod attempt;
mod azure;
mod building_blocks;
mod bytes;
mod call;
mod cancel;
mod chain;
mod chain_calls;
mod client;
mod client_calls;
mod client_options;
mod credentials;
mod detection;
mod entries;
mod entry;
mod error;
mod error_calls;
mod explanation;
mod fields;
mod filter;
mod flow;
mod flow_prompt;
mod flow_seal;
mod google;
mod google_here;
mod handle;
mod identity;
mod integration;
mod integrations;
mod introspection;
mod kind;
mod metadata;
mod method;
mod oauth_client;
mod oauth_client_calls;
mod oauth_client_store;
mod panic;
mod person;
mod refusal;
mod request;
mod secret_key;
mod secrets;
mod settings;
mod settings_objects;
mod signing_key;
mod status;
mod store;
mod store_calls;
mod store_custom;
mod store_moving;
mod strings;
mod text;
mod token;
mod token_calls;
mod token_source;
mod token_source_about;
mod token_source_calls;
mod user_data;
mod version;
