//! `tokcore exec`: any program in a session of the broker.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokcore::{Context, Error};
use tokcore_broker::admin::client::AdminClient;

use crate::session::{self, Launch, Signals};
use crate::{places, runtime};

/// Run a command in a session, where posit-sdk, rstudioapi and tokcore find credentials
///
/// The command gets the environment of a Workbench session; its cookie is kept fresh
/// while it runs, and is worthless afterwards. Signals are passed on. Some libraries
/// behave differently inside Workbench; --minimal-env keeps POSIT_PRODUCT unset for them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore exec -- python report.py
  tokcore exec -- R --no-save
  tokcore exec -- sh -c 'tokcore credentials name:box --header |
    curl -H @- https://api.box.com/2.0/users/me'")]
pub struct Arguments {
    /// The command and its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,

    /// Act for the user of this number; only root may name another user. The command
    /// itself still runs as you
    #[arg(long, value_name = "UID")]
    user: Option<u32>,

    /// Do not set POSIT_PRODUCT
    #[arg(long)]
    minimal_env: bool,

    /// Also put the cookie into RS_SESSION_RPC_COOKIE, which cannot be renewed and which
    /// other processes of yours can read
    #[arg(long)]
    cookie_env: bool,

    /// Where the session's private directory is made
    #[arg(long, value_name = "DIRECTORY", env = "TOKCORE_RUNTIME_BASE", hide_env_values = true)]
    runtime_base: Option<PathBuf>,

    #[command(flatten)]
    broker: super::BrokerOption,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    let launch = Launch {
        command: arguments.command,
        principal: arguments.user.map(|uid| format!("os:{uid}")),
        minimal: arguments.minimal_env,
        cookie_in_environment: arguments.cookie_env,
        runtime_base: arguments.runtime_base.unwrap_or_else(places::runtime_base),
        extra: Vec::new(),
    };
    let broker = AdminClient::new(arguments.broker.socket(), Context::os());
    runtime::block_on(async { session::run(&broker, &launch, &mut Signals::listen()?).await })
}
