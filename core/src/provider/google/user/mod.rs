//! People who sign in at Google: their client, how their sign-in goes, and who they are. Source: specs, user OAuth.
//!
//! The sign-in itself is the generic one ([`crate::flow`]). Here is only what Google's users say differently: [`client_file`]
//! reads what the console gives, [`client`] makes settings of it, [`comeback`] decides where the browser comes back to, and
//! [`sign_in`] turns their wishes into a request. [`identity`] asks whose a token is. [`grant_file`] is what
//! other tools keep of a sign-in.

mod client;
mod client_file;
mod comeback;
pub(crate) mod grant_file;
pub(crate) mod identity;
mod sign_in;
#[cfg(test)]
mod tests;

pub(crate) use client::{client, default_type};
pub use sign_in::Email;
pub(crate) use sign_in::{UserWish, request};
