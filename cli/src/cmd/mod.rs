//! The verbs, one file each. A verb reads its arguments, asks core or the broker, and prints; it decides nothing.

pub mod adc;
pub mod azure;
pub mod config;
pub mod credentials;
pub mod default_account;
#[cfg(feature = "demo")]
pub mod demo;
pub mod discover;
pub mod doctor;
pub mod exec;
pub mod explain;
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

/// What `tokcore` can do. The line of each stands here again, for the list of all: of a verb that nobody names nothing else
/// is looked at, because to describe the arguments of them all takes longer than to print a token.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Verb {
    /// Print an access token for an integration
    Credentials(credentials::Arguments),
    /// List the integrations of this session
    Integrations(integrations::Arguments),
    /// Run a command in a session, where posit-sdk, rstudioapi and tokcore find credentials
    Exec(exec::Arguments),
    /// Print a token: of a client, by any grant; or of Google, by whatever credential is here
    Token(Box<token::Arguments>),
    /// Show which credential the chain would use here, and what is missing for the others
    Explain(Box<explain::Arguments>),
    /// Tell where the application default credentials are, which Google's own tools use too
    Adc(adc::Arguments),
    /// Sign in: with a client at its authorization server, or at the broker's page
    Login(Box<login::Arguments>),
    /// Print a one-time link to the broker's Managed Credentials page, where you sign in and out
    LoginLink(login_link::Arguments),
    /// List the stored credentials: whose they are, what they are good for, when they were used
    List(list::Arguments),
    /// Sign out: tell the server, then remove what is stored
    Logout(Box<logout::Arguments>),
    /// Choose the account that is used where several are stored and none is named
    Default(default_account::Arguments),
    /// Remove stored credentials that nobody needs any longer; nothing is revoked
    Prune(prune::Arguments),
    /// Write stored credentials into one file, sealed under a passphrase
    Export(export::Arguments),
    /// Take over the credentials of a file that `tokcore export` made
    Import(import::Arguments),
    /// Tell a server that a token is no longer wanted
    Revoke(revoke::Arguments),
    /// Show what a token says, or what its server says about it
    Inspect(inspect::Arguments),
    /// Show what an authorization server publishes about itself
    Discover(discover::Arguments),
    /// Encrypt a key file that lies in a repository, and decrypt it where the key is
    Secret(secret::Arguments),
    /// Print the address of the page where you sign in to an integration
    SignInUrl(sign_in_url::Arguments),
    /// Print the identity token of this session's user
    Identity(identity::Arguments),
    /// Print a delegated Azure token for a resource
    Azure(azure::Arguments),
    /// Show what tokcore detects here, and why, whether the server answers, and how a sign-in would go
    Doctor(Box<doctor::Arguments>),
    /// Try everything: a temporary broker and provider on this machine, and a shell or command in a session there
    #[cfg(feature = "demo")]
    Demo(demo::Arguments),
    /// Run the broker: Workbench's managed credentials for everybody on this machine or in this team
    Serve(Box<serve::Arguments>),
    /// Make the broker read its configuration again; a rejected one leaves the old in use
    Reload(reload::Arguments),
    /// Work with the configuration of a broker
    Config(config::Arguments),
    /// Show the broker's keys, and seal everything anew under the first one
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
            Verb::Explain(arguments) => arguments.json,
            Verb::Adc(arguments) => arguments.wants_json(),
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
            Verb::Explain(arguments) => explain::run(&arguments),
            Verb::Adc(arguments) => adc::run(&arguments),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_line_of_a_verb_is_the_first_of_its_help() {
        let listed = crate::CommandLine::command();
        let mut built = listed.clone();
        built.build();
        for (one, other) in listed.get_subcommands().zip(built.get_subcommands()) {
            assert_eq!(one.get_about().map(ToString::to_string), other.get_about().map(ToString::to_string));
            assert!(one.get_about().is_some(), "{}", one.get_name());
        }
    }

    #[test]
    fn examples_fit_into_a_terminal_of_80_columns() {
        let mut listed = crate::CommandLine::command();
        listed.build();
        for verb in std::iter::once(&listed).chain(listed.get_subcommands()) {
            for line in verb.get_after_help().map(ToString::to_string).unwrap_or_default().lines() {
                assert!(line.chars().count() < 80, "{}: {line}", verb.get_name());
            }
        }
    }
}
