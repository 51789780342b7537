//! What somebody who signs in at Google wishes, as a request of the generic engine. Source: specs, requests, email values.

use std::time::Duration;

use super::client::Client;
use super::comeback::{self, Comeback};
use crate::context::Context;
use crate::error::Error;
use crate::flow::{ClientType, FlowChoice};
use crate::person::Interactivity;
use crate::provider::google::scope;
use crate::settings::{GrantKind, TokenRequest};
use crate::store::account::Wanted;

/// Says whose token is meant where the caller does not.
const EMAIL_VARIABLE: &str = "TOKCORE_EMAIL";

/// Which user is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Email {
    /// Whichever is stored: R's `TRUE`.
    Any,
    /// None of those: another sign-in. R's `NA` and `FALSE`.
    New,
    /// An address, or a pattern such as `*@example.com`.
    Named(String),
}

/// What somebody wishes who signs in at Google.
#[derive(Clone, Debug)]
pub(crate) struct UserWish {
    /// Full scopes.
    pub(crate) scopes: Vec<String>,
    /// Whether the scope that shows the address is asked for too. For a named account it always is.
    pub(crate) add_email: bool,
    /// Default: what [`EMAIL_VARIABLE`] says, else the default account, else the only one.
    pub(crate) email: Option<Email>,
    /// As [`TokenRequest::flow`] and the older switches beside it.
    pub(crate) flow: Option<String>,
    pub(crate) use_oob: Option<bool>,
    pub(crate) gargle_oob_default: Option<bool>,
    pub(crate) httr_oob_default: Option<bool>,
    /// Where the browser comes back to, and on which port of this machine. Default: what the client has registered.
    pub(crate) redirect_uri: Option<String>,
    pub(crate) port: Option<u16>,
    /// Whether the token shall be good for what the user has granted to this client before, too.
    pub(crate) include_granted_scopes: bool,
    /// Whether fewer scopes than asked for will do.
    pub(crate) allow_partial: bool,
    /// Whether another account than asked for will do.
    pub(crate) allow_other_account: bool,
    /// Whether accounts are told apart as gargle does.
    pub(crate) gargle: bool,
    pub(crate) interactivity: Interactivity,
    pub(crate) open_browser: Option<bool>,
    pub(crate) listener_timeout: Option<Duration>,
}

impl Default for UserWish {
    fn default() -> Self {
        Self {
            scopes: Vec::new(),
            add_email: true,
            email: None,
            flow: None,
            use_oob: None,
            gargle_oob_default: None,
            httr_oob_default: None,
            redirect_uri: None,
            port: None,
            include_granted_scopes: false,
            allow_partial: false,
            allow_other_account: false,
            gargle: false,
            interactivity: Interactivity::Unknown,
            open_browser: None,
            listener_timeout: None,
        }
    }
}

/// The request that this wish makes.
///
/// Errors: `ConfigInvalid` for an address that makes no sense, a flow that the client is not registered for, and variables
/// that make no sense.
pub(crate) fn request(context: &Context, client: &Client, wish: &UserWish) -> Result<TokenRequest, Error> {
    let Comeback { flow, listens_by_option, redirect_uri, ports, listen_host, listen_port } =
        comeback::choose(context, client, wish)?;
    let account = account(context, wish.email.as_ref());
    // Who signs in is compared with who is named, so Google has to say who it is.
    let is_named = account.as_ref().is_some_and(|account| account.contains('@'));
    let scopes = if wish.add_email || is_named { scope::with_email(wish.scopes.clone()) } else { wish.scopes.clone() };
    let (grant, scopes) = match flow {
        Some(FlowChoice::Device) => (GrantKind::DeviceCode, scope::of_device(scopes)),
        _ => (GrantKind::AuthorizationCode, scope::normalised(scopes)),
    };
    let request = TokenRequest {
        grant,
        scopes,
        offline: true,
        include_granted_scopes: wish.include_granted_scopes,
        account,
        gargle_accounts: wish.gargle,
        flow: flow.map(|flow| flow.name().to_owned()),
        gargle_oob_default: listens_by_option.then_some(false),
        redirect_uri,
        port_candidates: ports,
        listen_host,
        listen_port,
        require_scopes: !wish.allow_partial,
        require_account: !wish.allow_other_account,
        open_browser: wish.open_browser,
        listener_timeout: wish.listener_timeout,
        ..TokenRequest::default()
    };
    let prompt = prompt(client.kind, &request.wanted_account()?);
    Ok(TokenRequest { prompt, ..request })
}

/// As the generic engine names accounts.
fn account(context: &Context, email: Option<&Email>) -> Option<String> {
    match email {
        None => context.set_var(EMAIL_VARIABLE),
        Some(Email::Any) => Some("any".to_owned()),
        Some(Email::New) => Some("new".to_owned()),
        Some(Email::Named(address)) => Some(address.clone()),
    }
}

/// What Google shall ask: which account, where none is named; and for consent, without which a web client gets a refresh
/// token only the first time.
fn prompt(client: ClientType, wanted: &Wanted) -> Option<String> {
    let asks = [(client == ClientType::Web, "consent"), (!matches!(wanted, Wanted::Named(_)), "select_account")];
    let words: Vec<&str> = asks.into_iter().filter_map(|(asks, word)| asks.then_some(word)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
