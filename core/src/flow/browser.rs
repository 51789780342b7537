//! Whether and how the person's browser is opened. Source: specs/oauth.md §1.4.
//!
//! The address is always printed as well, so nothing here may fail a sign-in.

use url::Url;

use super::environment::{Environment, EnvironmentClass};
use super::redirect::is_https_or_here;
use crate::context::Context;

/// What became of the wish to open a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// One was started. Whether it shows the page is not known.
    Started,
    /// None was tried, and why.
    NotTried(String),
    /// None could be started: a warning for the person, without the address, which holds one-time texts.
    Failed(String),
}

/// Starts the browser on `url` where that makes sense. Effects: starts a process and does not wait for it.
///
/// `preferred`: the person's choice, in the form of the variable `BROWSER`, which it replaces: commands separated by
/// colons, the address in place of `%s` or at the end.
pub fn open(context: &Context, environment: &Environment, url: &Url, preferred: Option<&str>) -> Opened {
    if !is_https_or_here(url) {
        return Opened::NotTried("the address is neither https nor on this machine".into());
    }
    match why_not(environment) {
        Some(why) => Opened::NotTried(why),
        None => start(context, url, preferred),
    }
}

/// The same wherever the program runs: the caller asked for it.
pub fn open_as_asked(context: &Context, url: &Url, preferred: Option<&str>) -> Opened {
    match is_https_or_here(url) {
        true => start(context, url, preferred),
        false => Opened::NotTried("the address is neither https nor on this machine".into()),
    }
}

fn start(context: &Context, url: &Url, preferred: Option<&str>) -> Opened {
    let variable = context.set_var("BROWSER");
    for command in preferred.or(variable.as_deref()).unwrap_or_default().split(':') {
        if let Some((program, arguments)) = command_line(command, url.as_str())
            && context.browser.run(&program, &arguments).is_ok()
        {
            return Opened::Started;
        }
    }
    match context.browser.open(url.as_str()) {
        Ok(()) => Opened::Started,
        // The system's words may repeat the command, and with it the address.
        Err(cause) => {
            Opened::Failed(format!("no browser could be started ({}): open the address yourself", cause.kind()))
        }
    }
}

/// Why no browser is opened on this machine, if so.
pub fn why_not(environment: &Environment) -> Option<String> {
    let around = &environment.surroundings;
    let why = if environment.is_known_to_be_unattended() {
        "nobody sits at this machine"
    } else if around.vscode && around.browser_variable.is_some() {
        // Its helper in BROWSER opens the address on the person's own machine.
        return None;
    } else if around.ssh.is_some() && !around.display {
        "this is an SSH session without a display"
    } else if around.container.is_some() {
        "this is a container"
    } else if environment.class == EnvironmentClass::Hosted {
        "the person's browser is on another machine"
    } else if !around.display && around.browser_variable.is_none() {
        "there is no display"
    } else {
        return None;
    };
    Some(why.into())
}

/// One of the commands in `BROWSER`. No shell sees it: it is split at white space before the address is put in.
fn command_line(command: &str, url: &str) -> Option<(String, Vec<String>)> {
    let mut words = command.split_ascii_whitespace();
    let program = words.next()?.to_owned();
    let mut has_address = false;
    let mut arguments: Vec<String> = words
        .map(|word| {
            has_address |= word.contains("%s");
            word.replace("%s", url)
        })
        .collect();
    if !has_address {
        arguments.push(url.to_owned());
    }
    Some((program, arguments))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::context::{Browser, Env};
    use crate::flow::environment::Platform;
    use crate::person::Interactivity;

    const URL: &str = "https://as.example/authorize?a=1&state=state-canary%3A";

    struct Variables(BTreeMap<&'static str, &'static str>);

    impl Env for Variables {
        fn var(&self, name: &str) -> Option<String> {
            self.0.get(name).map(|value| (*value).to_owned())
        }
    }

    /// Has the programs that are named `good…`, and nothing that the system opens addresses with.
    #[derive(Default)]
    struct Recorder(Mutex<Vec<String>>);

    impl Browser for Recorder {
        fn open(&self, url: &str) -> io::Result<()> {
            self.run("system", &[url.into()])
        }

        fn run(&self, program: &str, arguments: &[String]) -> io::Result<()> {
            self.0.lock().unwrap().push(format!("{program} {}", arguments.join(" ")));
            match program.starts_with("good") {
                true => Ok(()),
                false => Err(io::Error::other(format!("cannot run {program} {arguments:?}"))),
            }
        }
    }

    fn open_with(variables: &[(&'static str, &'static str)], preferred: Option<&str>, url: &str) -> (Opened, String) {
        let recorder = Arc::new(Recorder::default());
        let env = Arc::new(Variables(variables.iter().copied().collect()));
        let context = Context { env, browser: recorder.clone(), ..Context::default() };
        let environment = Environment::detect_on(Platform::Unix, &context, Interactivity::Yes);
        let opened = open(&context, &environment, &Url::parse(url).unwrap(), preferred);
        let ran = recorder.0.lock().unwrap().join("\n");
        (opened, ran)
    }

    #[test]
    fn the_variable_names_commands_of_which_the_first_that_starts_counts() {
        let browser = [("DISPLAY", ":0"), ("BROWSER", "bad:good --to=%s -n:good2")];
        let (opened, ran) = open_with(&browser, None, URL);
        assert_eq!(opened, Opened::Started);
        assert_eq!(ran, format!("bad {URL}\ngood --to={URL} -n"));
    }

    #[test]
    fn the_persons_choice_replaces_the_variable() {
        let (opened, ran) = open_with(&[("DISPLAY", ":0"), ("BROWSER", "good")], Some("good-choice"), URL);
        assert_eq!((opened, ran), (Opened::Started, format!("good-choice {URL}")));
    }

    #[test]
    fn a_failure_is_told_without_the_address() {
        let (opened, ran) = open_with(&[("DISPLAY", ":0")], None, URL);
        assert_eq!(ran, format!("system {URL}"));
        let Opened::Failed(why) = opened else { panic!("{opened:?}") };
        assert!(!why.contains("canary"), "{why}");
    }

    #[test]
    fn only_https_and_this_machine_reach_a_browser() {
        for url in ["http://as.example/", "file:///etc/passwd", "javascript:alert(1)", "http://localhost.evil.example/"]
        {
            let (opened, ran) = open_with(&[("DISPLAY", ":0"), ("BROWSER", "good")], None, url);
            assert!(matches!(opened, Opened::NotTried(_)) && ran.is_empty(), "{url}: {opened:?} {ran}");
        }
        for url in ["http://localhost:1410/", "http://127.0.0.1:1410/", "http://[::1]:1410/"] {
            let (opened, _) = open_with(&[("DISPLAY", ":0"), ("BROWSER", "good")], None, url);
            assert_eq!(opened, Opened::Started, "{url}");
        }
    }

    #[test]
    fn where_no_browser_makes_sense_none_is_tried() {
        let (opened, ran) = open_with(&[("SSH_TTY", "/dev/pts/1"), ("BROWSER", "good")], None, URL);
        assert!(matches!(opened, Opened::NotTried(_)) && ran.is_empty(), "{opened:?} {ran}");
    }
}
