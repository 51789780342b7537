//! `tokcore token`: a token by any grant, on stdout alone.

use clap::Args;
use tokcore::{Error, Terminal, Token, TokenSource};

use crate::oauth::{ClientOptions, Facts, RequestOptions, Signals};
use crate::output;
use crate::store::StoreOption;

/// Print a token for a client: by its own credentials, a sign-in or any other grant
///
/// stdout gets the token and nothing else, so that it fits into "$(…)". A sign-in is kept in
/// the store: only the first call needs a person, later ones and other programs use it. A
/// grant that needs a person asks at the terminal, on stderr; without a terminal it fails at
/// once with status 4, but for a device code, which is shown and waited for. Other users can
/// see the arguments of a running command: secrets come from files, standard input or
/// variables, and curl takes the header on its standard input.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore token --client client.toml --grant client_credentials --scope read
  tokcore token --client client.toml --grant device --header | curl -H @- https://api.example.com/me
  tokcore token --client client.toml --account alice@example.com
  tokcore token --client client.toml --grant refresh_token --refresh-token-file token.txt --json
  tokcore token --client client.toml --grant token_exchange --subject-token-type access_token \\
    --subject-token-file - --audience https://api.example.com <token.txt")]
pub struct Arguments {
    /// Print JSON with all that is known of the token, its refresh token included; a failure
    /// is JSON on stderr
    #[arg(long)]
    pub json: bool,

    /// Print the header line that presents it, "Authorization: Bearer …"
    #[arg(long, conflicts_with = "json")]
    header: bool,

    /// With --header: the address that the request goes to. A DPoP token needs it for its
    /// proof, which is one more line
    #[arg(long, value_name = "URL", requires = "header")]
    url: Option<String>,

    /// With --url: the request's method
    #[arg(long, value_name = "METHOD", requires = "url", default_value = "GET")]
    method: String,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    client: ClientOptions,

    #[command(flatten)]
    request: RequestOptions,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let client = arguments.store.with(arguments.client.client()?)?;
    let source = client.source(arguments.request.request()?)?;
    let token = source.token(&Terminal, &signals)?;
    if arguments.json {
        return output::json(&Facts::with_secrets(&token));
    }
    for warning in token.warnings() {
        tracing::warn!("{warning}");
    }
    match arguments.header {
        true => header(arguments, &source, &token),
        false => output::data(token.access_token().expose()),
    }
}

fn header(arguments: &Arguments, source: &TokenSource, token: &Token) -> Result<(), Error> {
    let Some(url) = &arguments.url else {
        return output::data(&format!("Authorization: {}", token.authorization()?.expose()));
    };
    let fields = source.request_headers(token, &arguments.method, url)?;
    let lines: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", value.expose())).collect();
    output::data(&lines.join("\n"))
}
