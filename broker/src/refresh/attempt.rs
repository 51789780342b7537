//! One refresh of one row, from lease to commit. Runs as a task of its own, to its end.
//!
//! Source: specs/workbench.md §4.6 (what an answer means), §4.7 (lease and intent).

use std::sync::Arc;
use std::time::Duration;

use tokcore::crypto::fill_random;
use tokcore::oauth::{FailureClass, Grant};

use super::policy;
use crate::Error;
use crate::app::{App, Outcome};
use crate::current::Target;
use crate::hot::HotToken;
use crate::provider::{self, Received, Refusal};
use crate::store::{BeginRefresh, Failure, Lease, Reason};

/// How long another holder of the lease is waited for.
const LEASE_PATIENCE: Duration = Duration::from_secs(15);
const FIRST_POLL: Duration = Duration::from_millis(100);
const LONGEST_POLL: Duration = Duration::from_secs(1);

/// Refreshes the row that `token` shows.
pub async fn run(app: Arc<App>, target: Target, token: Arc<HotToken>) -> Outcome {
    match refresh(&app, &target, &token).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, "a refresh failed at the database");
            Outcome::StoreFailed
        }
    }
}

async fn refresh(app: &App, target: &Target, token: &HotToken) -> Result<Outcome, Error> {
    let Some(lease) = lease(app, token).await? else { return Ok(Outcome::Settled) };
    let Some(lease) = lease else { return Ok(Outcome::Failed { pause: Duration::from_secs(1) }) };
    if lease.config_fp != target.provider.fingerprint {
        return end(app, target, &lease, Reason::ConfigChanged).await;
    }
    match obtain(app, target, &lease).await? {
        Ok(received) => match received.read(&target.provider) {
            Ok(reply) => {
                let tokens = provider::new_tokens(reply, &target.provider, received.sent_at);
                app.refreshes.health.succeeded(target.guid);
                if app.ledger.commit_refresh(&lease, &tokens, app.now_s()).await? {
                    app.audit_token("refreshed", target, &lease.key, "ok");
                    app.refreshes.replan();
                }
                Ok(Outcome::Settled)
            }
            Err(refusal) => refused(app, target, &lease, token, refusal).await,
        },
        Err(refusal) => refused(app, target, &lease, token, refusal).await,
    }
}

/// The lease: `None` when the row changed meanwhile, `Some(None)` when somebody else kept it too long.
async fn lease(app: &App, token: &HotToken) -> Result<Option<Option<Box<Lease>>>, Error> {
    let row = &token.row;
    let deadline = tokio::time::Instant::now() + LEASE_PATIENCE;
    let mut poll = FIRST_POLL;
    loop {
        match app.ledger.begin_refresh(&row.key, row.version, app.now_s()).await? {
            BeginRefresh::Started(lease) => return Ok(Some(Some(lease))),
            BeginRefresh::Changed => {
                app.ledger.reread(&row.key, app.now_s()).await?;
                return Ok(None);
            }
            // Never a credential error: whoever holds it may yet succeed.
            BeginRefresh::Busy if tokio::time::Instant::now() + poll > deadline => return Ok(Some(None)),
            BeginRefresh::Busy => {
                tokio::time::sleep(poll).await;
                poll = (poll * 2).min(LONGEST_POLL);
            }
        }
    }
}

/// The provider's answer: the one that a previous process left behind, or a new one, on disk before it is read.
async fn obtain(app: &App, target: &Target, lease: &Lease) -> Result<Result<Received, Refusal>, Error> {
    if let Some(staged) = &lease.staged {
        return Ok(Ok(Received::staged(&staged.response, staged.sent_at)));
    }
    let grant = Grant::Refresh { refresh_token: &lease.refresh_token };
    let received = match provider::exchange(&app.settings.context, &target.provider, &grant).await {
        Ok(received) => received,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(body) = received.body_to_stage() {
        app.ledger.store().stage_response(lease, &body).await?;
    }
    Ok(Ok(received))
}

async fn refused(
    app: &App,
    target: &Target,
    lease: &Lease,
    token: &HotToken,
    refusal: Refusal,
) -> Result<Outcome, Error> {
    match refusal.class {
        FailureClass::Revoked if lease.rotation_in_doubt => return end(app, target, lease, Reason::RotationLost).await,
        FailureClass::Revoked => return end(app, target, lease, Reason::InvalidGrant).await,
        FailureClass::InteractionRequired => {
            let reason = match refusal.label.as_str() {
                "login_required" => Reason::LoginRequired,
                "consent_required" => Reason::ConsentRequired,
                _ => Reason::InteractionRequired,
            };
            return end(app, target, lease, reason).await;
        }
        FailureClass::ClientRejected => {
            if app.refreshes.health.client_refused(target.guid) {
                tracing::error!(
                    integration = &*target.name,
                    "the provider refuses the client; check client-id and secret"
                );
            }
        }
        FailureClass::RequestRejected | FailureClass::Denied => {
            if app.refreshes.health.request_refused(target.guid) {
                tracing::error!(
                    integration = &*target.name,
                    "the provider keeps refusing the request; check the scopes"
                );
            }
        }
        FailureClass::Transient | FailureClass::BadResponse => {}
    }
    let mut random = [0];
    // Without randomness the pause is merely the shortest of its kind.
    let _ = fill_random(&mut random);
    let failures = u32::try_from(token.row.fail_count).unwrap_or(u32::MAX).saturating_add(1);
    let pause = policy::pause(failures, refusal.retry_after, random[0]);
    let now_ms = app.now_ms();
    // Whole seconds, rounded up: a pause must not end early.
    let next_attempt_at = (now_ms + i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2) + 999).div_euclid(1000);
    let failure = Failure {
        class: &refusal.label,
        next_attempt_at: Some(next_attempt_at),
        outcome_unknown: refusal.outcome_unknown,
    };
    app.ledger.record_failure(lease, failure, now_ms.div_euclid(1000)).await?;
    app.audit_token("refresh_failed", target, &lease.key, &refusal.label);
    Ok(Outcome::Failed { pause })
}

/// Ends the sign-in, unless somebody changed it since: then that is what counts.
async fn end(app: &App, target: &Target, lease: &Lease, reason: Reason) -> Result<Outcome, Error> {
    if app.ledger.mark_reauth(&lease.key, lease.version, reason, app.now_s()).await? {
        app.audit_token("reauth_required", target, &lease.key, reason.word());
    }
    Ok(Outcome::Settled)
}
