//! What kind of machine this is, for a person who is to sign in with a browser. Source: specs/google.md §3.6,
//! specs/oauth.md §3.4.
//!
//! Detection never decides against what a person asked for: an explicit flow wins over it. Everything that was found is
//! kept, so that `doctor` can show why.

mod hints;
mod rules;
mod surroundings;

use std::fmt;

use crate::context::Context;
use crate::person::{INTERACTIVE_VARIABLE, Interactivity};

pub use surroundings::Platform;
use surroundings::Surroundings;

/// The kinds of machine, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvironmentClass {
    /// Nobody is there who could sign in.
    Unattended,
    /// The program runs on a server, and the browser somewhere else.
    Hosted,
    /// The browser runs somewhere else, and a port can be forwarded to it: SSH, containers.
    TunnelPossible,
    /// The person sits here, but no browser can be opened.
    LocalNoBrowser,
    /// The person and the browser are here. WSL counts, because Windows forwards its localhost.
    Local,
}

impl EnvironmentClass {
    /// Stable `snake_case` name.
    pub const fn slug(self) -> &'static str {
        match self {
            EnvironmentClass::Unattended => "unattended",
            EnvironmentClass::Hosted => "hosted",
            EnvironmentClass::TunnelPossible => "tunnel_possible",
            EnvironmentClass::LocalNoBrowser => "local_no_browser",
            EnvironmentClass::Local => "local",
        }
    }
}

/// One sign of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What it speaks for.
    pub class: EnvironmentClass,
    /// Name of the variable or file, or `interactivity`.
    pub source: &'static str,
    /// What was seen, for people.
    pub seen: String,
}

impl Signal {
    fn hosted(source: &'static str) -> Self {
        Self { class: EnvironmentClass::Hosted, source, seen: format!("{source} says so") }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.slug(), self.seen)
    }
}

/// What was found out about this machine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Environment {
    /// The first class that has a signal; without any, local.
    pub class: EnvironmentClass,
    /// Every signal, also those of classes that were not chosen.
    pub signals: Vec<Signal>,
    /// Whether a person can be asked for a line of text.
    pub can_prompt: bool,
    /// The variable by which httr2 knows a hosted machine. It alone makes a loopback redirect URI an error.
    pub httr2_hosted: Option<&'static str>,
    /// What is odd about the settings, to be told to the person.
    pub warnings: Vec<String>,
    pub(super) surroundings: Surroundings,
}

impl Environment {
    /// Looks at this machine. Effects: `[disk]` looks for the marks of containers and WSL.
    pub fn detect(context: &Context, interactivity: Interactivity) -> Self {
        Self::detect_on(Platform::HERE, context, interactivity)
    }

    /// The same for a machine with another operating system, for tests.
    pub fn detect_on(platform: Platform, context: &Context, interactivity: Interactivity) -> Self {
        let surroundings = Surroundings::look(platform, context);
        let told_interactive = context.flag(INTERACTIVE_VARIABLE);
        let can_prompt = match interactivity.heeding(context) {
            Interactivity::No if told_interactive == Some(Ok(false)) => false,
            Interactivity::Yes => true,
            // The notebook can ask although its interpreter says that it is not interactive.
            Interactivity::No => context.set_var(COLAB).is_some(),
            Interactivity::Unknown => context.env.has_terminal() || context.set_var(COLAB).is_some(),
        };
        let mut signals = rules::signals(context, &surroundings, can_prompt);
        if told_interactive == Some(Ok(true)) {
            signals.retain(|signal| signal.class != EnvironmentClass::Unattended);
        }
        let told_hosted = context.flag(HOSTED);
        let told = [(INTERACTIVE_VARIABLE, &told_interactive), (HOSTED, &told_hosted)];
        let warnings = told.into_iter().filter(|(_, told)| matches!(told, Some(Err(_)))).map(|(name, _)| ignored(name));
        let warnings = warnings.collect();
        let httr2_hosted = match told_hosted {
            Some(Ok(false)) => {
                signals.retain(|signal| signal.class != EnvironmentClass::Hosted);
                None
            }
            Some(Ok(true)) => {
                signals.push(Signal::hosted(HOSTED));
                httr2_hosted(context)
            }
            Some(Err(_)) | None => httr2_hosted(context),
        };
        if let Some(variable) = httr2_hosted
            && !signals.iter().any(|signal| signal.source == variable)
        {
            signals.push(Signal::hosted(variable));
        }
        signals.sort_by_key(|signal| signal.class);
        let class = signals.first().map_or(EnvironmentClass::Local, |signal| signal.class);
        Self { class, signals, can_prompt, httr2_hosted, warnings, surroundings }
    }

    /// Whether this is WSL, whose browser is the one of Windows.
    pub fn is_wsl(&self) -> bool {
        self.surroundings.wsl
    }

    /// Whether more than the host's word says that nobody is there: a build server, published content, a scheduled job.
    pub fn is_known_to_be_unattended(&self) -> bool {
        let mut unattended = self.signals.iter().filter(|signal| signal.class == EnvironmentClass::Unattended);
        unattended.any(|signal| signal.source != rules::INTERACTIVITY)
    }

    /// The signals of the chosen class, as one line.
    pub fn reason(&self) -> String {
        let seen = self.signals.iter().filter(|signal| signal.class == self.class).map(|signal| signal.seen.as_str());
        let seen: Vec<_> = seen.collect();
        if seen.is_empty() { "nothing speaks against it".into() } else { seen.join(", ") }
    }
}

const HOSTED: &str = "TOKCORE_HOSTED";
const COLAB: &str = "COLAB_RELEASE_TAG";

/// What a variable says that is neither yes nor no, for the person.
fn ignored(variable: &str) -> String {
    format!("{variable} is neither 0 nor 1 and is ignored")
}

/// The two tests of httr2, and which variable met one. Source: specs/oauth.md §3.1 (3).
fn httr2_hosted(context: &Context) -> Option<&'static str> {
    const MODE: &str = "RSTUDIO_PROGRAM_MODE";
    if context.set_var(COLAB).is_some() {
        return Some(COLAB);
    }
    let referer = context.env.var("RSTUDIO_HTTP_REFERER").unwrap_or_default();
    let is_server = context.env.var(MODE).as_deref() == Some("server");
    (is_server && !referer.contains("localhost")).then_some(MODE)
}
