//! `tokcore integrations`: what an administrator configured, and whether this user is signed in.

use clap::Args;
use comfy_table::{Table, presets};
use serde::Serialize;
use tokcore::{Error, Integration, NoInterrupt};

use super::Common;
use crate::output;

/// List the integrations of this session
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore integrations
  tokcore integrations --json |
    jq -r '.integrations[] | select(.authenticated) | .guid'")]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
}

#[derive(Serialize)]
struct Answer<'a> {
    integrations: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    guid: Option<&'a str>,
    name: Option<&'a str>,
    display_name: Option<&'a str>,
    authenticated: Option<bool>,
    r#type: Option<&'a str>,
    client_id: Option<&'a str>,
    auth_url: Option<&'a str>,
    token_url: Option<&'a str>,
    scopes: &'a [String],
    issuer: Option<&'a str>,
}

impl<'a> From<&'a Integration> for Item<'a> {
    fn from(integration: &'a Integration) -> Self {
        Self {
            guid: integration.guid.as_deref(),
            name: integration.name.as_deref(),
            display_name: integration.display_name.as_deref(),
            authenticated: integration.authenticated,
            r#type: integration.provider_type.as_deref(),
            client_id: integration.client_id.as_deref(),
            auth_url: integration.auth_url.as_deref(),
            token_url: integration.token_url.as_deref(),
            scopes: &integration.scopes,
            issuer: integration.issuer.as_deref(),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let integrations = arguments.common.client().integrations(&NoInterrupt)?;
    if arguments.common.json {
        return output::json(&Answer { integrations: integrations.iter().map(Item::from).collect() });
    }
    if integrations.is_empty() {
        // Prose, and so not on stdout: a script that counts lines gets none.
        eprintln!("no integrations are configured on this server");
        return Ok(());
    }
    output::data(&table(&integrations))
}

fn table(integrations: &[Integration]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(["NAME", "DISPLAY NAME", "STATUS", "GUID"]);
    for integration in integrations {
        let text = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".to_owned());
        let name = text(&integration.name);
        let row = [name, text(&integration.display_name), status(integration).to_owned(), text(&integration.guid)];
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Whether the user is signed in, in the words that all tokcore's surfaces use.
fn status(integration: &Integration) -> &'static str {
    match integration.authenticated {
        Some(true) => "signed in",
        Some(false) => "not signed in",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut box_ = Integration::default();
        box_.name = Some("box".into());
        box_.guid = Some("75cc881c".into());
        box_.authenticated = Some(true);
        let mut other = Integration::default();
        other.name = Some("custom-api".into());
        other.display_name = Some("Custom API".into());
        assert_eq!(
            table(&[box_, other]),
            "NAME        DISPLAY NAME  STATUS     GUID\n\
             box         -             signed in  75cc881c\n\
             custom-api  Custom API    unknown    -"
        );
    }
}
