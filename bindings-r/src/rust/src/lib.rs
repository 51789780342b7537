//! The R skin of tokcore: it converts, holds handles and polls for Esc. Every decision is made in `core`.
//!
//! How a call travels: an R closure calls a C function of `entrypoint.c`; that calls one function of [`entry`], which
//! answers with a value or with a *failure object* and never raises. C raises the condition when no Rust frame is left,
//! so that nothing is leaked by R's long jumps. R's API is touched on R's main thread only.

mod arguments;
mod boundary;
mod chain;
mod entry;
mod interrupt;
mod json;
mod oauth;
mod secrets;
mod session;
mod values;
