//! What is told where a person is needed and nobody is there: what was looked for, and how to sign in.

use super::TokenSource;
use super::root::Grant;
use crate::error::Error;
use crate::flow::driver;
use crate::flow::login_command::LoginCommand;
use crate::flow::remedies::WITHOUT_A_PERSON;
use crate::kinds::Kind;
use crate::person::Person;
use crate::settings::{GrantKind, TokenRequest};

impl TokenSource {
    /// Whether this person could sign in now. No network. Effects: `[disk]` where nobody can.
    ///
    /// Errors: `InteractionRequired`, with what the store has instead; those that a sign-in would end with before it began.
    pub(crate) fn expect_sign_in(&self, person: &dyn Person) -> Result<(), Error> {
        let grant = self.grant()?;
        self.expect(grant, &grant.request, person)
    }

    pub(super) fn expect(&self, grant: &Grant, request: &TokenRequest, person: &dyn Person) -> Result<(), Error> {
        driver::check(grant.client.server(), request, person).map_err(|error| self.looked_for(request, error))
    }

    /// `error`, with what was looked for where it says that nobody is there.
    fn looked_for(&self, request: &TokenRequest, error: Error) -> Error {
        if error.kind() != Kind::InteractionRequired || request.grant == GrantKind::Password {
            return error;
        }
        let missed = self.keeper().map_or(String::new(), |keeper| format!("; {}", keeper.missed()));
        Error::new(Kind::InteractionRequired, format!("{}{missed}", error.message())).with_hint(format!(
            "sign in once where somebody can be asked, with `{}`; {WITHOUT_A_PERSON}",
            self.login_command(request)
        ))
    }

    /// What signs in at a shell, so that this source finds it.
    pub(super) fn login_command(&self, request: &TokenRequest) -> String {
        let of_client = |grant: &Grant| LoginCommand::of(grant.client.settings(), request).to_string();
        let own = self.0.login_command.as_deref().map(str::to_owned);
        own.or_else(|| self.0.root.grant().map(of_client)).unwrap_or_default()
    }
}
