//! libtokcore: the C ABI. Translates types and reports errors; every decision is made in `core`.
//!
//! One file per C type. The mechanism is in `handle` (who owns what), `call` (the shape of a function), `panic`
//! (containment), `strings` (text in and out) and `status` and `error` (failures). The documentation of the exported
//! items is written for C readers: cbindgen copies it into `include/tokcore.h`.

#![deny(unsafe_op_in_unsafe_fn)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
#![cfg_attr(not(test), deny(clippy::disallowed_macros))]
// assert!, see clippy.toml
// C names for C readers. What Rust would put under "Safety" is the contract at the top of the header.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]

mod azure;
mod call;
mod cancel;
mod client;
mod client_calls;
mod client_options;
mod credentials;
mod detection;
mod error;
mod filter;
mod handle;
mod identity;
mod integration;
mod integrations;
mod kind;
mod panic;
mod request;
mod status;
mod strings;
mod text;
mod version;
