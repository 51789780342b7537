//! Keeping tokens fresh: on demand, forced, and in the background. Source: specs/workbench.md §4.6, §4.7.

mod attempt;
pub mod policy;
pub mod sweeper;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::time::{Instant, timeout_at};

use self::policy::Standing;
use crate::app::{App, Outcome, Waiting};
use crate::current::Target;
use crate::hot::HotToken;
use crate::store::{Reason, TokenState};

/// How long a caller waits for a refresh. Both clients wait for ever, so the broker must not.
pub const CALLER_WAITS: Duration = Duration::from_secs(25);
/// A caller who finds a refresh under way takes a token with more life than this instead of waiting.
const ENOUGH_LEFT_MS: i64 = 30_000;

/// What a caller gets who asks for a token.
#[derive(Debug)]
pub enum Handout {
    /// The answer's body.
    Token(Bytes),
    /// There is no sign-in (any more).
    NotSignedIn,
    /// The person has to sign in again.
    Lapsed(Reason),
    /// The provider refuses the client: an administrator's matter.
    Misconfigured,
    /// Nothing to hand out now; trying again after this pause may help.
    TryAgain(Duration),
    /// The database failed.
    Unavailable,
}

/// Hands out the token of a sign-in that was found in memory, refreshing it first where that is due.
pub async fn hand_out(app: &Arc<App>, target: &Target, mut token: Arc<HotToken>) -> Handout {
    let deadline = Instant::now() + CALLER_WAITS;
    // A second round follows a refresh or an ended sign-in; a third one a sign-in that came between.
    for round in 0..3 {
        match judge(app, target, &token) {
            Standing::Serve => return served(&token),
            // Just refreshed, and due again already: so short-lived that another refresh would bring nothing better.
            Standing::Due if round > 0 => return served(&token),
            Standing::Lapsed(reason) => return Handout::Lapsed(reason),
            Standing::Ended(reason) => {
                let marked = app.ledger.mark_reauth(&token.row.key, token.row.version, reason, app.now_s()).await;
                match marked {
                    Ok(true) => app.audit_token("reauth_required", target, &token.row.key, reason.word()),
                    Ok(false) => {}
                    Err(_) => return Handout::Unavailable,
                }
            }
            Standing::Due | Standing::Spent => {
                if let Some(handout) = refreshed(app, target, &token, deadline).await {
                    return handout;
                }
            }
        }
        match newest(app, &token) {
            Some(newer) => token = newer,
            None => return Handout::NotSignedIn,
        }
    }
    without_refresh(app, target, &token, Duration::from_secs(1))
}

/// Refreshes a token that needs it, or joins who does. `None` when the row is as good as it gets: judge it again.
async fn refreshed(app: &Arc<App>, target: &Target, token: &Arc<HotToken>, deadline: Instant) -> Option<Handout> {
    if let Some(pause) = pause_left(app, token) {
        return Some(without_refresh(app, target, token, pause));
    }
    let waiting = begin(app, target, token);
    if !waiting.began && policy::left_ms(&token.row, app.now_ms()) > ENOUGH_LEFT_MS {
        return Some(served(token));
    }
    let outcome = timeout_at(deadline, waiting.outcome()).await;
    // Signed out meanwhile: what this caller found before must not be handed out any more.
    let Some(token) = newest(app, token) else { return Some(Handout::NotSignedIn) };
    match outcome {
        Ok(Some(Outcome::Settled)) => None,
        Ok(Some(Outcome::Failed { pause })) => Some(without_refresh(app, target, &token, pause)),
        Ok(Some(Outcome::StoreFailed)) => Some(or_current(app, &token, Handout::Unavailable)),
        // No outcome: a bug or a shutdown. Too late: the refresh goes on, for the next caller.
        Ok(None) | Err(_) => Some(without_refresh(app, target, &token, Duration::from_secs(1))),
    }
}

/// Refreshes now, whether due or not, because its person asks for it. Whether a new token came of it.
pub async fn force(app: &Arc<App>, target: &Target, token: &Arc<HotToken>) -> bool {
    // What came of it is read off the row: another refresh may have been under way, or the sign-in may have ended.
    let _ = timeout_at(Instant::now() + CALLER_WAITS, begin(app, target, token).outcome()).await;
    newest(app, token)
        .is_some_and(|newer| newer.row.version != token.row.version && newer.row.state == TokenState::Active)
}

/// What can be done with this token under the running configuration.
pub fn judge(app: &App, target: &Target, token: &HotToken) -> Standing {
    policy::standing(&token.row, &target.provider.fingerprint, margin_s(target), app.now_ms())
}

fn begin(app: &Arc<App>, target: &Target, token: &Arc<HotToken>) -> Waiting<Outcome> {
    app.refreshes.join(token.row.key.clone(), || attempt::run(app.clone(), target.clone(), token.clone()))
}

fn margin_s(target: &Target) -> Option<i64> {
    target.provider.options.refresh_margin.map(|margin| i64::try_from(margin.as_secs()).unwrap_or(i64::MAX))
}

/// How much of the pause after a failure is left.
fn pause_left(app: &App, token: &HotToken) -> Option<Duration> {
    let left_ms = token.row.next_attempt_at?.saturating_mul(1000) - app.now_ms();
    u64::try_from(left_ms).ok().filter(|left| *left > 0).map(Duration::from_millis)
}

/// The same sign-in as it is now.
fn newest(app: &App, token: &HotToken) -> Option<Arc<HotToken>> {
    app.ledger.hot().token(&token.row.key.principal, [token.row.key.guid])
}

fn served(token: &HotToken) -> Handout {
    token.answer.clone().map_or(Handout::Lapsed(Reason::Undecryptable), Handout::Token)
}

/// What is left when no refresh helped: the token while it lives, else why there is none.
fn without_refresh(app: &App, target: &Target, token: &HotToken, pause: Duration) -> Handout {
    let otherwise = match app.refreshes.health.is_config_error(target.guid) {
        true => Handout::Misconfigured,
        false => Handout::TryAgain(pause),
    };
    or_current(app, token, otherwise)
}

fn or_current(app: &App, token: &HotToken, otherwise: Handout) -> Handout {
    if policy::left_ms(&token.row, app.now_ms()) > 0 { served(token) } else { otherwise }
}
