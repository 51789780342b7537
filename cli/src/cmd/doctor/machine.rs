//! Which machine of Google's this is, if it is one. Only the network can tell, and so nobody asks unless told to.

use serde::Serialize;
use tokcore::{Error, Kind, NoInterrupt, google};

use super::Lines;
use crate::output::{ErrorJson, printable};

/// What came of asking.
pub struct Machine(Result<Option<google::Machine>, Error>);

impl Machine {
    /// Asks. Effects: `[net]` `[blocks]`.
    ///
    /// Errors: `Cancelled`; a machine that tells nothing is a finding.
    pub fn look() -> Result<Self, Error> {
        match google::machine(&NoInterrupt) {
            Err(error) if error.kind() == Kind::Cancelled => Err(error),
            asked => Ok(Self(asked)),
        }
    }

    /// Names and values.
    pub fn lines(&self) -> Lines<'_> {
        match &self.0 {
            Ok(None) => vec![("machine", "none of Google's".to_owned())],
            Ok(Some(machine)) => vec![
                ("machine", format!("Google's, in the project {}", printable(&machine.project_id))),
                ("  knows", format!("universe_domain: {}", printable(&machine.universe_domain))),
                ("  knows", format!("scopes: {}", printable(&machine.scopes.join(" ")))),
            ],
            Err(error) => vec![("machine", error.to_string()), ("  next", error.hint().to_owned())],
        }
    }

    /// The same as JSON.
    pub fn json(&self) -> MachineJson<'_> {
        let found = self.0.as_ref().ok().and_then(Option::as_ref);
        MachineJson {
            is_googles: self.0.as_ref().ok().map(Option::is_some),
            project_id: found.map(|machine| machine.project_id.as_str()),
            universe_domain: found.map(|machine| machine.universe_domain.as_str()),
            scopes: found.map(|machine| machine.scopes.as_slice()),
            error: self.0.as_ref().err().map(ErrorJson::of),
        }
    }
}

/// The member `machine` of the report.
#[derive(Serialize)]
pub struct MachineJson<'a> {
    is_googles: Option<bool>,
    project_id: Option<&'a str>,
    universe_domain: Option<&'a str>,
    scopes: Option<&'a [String]>,
    error: Option<ErrorJson<'a>>,
}
