//! `tokcore discover`: what an authorization server says about itself.

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::oauth::discovery::ServerMetadata;
use tokcore::oauth::endpoints::Endpoint;
use tokcore::{Discovery, Error};

use crate::oauth::Signals;
use crate::output;

/// Show what an authorization server publishes about itself
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore discover https://accounts.google.com
  tokcore discover https://as.example.com --type oauth --json |
    jq -r .metadata.token_endpoint")]
pub struct Arguments {
    /// The issuer, exactly as it names itself
    #[arg(value_name = "ISSUER")]
    issuer: String,

    /// Which standard's document: OpenID Connect Discovery or RFC 8414
    #[arg(long, value_enum, default_value = "auto")]
    r#type: Form,

    /// Where the document is, when that does not follow from the issuer
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Accept plain http from a host that is not this one; for experiments only
    #[arg(long)]
    allow_insecure_http: bool,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Openid,
    Oauth,
    Auto,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Form::Openid => "openid",
            Form::Oauth => "oauth",
            Form::Auto => "auto",
        }
    }
}

#[derive(Serialize)]
struct Answer {
    metadata: Map<String, Value>,
    warnings: Vec<&'static str>,
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let wanted = Discovery {
        issuer: Some(&arguments.issuer),
        form: Some(arguments.r#type.name()),
        address: arguments.url.as_deref(),
        allow_insecure_http: arguments.allow_insecure_http,
    };
    let metadata = tokcore::discover(wanted, &signals)?;
    if arguments.json {
        let warnings = metadata.warnings.iter().map(|warning| warning.slug()).collect();
        return output::json(&Answer { metadata: metadata.to_json(), warnings });
    }
    for warning in &metadata.warnings {
        eprintln!("note: {warning}");
    }
    output::data(&text(&metadata))
}

fn endpoints(metadata: &ServerMetadata) -> impl Iterator<Item = (&'static str, &str)> {
    Endpoint::ALL.iter().filter_map(|&name| Some((name.member(), metadata.endpoints.get(name)?.as_str())))
}

fn text(metadata: &ServerMetadata) -> String {
    let issuer = metadata.issuer.as_deref().unwrap_or("not named");
    let mut lines: Vec<(&str, String)> = vec![("issuer", issuer.to_owned())];
    lines.extend(endpoints(metadata).map(|(name, url)| (name, url.to_owned())));
    let lists = [
        ("scopes", &metadata.scopes),
        ("grant_types", &metadata.grant_types),
        ("auth_methods", &metadata.auth_methods),
        ("code_challenge_methods", &metadata.code_challenge_methods),
        ("dpop_signing_algorithms", &metadata.dpop_signing_algorithms),
    ];
    lines.extend(lists.into_iter().filter_map(|(name, list)| Some((name, list.as_ref()?.join(" ")))));
    lines.push((
        "pushed requests",
        if metadata.requires_pushed_authorization { "required" } else { "not required" }.into(),
    ));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name:<width$}  {value}")).collect();
    lines.join("\n")
}
