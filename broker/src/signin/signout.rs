//! The way out of an integration. Source: specs/workbench.md §4.2; V115.

use std::sync::Arc;

use crate::app::App;
use crate::config::Integration;
use crate::journal::Event;
use crate::store::{TokenKey, TokenRow};
use crate::{Error, Principal, current, provider};

/// Deletes this person's tokens of the integration, under former GUIDs too, and tells the provider if it wants to know.
/// The provider's answer is not waited for, and its failure changes nothing. Effects: `[disk]` `[net]`.
pub async fn sign_out(app: &Arc<App>, integration: &Integration, principal: &Principal) -> Result<(), Error> {
    for guid in current::guids(integration) {
        let key = TokenKey { principal: principal.clone(), guid };
        let Some(row) = app.ledger.sign_out(&key, app.now_s()).await? else { continue };
        let event = Event::of("signed_out", app.now_s()).principal(principal);
        app.journal.audit(event.integration(guid, &integration.name));
        revoke(app, integration, row);
    }
    Ok(())
}

fn revoke(app: &Arc<App>, integration: &Integration, row: TokenRow) {
    let Some(provider) = integration.provider().cloned() else { return };
    // A refresh token must not travel to an endpoint that it was not issued by. Source: threat T06.
    let Some(endpoint) = provider.options.revocation_url.clone().filter(|_| row.config_fp == provider.fingerprint)
    else {
        return;
    };
    // Revoking the refresh token ends the whole grant at most providers; without one, the access token is all there is.
    let Some(token) = row.refresh_token.or(row.access_token) else { return };
    let (app, name) = (app.clone(), integration.name.clone());
    tokio::spawn(async move {
        match provider::revoke(&app.settings.context, &provider, &endpoint, &token).await {
            Ok(()) => {
                let event = Event::of("revoked_remote", app.now_s()).principal(&row.key.principal);
                app.journal.audit(event.integration(row.key.guid, &name));
            }
            Err(error) => tracing::warn!(integration = name, "the provider did not take the revocation: {error}"),
        }
    });
}
