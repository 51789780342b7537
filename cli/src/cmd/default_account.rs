//! `tokcore default`: which of several stored accounts is meant when a program names none.

use clap::Args;
use tokcore::{Error, NoInterrupt};

use crate::store::{StoreOption, check_key};

/// Choose the account that is used where several are stored and none is named
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tokcore default 3f09ab12                   # as `tokcore list` shows keys")]
pub struct Arguments {
    /// The credential of that account: the beginning of its key
    #[arg(value_name = "KEY")]
    key: String,

    #[command(flatten)]
    store: StoreOption,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    check_key(&arguments.key, |account| format!("take the key of one from `tokcore list --account {account}`"))?;
    arguments.store.open()?.set_default_account(&arguments.key, &NoInterrupt)
}
