//! `tokcore demo`: everything, with nothing registered anywhere.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;
use tokcore::Error;
use tokcore_demo::Demo;

use super::rpc_rate::RpcRate;
use crate::runtime;
use crate::session::{self, Launch, Signals};

/// Try everything: a temporary broker and provider on this machine, and a shell or command in a session there
///
/// Two integrations are configured, and you are signed in to one. Nothing leaves this
/// machine and nothing stays behind. The command also finds TOKCORE_DEMO_GUID, the
/// integration you are signed in to, and TOKCORE_DEMO_API, a URL that wants its token.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore demo
  tokcore demo -- tokcore integrations
  tokcore demo -- python examples/python/credentials.py")]
pub struct Arguments {
    /// Port of the broker; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,

    #[command(flatten)]
    rpc_rate: RpcRate,

    /// The command and its arguments; without one, your shell
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    runtime::block_on(async {
        let mut signals = Signals::listen()?;
        let demo = Demo::start(arguments.port, arguments.rpc_rate.limits()).await?;
        // Whoever has had enough meanwhile still gets a demo that ends properly and removes its files.
        let outcome = match signals.come().await {
            Some(signal) => Ok(session::ended_by(signal.as_raw())),
            None => inside(&demo, arguments.command, &mut signals).await,
        };
        demo.stop().await;
        outcome
    })
}

async fn inside(demo: &Demo, command: Vec<OsString>, signals: &mut Signals) -> Result<ExitCode, Error> {
    let broker = demo.admin();
    let interactive = command.is_empty();
    if interactive {
        let link = broker.login_link().await?;
        eprintln!("{}", banner(link.url.expose()));
    }
    let shell = || vec![std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into())];
    let launch = Launch {
        command: if interactive { shell() } else { command },
        runtime_base: demo.runtime_base(),
        extra: vec![
            ("PATH", path_with_this_program()),
            ("TOKCORE_BROKER", demo.socket().into()),
            ("TOKCORE_DEMO_API", demo.api_url().into()),
            ("TOKCORE_DEMO_GUID", demo.guid().into()),
        ],
        ..Launch::default()
    };
    session::run(&broker, &launch, signals).await
}

/// So that `tokcore` means this very program, even when it is not installed.
fn path_with_this_program() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
    let directories = own.into_iter().chain(std::env::split_paths(&path));
    // Fails only for a directory with a colon in its name, which cannot be in `PATH` at all.
    std::env::join_paths(directories).unwrap_or(path)
}

/// What to try first. The link is a secret, but one that this very person asked for, on their own terminal.
fn banner(login_link: &str) -> String {
    format!(
        "\
This shell is a session of a temporary tokcore broker. Try:
  tokcore integrations
  tokcore credentials name:demo-mail
  tokcore credentials name:demo-mail --header | curl -H @- $TOKCORE_DEMO_API
  tokcore credentials name:demo-files     # not signed in: do so on the page
Managed Credentials page, for a minute (later: tokcore login --open):
  {login_link}
`exit` ends the demo and removes all of it."
    )
}
