//! What a sign-in brought, before anybody sees it: whether it is what was asked for, and whose it is.

use std::sync::Arc;

use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::Dialect;
use crate::reason::Reason;
use crate::renewal::keeper::Keeper;
use crate::renewal::{self, account_of};
use crate::server::Server;
use crate::settings::TokenRequest;
use crate::store::account::Wanted;
use crate::store::record::Account;
use crate::token::Token;

/// `token`, kept as its owner's. Effects: `[disk]`, `[net]` where the ID token does not say whose it is.
///
/// Errors: `Denied` with the reason `partial_consent`, and nothing is kept; with the reason `wrong_account`, and it is kept
/// for whoever asks for that account, unless nobody knows which it is.
pub(super) async fn settled(
    server: &Server,
    request: &TokenRequest,
    keeper: Option<Arc<Keeper>>,
    token: Token,
) -> Result<Token, Error> {
    if request.require_scopes {
        check_scopes(&server.dialect, request, &token)?;
    }
    let token = identified(server, token).await;
    let account = account_of(&token);
    if request.names_an_address() && server.tells_owners() && !names_an_address(&account) {
        return Err(unknown_owner(request.account.as_deref().unwrap_or_default(), server.settings.display_name()));
    }
    let Some(stranger) = stranger(request, &account)? else {
        return Ok(renewal::keep_first(keeper, token).await);
    };
    renewal::keep_first(keeper.and_then(|keeper| keeper.of_account(&stranger)), token).await;
    Err(wrong_account(request.account.as_deref().unwrap_or_default(), &stranger))
}

/// Whether the person allowed all that was asked for. A server that does not say what it granted has granted that.
fn check_scopes(dialect: &Dialect, request: &TokenRequest, token: &Token) -> Result<(), Error> {
    let Some(granted) = &token.scopes_granted else { return Ok(()) };
    let missing = dialect.response.missing_scopes(&request.scopes, granted);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::new(Kind::Denied, format!("the person did not allow the scopes {}", missing.join(" ")))
        .with_reason(Reason::PartialConsent)
        .with_hint("sign in again and tick every box, or ask for fewer scopes"))
}

/// `token` with its owner's address, where the client says who knows it and the ID token does not.
async fn identified(server: &Server, mut token: Token) -> Token {
    if !server.tells_owners() || account_of(&token).email.is_some() {
        return token;
    }
    match server.userinfo(&token).await {
        Ok(told) => {
            let name = ["email", "sub"].into_iter().find_map(|claim| told.get(claim)?.as_str());
            token.account = name.map(str::to_owned).or(token.account);
        }
        Err(error) => tracing::info!("nobody says whose the token is: {error}"),
    }
    token
}

/// Who signed in, if that is known and is not who was wanted.
fn stranger(request: &TokenRequest, account: &Account) -> Result<Option<String>, Error> {
    let wanted = request.wanted_account()?;
    let is_open = !request.require_account || matches!(wanted, Wanted::Unset | Wanted::Any | Wanted::New);
    // A subject says nothing about an address.
    let is_comparable =
        |label: &&String| label.contains('@') || !request.account.as_deref().unwrap_or("").contains('@');
    let label = account.label.as_ref().filter(is_comparable);
    Ok(label.filter(|_| !is_open && !wanted.fits(account, request.account_manner())).cloned())
}

fn names_an_address(account: &Account) -> bool {
    account.label.as_ref().is_some_and(|label| label.contains('@'))
}

/// Whoever signed in could be somebody else than the wanted account, and would be taken for it from then on.
fn unknown_owner(wanted: &str, server: &str) -> Error {
    Error::new(Kind::Denied, format!("{server} does not say whose the sign-in is, and {wanted} was wanted"))
        .with_reason(Reason::WrongAccount)
        .with_hint(
            "sign in again, and ask for the scope that shows the account's address; or name no account; or set \
             allow_other_account (require_account = false)",
        )
}

fn wrong_account(wanted: &str, got: &str) -> Error {
    Error::new(Kind::Denied, format!("{got} signed in, and {wanted} was wanted"))
        .with_reason(Reason::WrongAccount)
        .with_hint(format!("sign in as {wanted}; {got} is kept, and is used by whoever asks for that account"))
}
