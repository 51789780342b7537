//! The service accounts of a machine, and which of them is meant.

use serde_json::{Map, Value};

use super::request::unreliable;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::json;
use crate::reason::Reason;

/// The one that a machine uses where nobody names another.
pub(super) const DEFAULT: &str = "default";

/// One name of a service account. An account has several: its address, and `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MachineAccount {
    /// By which the server is asked for it.
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    aliases: Vec<String>,
    /// What its tokens are good for.
    pub(crate) scopes: Vec<String>,
}

/// The service accounts of a machine, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accounts(Vec<MachineAccount>);

impl Accounts {
    /// What the server answered. Errors: `Protocol` with the reason `metadata_unreliable` for another shape.
    pub(super) fn read(who: &str, answer: Map<String, Value>) -> Result<Self, Error> {
        let account = |(name, about): (String, Value)| {
            let about = about.as_object()?;
            Some(MachineAccount {
                name,
                email: json::filled(about, "email").map(str::to_owned),
                aliases: texts(about, "aliases"),
                scopes: texts(about, "scopes"),
            })
        };
        let accounts: Option<Vec<_>> = answer.into_iter().map(account).collect();
        accounts.map(Self).ok_or_else(|| unreliable(who, "with something else than service accounts"))
    }

    /// The account that `wanted` names, else the machine's own; `None` when the machine has none of its own.
    ///
    /// Errors: `ConfigInvalid` with the reason `unknown_service_account`, listing those that there are.
    pub(super) fn choose(&self, wanted: Option<&str>) -> Result<Option<&MachineAccount>, Error> {
        let named = |name: &str| {
            let by_name = self.0.iter().find(|account| account.name == name);
            by_name.or_else(|| self.0.iter().find(|account| account.is_called(name)))
        };
        match wanted {
            None => Ok(named(DEFAULT)),
            Some(name) => named(name).map(Some).ok_or_else(|| self.unknown(name)),
        }
    }

    /// Names that can be asked for.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|account| account.name.as_str())
    }

    fn unknown(&self, name: &str) -> Error {
        let names = self.names().collect::<Vec<_>>().join(", ");
        let hint = match names.is_empty() {
            true => "give the machine a service account, or leave service_account out".to_owned(),
            false => format!("use one of: {names}"),
        };
        Error::new(Kind::ConfigInvalid, format!("this machine has no service account {name:?}"))
            .with_reason(Reason::UnknownServiceAccount)
            .with_hint(hint)
    }
}

impl MachineAccount {
    fn is_called(&self, name: &str) -> bool {
        let names = self.email.iter().chain(&self.aliases);
        names.into_iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

fn texts(about: &Map<String, Value>, member: &str) -> Vec<String> {
    let list = about.get(member).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}
