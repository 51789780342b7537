//! `tokcore token`: a token by any grant, or of the chain, on stdout alone.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{Chain, Error, Terminal, Token, TokenSource};

use crate::chain::{self, ChainOptions};
use crate::oauth::{ClientOptions, Facts, RequestOptions, Signals};
use crate::output::{self, AttemptJson};
use crate::store::StoreOption;

/// Print a token: of a client, by any grant; or of Google, by whatever credential is here
///
/// With --client: by its own credentials, a sign-in or any other grant. With --scopes, and no
/// client: the chain of credentials is asked, which is a key, what gcloud left, the machine's
/// identity, or a user who signs in; `tokcore explain` shows what it would do.
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
  tokcore token --client client.toml --account alice@example.com
  tokcore token --client client.toml --grant device --header |
    curl -H @- https://api.example.com/me
  tokcore token --client client.toml --grant refresh_token --json \\
    --refresh-token-file token.txt
  tokcore token --client client.toml --grant token_exchange \\
    --subject-token-type access_token --subject-token-file - <token.txt
  tokcore token --scopes drive --header |
    curl -H @- 'https://www.googleapis.com/drive/v3/about?fields=user'
  tokcore token --scopes bigquery --path key.json --subject ann@example.com
  tokcore token --scopes cloud-platform \\
    --impersonate robot@project.iam.gserviceaccount.com
  tokcore token --id-token --audience https://a.example --path key.json")]
pub struct Arguments {
    /// Print JSON with all that is known of the token, its refresh token included; a failure
    /// is JSON on stderr
    #[arg(long)]
    pub json: bool,

    /// Print the header line that presents it, "Authorization: Bearer …"; with --scopes also
    /// x-goog-user-project, where requests are charged to a project
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
    chain: ChainOptions,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    client: ClientOptions,

    #[command(flatten)]
    request: RequestOptions,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let is_for_the_chain = is_for_the_chain(arguments)?;
    let source = if is_for_the_chain { found(arguments, &signals)? } else { of_client(arguments)? };
    let token = source.token(&Terminal, &signals)?;
    if arguments.json {
        let found = is_for_the_chain.then(|| FoundJson::of(&source));
        return output::json(&TokenJson { facts: Facts::with_secrets(&token), found });
    }
    for warning in token.warnings() {
        tracing::warn!("{warning}");
    }
    match arguments.header {
        true => header(arguments, &source, &token),
        false => output::data(token.access_token().expose()),
    }
}

/// Errors: `InvalidArgument` for options of both kinds.
fn is_for_the_chain(arguments: &Arguments) -> Result<bool, Error> {
    match (arguments.client.are_given(), arguments.chain.are_given()) {
        (true, true) => Err(chain::and_a_client()),
        (_, is_for_the_chain) => Ok(is_for_the_chain),
    }
}

fn of_client(arguments: &Arguments) -> Result<TokenSource, Error> {
    let client = arguments.store.with(arguments.client.client()?)?;
    client.source(arguments.request.request()?)
}

/// The credential that the chain finds.
fn found(arguments: &Arguments, signals: &Signals) -> Result<TokenSource, Error> {
    let chain = Chain::default();
    let request = arguments.chain.request(arguments.request.for_the_chain()?, &arguments.store, &chain)?;
    chain::source(&chain, &request, signals)
}

/// Where requests of a credential without a client go, unless somebody says otherwise.
const GOOGLE: &str = "https://www.googleapis.com/";

fn header(arguments: &Arguments, source: &TokenSource, token: &Token) -> Result<(), Error> {
    let Some(url) = &arguments.url else {
        let authorization = format!("Authorization: {}", token.authorization()?.expose());
        let beside = beside_the_authorization(source, token)?;
        return output::data(&std::iter::once(authorization).chain(beside).collect::<Vec<_>>().join("\n"));
    };
    let fields = source.request_headers(token, &arguments.method, url)?;
    let lines: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", value.expose())).collect();
    output::data(&lines.join("\n"))
}

/// What else requests carry whose address does not matter. A proof, whose address does, is nothing that the chain gives.
fn beside_the_authorization(source: &TokenSource, token: &Token) -> Result<Vec<String>, Error> {
    if source.attempts().is_empty() {
        return Ok(Vec::new());
    }
    let fields = source.request_headers(token, "GET", GOOGLE)?;
    let beside = fields.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    Ok(beside.map(|(name, value)| format!("{name}: {}", value.expose())).collect())
}

/// A token, and how the chain came to it.
#[derive(Serialize)]
struct TokenJson<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    #[serde(flatten)]
    found: Option<FoundJson<'a>>,
}

#[derive(Serialize)]
struct FoundJson<'a> {
    about: Map<String, Value>,
    attempts: Vec<AttemptJson<'a>>,
}

impl<'a> FoundJson<'a> {
    fn of(source: &'a TokenSource) -> Self {
        Self { about: output::about(&source.about()), attempts: AttemptJson::all(source.attempts()) }
    }
}
