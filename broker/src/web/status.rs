//! Where a person stands with an integration, in the page's words.

use crate::Principal;
use crate::app::App;
use crate::config::Integration;
use crate::current::Current;
use crate::hot::HotToken;
use crate::refresh;
use crate::refresh::policy::Standing;
use crate::store::{Reason, TokenState};

/// What the page says about an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A token can be had.
    Authenticated,
    /// There is none.
    NotSignedIn,
    /// Only the administrator can help.
    ConfigurationError,
    /// The person has to.
    SignInAgain(Reason),
    /// The administrator names who may use it, and not this person.
    NotForYou,
}

impl Status {
    /// Of one person. Asks no provider: pages are polled.
    pub async fn of(
        app: &App,
        current: &Current,
        integration: &Integration,
        principal: &Principal,
        token: Option<&HotToken>,
    ) -> Self {
        if let Some(target) = current.target(integration.guid)
            && !app.access.allows(principal, &target.provider.options).await
        {
            return Self::NotForYou;
        }
        match (current.target(integration.guid), token) {
            (None, _) => Self::ConfigurationError,
            (Some(target), _) if app.refreshes.health.is_config_error(target.guid) => Self::ConfigurationError,
            (Some(_), None) => Self::NotSignedIn,
            (Some(target), Some(token)) => match refresh::judge(app, target, token) {
                Standing::Lapsed(reason) | Standing::Ended(reason) => Self::SignInAgain(reason),
                Standing::Serve | Standing::Due | Standing::Spent => match token.row.state {
                    TokenState::ReauthRequired(reason) => Self::SignInAgain(reason),
                    TokenState::Active => Self::Authenticated,
                },
            },
        }
    }

    /// In words. The first three are the product's own.
    pub fn word(self) -> &'static str {
        match self {
            Self::Authenticated => "Authenticated",
            Self::NotSignedIn => "Not signed in",
            Self::ConfigurationError => "Configuration error",
            Self::SignInAgain(_) => "Sign in again",
            Self::NotForYou => "Not for you",
        }
    }

    /// Class of its colours.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Authenticated => "good",
            Self::NotSignedIn | Self::NotForYou => "idle",
            Self::ConfigurationError => "bad",
            Self::SignInAgain(_) => "warn",
        }
    }
}
