//! Getting another token without asking a person, and keeping what came: nobody sees a token that is not safe yet.

pub(crate) mod credential;
pub(crate) mod keeper;
mod kept;
pub(crate) mod kept_token;
mod log_out;
mod outcome;
mod quiet;
mod recovery;
mod search;
mod signed_in;

use crate::settings::{GrantKind, TokenRequest};

pub(crate) use kept::{Want, renew};
pub(crate) use kept_token::account_of;
pub use log_out::Logout;
pub(crate) use log_out::{give_back, log_out};
pub(crate) use quiet::{is_quiet, needs_person, quiet, refresh};
pub(crate) use signed_in::{keep_adopted, keep_first};

/// Whether what this grant brings cannot be had again without a person, or from anybody.
pub(crate) fn needs_store(request: &TokenRequest) -> bool {
    use GrantKind::*;
    matches!(request.grant, AuthorizationCode | DeviceCode | Password | RefreshToken)
}
