//! What the page says about one sign-in beyond its status.

use super::status::Status;
use super::words;
use crate::app::App;
use crate::config::Integration;
use crate::hot::HotToken;

/// The line below the name.
pub fn subtitle(app: &App, integration: &Integration, status: Status, token: Option<&HotToken>) -> String {
    match (status, token) {
        (Status::ConfigurationError, _) => "Only the administrator can correct this.".into(),
        (Status::NotForYou, _) => "The administrator has not opened this integration for you.".into(),
        (Status::SignInAgain(reason), _) => words::reason(reason).into(),
        (Status::Authenticated, Some(token)) => match token.row.expires_at {
            // The broker renews it, so the moment matters only where it cannot.
            Some(at) if token.row.refresh_token.is_none() => format!("Expires {}", words::relative(at, app.now_s())),
            Some(_) => "Signed in; renewed automatically".into(),
            None => "Signed in; the provider names no expiry".into(),
        },
        _ if integration.scopes.is_empty() => integration.name.clone(),
        _ => format!("Asks for: {}", integration.scopes.join(", ")),
    }
}

/// What is odd, and what helps.
pub fn warnings(app: &App, integration: &Integration, token: Option<&HotToken>) -> Vec<String> {
    let mut warnings = Vec::new();
    if app.refreshes.health.is_config_error(integration.guid) {
        warnings.push("The provider refuses this integration’s client. The administrator should check client-id, client-secret and scopes.".into());
    }
    let Some(row) = token.map(|token| &token.row) else { return warnings };
    if row.state == crate::store::TokenState::Active && row.refresh_token.is_none() && row.expires_at.is_some() {
        warnings.push("No refresh token received: the sign-in ends with this token. Many providers give one only for a scope such as offline_access.".into());
    }
    if let Some(kind) = row.token_type.as_deref().filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        warnings.push(format!("The token’s type is {kind}, not Bearer; programs may be unable to use it."));
    }
    if let Some(granted) = &row.scopes_granted {
        let missing: Vec<&str> =
            integration.scopes.iter().filter(|s| !granted.contains(s)).map(String::as_str).collect();
        if !missing.is_empty() {
            warnings.push(format!("Asked for but not granted: {}", missing.join(", ")));
        }
    }
    if let (1.., Some(error)) = (row.fail_count, &row.last_error) {
        let again = row.next_attempt_at.map(|at| format!("; next attempt {}", words::relative(at, app.now_s())));
        warnings.push(format!("The last refresh failed ({error}){}", again.unwrap_or_default()));
    }
    warnings
}

/// The table.
pub fn facts(app: &App, integration: &Integration, token: Option<&HotToken>) -> Vec<(&'static str, String)> {
    let now = app.now_s();
    let list = |scopes: &[String]| if scopes.is_empty() { "none".to_owned() } else { scopes.join(" ") };
    let mut facts = vec![
        ("Internal name", integration.name.clone()),
        ("Client ID", integration.client_id.clone()),
        ("Authorization URL", integration.authorization_url.clone()),
        ("Token URL", integration.token_url.clone()),
        ("Issuer", integration.issuer.clone()),
        ("Scopes requested", list(&integration.scopes)),
    ];
    if let Some(token) = token {
        let row = &token.row;
        let granted = row.scopes_granted.as_deref().map_or_else(|| "as requested".into(), list);
        facts.extend([
            ("Scopes granted", granted),
            ("Token type", row.token_type.clone().unwrap_or_else(|| "unknown".into())),
            ("Token expires", row.expires_at.map_or_else(|| "unknown".into(), |at| words::both(at, now))),
            ("Signed in", words::both(row.created_at, now)),
            ("Last refresh", row.refreshed_at.map_or_else(|| "never".into(), |at| words::both(at, now))),
            ("Last used", token.last_used_at().map_or_else(|| "never".into(), |at| words::both(at, now))),
            ("Last error", row.last_error.clone().unwrap_or_else(|| "none".into())),
        ]);
    }
    facts
}
