//! Signing out: the server is told, then nothing is kept.

use std::sync::Arc;

use super::keeper::Keeper;
use crate::error::Error;
use crate::oauth::revocation::Revocation;
use crate::secret::Secret;
use crate::server::Server;
use crate::store::record::Secrets;
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
        let held = held.map(|token| (token.refresh_token.clone(), Some(token.access_token.clone())));
        let revocation = match held.as_ref().filter(|_| revokes) {
            Some((refresh_token, access_token)) => Some(revoked(&server, refresh_token, access_token).await),
            None => None,
        };
        return Ok(Logout { found: held.is_some(), revocation });
    };
    let (_, turn) = keeper.turn(&*shelf).await?;
    let record = keeper.newest_record(&*turn)?;
    let revocation = match record.as_ref().filter(|_| revokes) {
        Some(record) => Some(give_back(&server, &record.secrets).await),
        None => None,
    };
    turn.remove()?;
    keeper.forget();
    Ok(Logout { found: record.is_some(), revocation })
}

/// Tells the server that these tokens are no longer wanted. Effects: `[net]`.
pub(crate) async fn give_back(server: &Server, secrets: &Secrets) -> Revocation {
    revoked(server, &secrets.refresh_token, &secrets.access_token).await
}

/// A server that cannot be asked is no reason to keep anything.
async fn revoked(server: &Server, refresh_token: &Option<Secret>, access_token: &Option<Secret>) -> Revocation {
    let revocation = server.revoke(refresh_token.as_ref(), access_token.as_ref()).await;
    revocation.unwrap_or_else(Revocation::LocalOnly)
}
