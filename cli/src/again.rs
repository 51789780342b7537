//! What this call was told, for another verb: a command that a person can paste.

use clap::{Arg, ArgMatches, Command, CommandFactory, parser::ValueSource};

/// Options of a sign-in that say nothing about what is signed in to, or that the account stands in for.
const OF_A_SIGN_IN: [&str; 6] = ["print-token", "json", "no-browser", "account", "email", "open"];

/// `tokcore VERB` with what this very call, a sign-in, said about the credential; `whose`: the flag that names the account,
/// and the account. Quoted for a shell.
pub fn with_verb(verb: &str, whose: Option<(&str, &str)>) -> String {
    again(crate::CommandLine::command(), std::env::args_os(), verb, whose)
}

fn again(
    mut command: Command,
    said: impl IntoIterator<Item = std::ffi::OsString>,
    verb: &str,
    whose: Option<(&str, &str)>,
) -> String {
    let mut words = vec!["tokcore".to_owned(), verb.to_owned()];
    if let Ok(matches) = command.try_get_matches_from_mut(said)
        && let Some((own, given)) = matches.subcommand()
        && let Some(own) = command.find_subcommand(own)
    {
        words.extend(options(own, given));
    }
    words.extend(whose.into_iter().flat_map(|(flag, account)| [flag.to_owned(), account.to_owned()]));
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// The options that were given, in the order in which they were.
fn options(verb: &Command, given: &ArgMatches) -> Vec<String> {
    let kept =
        verb.get_arguments().filter(|option| option.get_long().is_some_and(|name| !OF_A_SIGN_IN.contains(&name)));
    let mut options: Vec<(usize, Vec<String>)> = kept.flat_map(|option| said(option, given)).collect();
    options.sort();
    options.into_iter().flat_map(|(_, words)| words).collect()
}

/// Each time that this option was given: its place, and its words.
fn said(option: &Arg, given: &ArgMatches) -> Vec<(usize, Vec<String>)> {
    let (id, flag) = (option.get_id().as_str(), format!("--{}", option.get_long().unwrap_or_default()));
    if given.value_source(id) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    let places = given.indices_of(id).into_iter().flatten();
    if !option.get_action().takes_values() {
        return places.map(|at| (at, vec![flag.clone()])).collect();
    }
    let values = given.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy().into_owned());
    places.zip(values).map(|(at, value)| (at, vec![flag.clone(), value])).collect()
}

/// A word as a shell takes it. What cannot be quoted has a NUL, which no argument has.
pub fn quoted(word: &str) -> String {
    crate::output::printable(&shlex::try_quote(word).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(said: &[&str], whose: Option<(&str, &str)>) -> String {
        again(crate::CommandLine::command(), said.iter().map(Into::into), "token", whose)
    }

    #[test]
    fn what_was_said_about_the_credential_is_said_again_and_the_account_by_its_name() {
        let said =
            ["tokcore", "login", "--scopes", "drive bigquery", "--google-client=my client.json", "--email", "*@x"];
        assert_eq!(
            after(&said, Some(("--email", "ann@example.com"))),
            "tokcore token --scopes 'drive bigquery' --google-client 'my client.json' --email ann@example.com"
        );
        let said =
            ["tokcore", "login", "--json", "--client", "a.toml", "--scope", "b", "--no-browser", "--scope", "it's"];
        assert_eq!(after(&said, None), "tokcore token --client a.toml --scope b --scope \"it's\"");
    }
}
