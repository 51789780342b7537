//! `tokcore serve`: the broker.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::{Span, SpanRelativeTo};
use tokcore::Error;
use tokcore_broker::settings::{DEFAULT_LISTEN, Settings};
use tokcore_broker::{log, serve};
use url::Url;

use super::config::{self, Reading};
use super::rpc_rate::RpcRate;
use crate::places::{self, Places};

/// Run the broker: Workbench's managed credentials for everybody on this machine or in this team
///
/// Without flags a user's broker keeps its files in the XDG directories, and root's in
/// /etc/rstudio, /etc/tokcore, /var/lib/tokcore and /run/tokcore. It listens on loopback
/// until told otherwise. SIGHUP or `tokcore reload` reads the integrations again;
/// SIGTERM or Ctrl-C finishes what is under way and ends.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore serve             # your own broker; then: tokcore login --open
  tokcore serve --check     # only check the configuration
  tokcore serve --public-url https://broker.example.com  # behind a TLS proxy")]
pub struct Arguments {
    /// Where the RPC endpoints listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", env = "TOKCORE_SERVE_LISTEN", hide_env_values = true, default_value_t = DEFAULT_LISTEN)]
    listen: SocketAddr,

    /// Where the page listens; without it, the same as the RPC endpoints
    #[arg(long, value_name = "ADDRESS:PORT", env = "TOKCORE_SERVE_WEB_LISTEN", hide_env_values = true)]
    web_listen: Option<SocketAddr>,

    /// Path before every route, such as /tokcore
    #[arg(long, value_name = "PATH", env = "TOKCORE_SERVE_BASE_PATH", hide_env_values = true, default_value = "")]
    base_path: String,

    /// What browsers call this broker; the redirect URI to register is this plus
    /// /oauth_redirect_callback
    #[arg(long, value_name = "URL", env = "TOKCORE_SERVE_PUBLIC_URL", hide_env_values = true)]
    public_url: Option<Url>,

    /// What sessions call the RPC endpoints, if not their listener
    #[arg(long, value_name = "URL", env = "TOKCORE_SERVE_RPC_URL", hide_env_values = true)]
    rpc_url: Option<Url>,

    /// The integrations [default: oauth-clients.conf in the configuration directory]
    #[arg(long, value_name = "PATH", env = "TOKCORE_SERVE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,

    /// What oauth-clients.conf has no words for [default: integrations.toml beside it]
    #[arg(long, value_name = "PATH", env = "TOKCORE_SERVE_SIDECAR", hide_env_values = true)]
    sidecar: Option<PathBuf>,

    /// SQLite file of the sign-ins, encrypted [default: tokcore.db in the state directory]
    #[arg(long, value_name = "PATH", env = "TOKCORE_SERVE_DATABASE", hide_env_values = true)]
    database: Option<PathBuf>,

    /// Key file, made at first start; keep a backup [default: master.key in the
    /// configuration directory]
    #[arg(long, value_name = "PATH", env = "TOKCORE_SERVE_MASTER_KEY", hide_env_values = true)]
    master_key: Option<PathBuf>,

    /// Unix socket for `tokcore exec`, `login` and `reload` [default: broker.sock in the
    /// runtime directory]
    #[arg(long, value_name = "PATH", env = "TOKCORE_BROKER", hide_env_values = true)]
    socket: Option<PathBuf>,

    /// Permission bits of the socket, in octal; 0666 lets every user of this machine in.
    /// Who is asking is read from the socket itself
    #[arg(long, value_name = "MODE", env = "TOKCORE_SERVE_SOCKET_MODE", hide_env_values = true, default_value = "0660", value_parser = octal)]
    socket_mode: u32,

    /// How long an RPC cookie is good for
    #[arg(long, value_name = "DURATION", env = "TOKCORE_SERVE_COOKIE_TTL", hide_env_values = true, default_value = "24h", value_parser = duration)]
    cookie_ttl: Duration,

    /// How long a session may renew its cookie
    #[arg(long, value_name = "DURATION", env = "TOKCORE_SERVE_SESSION_TTL", hide_env_values = true, default_value = "30d", value_parser = duration)]
    session_ttl: Duration,

    /// Refresh tokens only when somebody asks
    #[arg(long, env = "TOKCORE_SERVE_NO_BACKGROUND_REFRESH", hide_env_values = true)]
    no_background_refresh: bool,

    #[command(flatten)]
    rpc_rate: RpcRate,

    #[command(flatten)]
    reading: Reading,

    /// Log format: text, or json with one object per line
    #[arg(
        long,
        value_name = "FORMAT",
        env = "TOKCORE_SERVE_LOG_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    log_format: log::Format,

    /// Log more; TOKCORE_LOG=debug does the same
    #[arg(long)]
    verbose: bool,

    /// Check the configuration, print every finding and end: 0 good, 1 sections with
    /// errors, 2 rejected
    #[arg(long)]
    check: bool,

    /// With --check: print JSON instead of text
    #[arg(long, requires = "check")]
    pub json: bool,
}

fn octal(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text.trim_start_matches("0o"), 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("write three or four octal digits, such as 0660".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and its unit, such as 45s, 30min, 24h or 30d".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(length).ok().filter(|length| !length.is_zero()).ok_or_else(wrong)
}

impl Arguments {
    fn settings(&self) -> Settings {
        let places = Places::of_this_user();
        let config = self.config.clone().unwrap_or(places.config);
        // A file given by name takes its sidecar along from its own directory.
        let beside = self.config.as_ref().map(|path| path.with_file_name("integrations.toml"));
        let sidecar = self.sidecar.clone().or(beside).unwrap_or(places.sidecar);
        Settings {
            rpc_listen: self.listen,
            web_listen: self.web_listen,
            base_path: self.base_path.clone(),
            public_url: self.public_url.clone(),
            rpc_url: self.rpc_url.clone(),
            database: self.database.clone().unwrap_or(places.database),
            master_key: self.master_key.clone().unwrap_or(places.master_key),
            config: self.reading.settings(config, Some(sidecar)),
            admin_socket: self.socket.clone().unwrap_or(places.socket),
            admin_socket_mode: self.socket_mode,
            cookie_ttl: self.cookie_ttl,
            session_ttl: self.session_ttl,
            background_refresh: !self.no_background_refresh,
            limits: self.rpc_rate.limits(),
            ..Settings::new()
        }
    }

    /// Only for the files that were not named: a mistyped path is better refused than made.
    fn make_usual_directories(&self) -> Result<(), Error> {
        let places = Places::of_this_user();
        let files = [(&self.master_key, &places.master_key), (&self.database, &places.database)];
        let files = files.into_iter().chain([(&self.socket, &places.socket)]);
        files.filter(|(named, _)| named.is_none()).try_for_each(|(_, usual)| places::make_directory_of(usual))
    }
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    let settings = arguments.settings();
    settings.check()?;
    if arguments.check {
        return config::report(&settings.config, arguments.json);
    }
    let wants_more = std::env::var("TOKCORE_LOG").is_ok_and(|level| matches!(level.as_str(), "debug" | "trace"));
    log::init(arguments.log_format, arguments.verbose || wants_more);
    arguments.make_usual_directories()?;
    serve::run(settings, welcome)?;
    Ok(ExitCode::SUCCESS)
}

fn welcome(running: &serve::Running) {
    let socket = running.admin_socket().display();
    let ours = if running.admin_socket() == places::broker_socket(None) {
        String::new()
    } else {
        format!(" --socket {socket}")
    };
    eprintln!("sessions call  {}", running.rpc_url());
    eprintln!("redirect URI   {}/oauth_redirect_callback", running.public_url());
    eprintln!("sign in with   tokcore login --open{ours}");
    eprintln!("run code with  tokcore exec{ours} -- COMMAND");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(duration("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(duration("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        for text in ["", "24", "0s", "-1h", "1 fortnight"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn permission_bits_are_octal() {
        assert_eq!((octal("0660"), octal("0o600"), octal("666")), (Ok(0o660), Ok(0o600), Ok(0o666)));
        for text in ["888", "1777", "", "rw-rw----"] {
            assert!(octal(text).is_err(), "{text}");
        }
    }
}
