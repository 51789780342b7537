//! The verbs, one file each. A verb reads its arguments, asks core or the broker, and prints; it decides nothing.

pub mod azure;
pub mod config;
pub mod credentials;
pub mod default_account;
#[cfg(feature = "demo")]
pub mod demo;
pub mod discover;
pub mod doctor;
pub mod exec;
pub mod export;
pub mod identity;
pub mod import;
pub mod inspect;
pub mod integrations;
pub mod keys;
pub mod list;
pub mod login;
pub mod login_link;
pub mod logout;
pub mod prune;
pub mod reload;
pub mod revoke;
mod rpc_rate;
pub mod secret;
pub mod serve;
pub mod sign_in_url;
pub mod token;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use tokcore::{Client, ClientOptions, Error};

use crate::places;

/// What `tokcore` can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Credentials(credentials::Arguments),
    Integrations(integrations::Arguments),
    Exec(exec::Arguments),
    Token(Box<token::Arguments>),
    Login(Box<login::Arguments>),
    LoginLink(login_link::Arguments),
    List(list::Arguments),
    Logout(logout::Arguments),
    Default(default_account::Arguments),
    Prune(prune::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Revoke(revoke::Arguments),
    Inspect(inspect::Arguments),
    Discover(discover::Arguments),
    Secret(secret::Arguments),
    SignInUrl(sign_in_url::Arguments),
    Identity(identity::Arguments),
    Azure(azure::Arguments),
    Doctor(doctor::Arguments),
    #[cfg(feature = "demo")]
    Demo(demo::Arguments),
    Serve(Box<serve::Arguments>),
    Reload(reload::Arguments),
    Config(config::Arguments),
    Keys(keys::Arguments),
}

impl Verb {
    /// Whether output, and so a failure, is to be JSON.
    pub fn wants_json(&self) -> bool {
        match self {
            Verb::Credentials(arguments) => arguments.common.json,
            Verb::Integrations(arguments) => arguments.common.json,
            Verb::SignInUrl(arguments) => arguments.common.json,
            Verb::Identity(arguments) => arguments.common.json,
            Verb::Azure(arguments) => arguments.common.json,
            Verb::Doctor(arguments) => arguments.common.json,
            Verb::Token(arguments) => arguments.json,
            Verb::Login(arguments) => arguments.json,
            Verb::LoginLink(arguments) => arguments.json,
            Verb::List(arguments) => arguments.json,
            Verb::Logout(arguments) => arguments.json,
            Verb::Prune(arguments) => arguments.json,
            Verb::Export(arguments) => arguments.json,
            Verb::Import(arguments) => arguments.json,
            Verb::Revoke(arguments) => arguments.json,
            Verb::Inspect(arguments) => arguments.json,
            Verb::Discover(arguments) => arguments.json,
            Verb::Reload(arguments) => arguments.json,
            Verb::Config(arguments) => arguments.wants_json(),
            Verb::Keys(arguments) => arguments.wants_json(),
            Verb::Serve(arguments) => arguments.json,
            _ => false,
        }
    }

    /// Whether the exit status is that of a command, so that a failure of ours needs a number of its own.
    pub fn runs_a_command(&self) -> bool {
        match self {
            Verb::Exec(_) => true,
            #[cfg(feature = "demo")]
            Verb::Demo(_) => true,
            _ => false,
        }
    }

    /// Does it.
    pub fn run(self) -> Result<ExitCode, Error> {
        let done = |()| ExitCode::SUCCESS;
        match self {
            Verb::Credentials(arguments) => credentials::run(&arguments).map(done),
            Verb::Integrations(arguments) => integrations::run(&arguments).map(done),
            Verb::Exec(arguments) => exec::run(arguments),
            Verb::Token(arguments) => token::run(&arguments).map(done),
            Verb::Login(arguments) => login::run(&arguments).map(done),
            Verb::LoginLink(arguments) => login_link::run(&arguments.link, arguments.json).map(done),
            Verb::List(arguments) => list::run(&arguments).map(done),
            Verb::Logout(arguments) => logout::run(&arguments),
            Verb::Default(arguments) => default_account::run(&arguments).map(done),
            Verb::Prune(arguments) => prune::run(&arguments).map(done),
            Verb::Export(arguments) => export::run(&arguments).map(done),
            Verb::Import(arguments) => import::run(&arguments).map(done),
            Verb::Revoke(arguments) => revoke::run(&arguments),
            Verb::Inspect(arguments) => inspect::run(&arguments),
            Verb::Discover(arguments) => discover::run(&arguments).map(done),
            Verb::Secret(arguments) => secret::run(&arguments).map(done),
            Verb::SignInUrl(arguments) => sign_in_url::run(&arguments).map(done),
            Verb::Identity(arguments) => identity::run(&arguments).map(done),
            Verb::Azure(arguments) => azure::run(&arguments).map(done),
            Verb::Doctor(arguments) => doctor::run(&arguments),
            #[cfg(feature = "demo")]
            Verb::Demo(arguments) => demo::run(arguments),
            Verb::Serve(arguments) => serve::run(*arguments),
            Verb::Reload(arguments) => reload::run(&arguments).map(done),
            Verb::Config(arguments) => config::run(&arguments),
            Verb::Keys(arguments) => keys::run(&arguments).map(done),
        }
    }
}

/// What every verb that asks a server takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    /// Certificate authorities: a PEM file or a directory of them
    #[arg(long, value_name = "PATH")]
    pub ca: Option<PathBuf>,

    /// Longest time to wait for an answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

impl Common {
    /// A client with these options.
    pub fn client(&self) -> Client {
        let timeout = Duration::from_secs(self.timeout);
        Client::new(ClientOptions { ca: self.ca.clone(), timeout, ..ClientOptions::default() })
    }
}

/// Which broker to talk to.
#[derive(Debug, Args)]
pub struct BrokerOption {
    /// Socket of the broker [default: your own broker's if it runs, else the machine's]
    #[arg(long, value_name = "PATH", env = "TOKCORE_BROKER", hide_env_values = true)]
    socket: Option<PathBuf>,
}

impl BrokerOption {
    /// The socket to connect to.
    pub fn socket(&self) -> PathBuf {
        places::broker_socket(self.socket.as_deref())
    }
}
