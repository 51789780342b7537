//! Signing out: the server is told, then nothing is kept.

use std::sync::Arc;

use super::keeper::Keeper;
use crate::error::Error;
use crate::oauth::revocation::Revocation;
use crate::secret::Secret;
use crate::server::Server;
use crate::token::SharedToken;

/// What came of signing out.
#[derive(Debug)]
pub struct Logout {
    /// Whether there was anything to sign out of.
    pub found: bool,
    /// What the server said. Shape: `None` when it was not asked.
    pub revocation: Option<Revocation>,
}

/// Removes what is kept, having told the server where `revokes` says so. Nobody renews it meanwhile: this is a turn too.
///
/// `held`: the token in memory, for a credential that is kept nowhere else. Effects: `[net]` `[disk]`. Errors: `Store`.
pub(crate) async fn log_out(
    keeper: Option<Arc<Keeper>>,
    server: Arc<Server>,
    held: Option<SharedToken>,
    revokes: bool,
) -> Result<Logout, Error> {
    let shelf = keeper.as_ref().map(|keeper| keeper.shelf()).transpose()?.flatten();
    let Some((keeper, shelf)) = keeper.zip(shelf) else {
        let tokens = held.map(|token| (token.refresh_token.clone(), Some(token.access_token.clone())));
        return Ok(given_back(&server, tokens, revokes).await);
    };
    let (_, turn) = keeper.turn(&*shelf).await?;
    let record = keeper.newest_record(&*turn)?;
    let tokens = record.as_ref().map(|kept| (kept.secrets.refresh_token.clone(), kept.secrets.access_token.clone()));
    let gone = given_back(&server, tokens, revokes).await;
    turn.remove()?;
    keeper.forget();
    Ok(gone)
}

/// A server that cannot be asked is no reason to keep anything.
async fn given_back(server: &Server, tokens: Option<(Option<Secret>, Option<Secret>)>, revokes: bool) -> Logout {
    let Some((refresh_token, access_token)) = tokens else { return Logout { found: false, revocation: None } };
    if !revokes {
        return Logout { found: true, revocation: None };
    }
    let revocation = server.revoke(refresh_token.as_ref(), access_token.as_ref()).await;
    Logout { found: true, revocation: Some(revocation.unwrap_or_else(Revocation::LocalOnly)) }
}
