//! Which stored credentials a verb is about.

use clap::Args;
use tokcore::Selection;

/// What credentials must have in common; without any of these, all are meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which credentials")]
pub struct FilterOptions {
    /// Those of this account, or of all that fit a pattern such as '*@example.com'
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Those of the client with this client_id
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Those of this issuer
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,

    /// Those that have this scope, whole or by what follows its last slash
    #[arg(long)]
    scope: Option<String>,
}

impl FilterOptions {
    /// In the words of the store.
    pub fn selection(&self) -> Selection {
        let Self { account, client_id, issuer, scope } = self;
        Selection {
            key: None,
            account: account.clone(),
            client_id: client_id.clone(),
            issuer: issuer.clone(),
            scope: scope.clone(),
        }
    }
}
