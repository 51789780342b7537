//! Signing in to an integration, and out of it. Source: specs/workbench.md §4.3, §4.4; threats T01–T04.

mod begin;
mod finish;
pub mod flow_cookie;
mod signout;

pub use begin::{Begun, begin};
pub use finish::{Failed, Finished, finish};
pub use signout::sign_out;

use crate::app::Addresses;

/// Where providers send the browser back to. Built from `public-url` and from nothing that a request says.
pub fn redirect_uri(addresses: &Addresses) -> String {
    format!("{}/oauth_redirect_callback", addresses.public_url)
}
