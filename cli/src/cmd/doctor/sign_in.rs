//! What a sign-in with a browser would do here, and why; and what is known of the client it would be for.

use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::flow::{CapturePlan, Channels, Environment, Inputs, Override, Wishes, browser, decide};
use tokcore::{Context, Error, OAuthClient, Person, Terminal, TokenRequest};

use super::Lines;
use crate::oauth::{ClientOptions, Signals};
use crate::output::ErrorJson;

/// The machine, the decision, and the client if one is named.
pub struct SignIn {
    environment: Environment,
    plan: Result<CapturePlan, Error>,
    client: Option<Client>,
    /// Whether the person has said what opens addresses.
    has_browser_variable: bool,
}

/// A client after its server was asked what it offers.
struct Client {
    itself: OAuthClient,
    report: Map<String, Value>,
    report_in_words: Vec<(String, String)>,
    /// Why no token could be asked for: metadata that cannot be had, a secret that is missing.
    problem: Option<Error>,
}

impl SignIn {
    /// Looks. Effects: `[disk]`; with a client also `[net]`.
    ///
    /// Errors: those of a client that cannot be used at all.
    pub fn look(options: &ClientOptions) -> Result<Self, Error> {
        let context = Context::os();
        let environment = Environment::detect(&context, Terminal.interactivity());
        let has_browser_variable = context.env.var("BROWSER").is_some_and(|command| !command.is_empty());
        let (plan, client) = match options.are_given() {
            false => (plan_without_client(&context, &environment), None),
            true => {
                let client = options.client()?;
                let looked_up = Client::look(client)?;
                (looked_up.itself.plan(&TokenRequest::default(), Terminal.interactivity()), Some(looked_up))
            }
        };
        Ok(Self { environment, plan, client, has_browser_variable })
    }

    /// What is wrong with the client, if one was named and something is.
    pub fn problem(&self) -> Option<&Error> {
        self.client.as_ref()?.problem.as_ref()
    }

    /// The client that the report is about, if one was named.
    pub fn client(&self) -> Option<&OAuthClient> {
        self.client.as_ref().map(|client| &client.itself)
    }

    /// Names and values, in the order of the report: first the client, if one is named.
    pub fn lines(&self) -> Lines<'static> {
        let mut lines = self.client.as_ref().map_or_else(Vec::new, Client::lines);
        lines.push(("sign-in", self.in_one_line()));
        let class = self.environment.class.slug();
        lines.push(("  machine", format!("{class}, because {}", self.environment.reason())));
        lines.extend(self.environment.signals.iter().map(|signal| ("  signal", signal.to_string())));
        match &self.plan {
            Ok(plan) => {
                lines.extend(plan.explanation.iter().skip(1).map(|line| ("  because", line.clone())));
                lines.extend(plan.notices.iter().map(|line| ("  notice", line.clone())));
            }
            Err(error) => lines.push(("  next", error.hint().to_owned())),
        }
        lines.push(("  browser", self.browser()));
        lines
    }

    /// The same as JSON.
    pub fn json(&self) -> SignInJson<'_> {
        let plan = self.plan.as_ref();
        SignInJson {
            flow: plan.ok().map(|plan| plan.flow.name()),
            channels: plan.map_or_else(|_| Vec::new(), |plan| names(&plan.channels)),
            redirect_uri: plan.ok().and_then(|plan| Some(plan.redirect.as_ref()?.template().to_owned())),
            environment: self.environment.class.slug(),
            signals: self.environment.signals.iter().map(ToString::to_string).collect(),
            explanation: plan.map_or(&[], |plan| &plan.explanation),
            notices: plan.map_or(&[], |plan| &plan.notices),
            no_browser_because: browser::why_not(&self.environment),
            error: plan.err().map(ErrorJson::of),
        }
    }

    /// What is known of the client, by name. Shape: `None` when none was named.
    pub fn client_json(&self) -> Option<Map<String, Value>> {
        self.client.as_ref().map(|client| client.report.clone())
    }

    fn in_one_line(&self) -> String {
        match &self.plan {
            Ok(plan) => format!("{}, awaited at: {}", plan.flow.name(), names(&plan.channels).join(", ")),
            Err(error) => format!("not possible: {error}"),
        }
    }

    fn browser(&self) -> String {
        match browser::why_not(&self.environment) {
            None => "is opened".into(),
            Some(why) => {
                let which = if self.has_browser_variable { "the command in BROWSER" } else { "one" };
                format!("is not opened: {why}; --set open_browser=true starts {which} all the same")
            }
        }
    }
}

/// With the standard's defaults, as a program without settings of its own would have them.
fn plan_without_client(context: &Context, environment: &Environment) -> Result<CapturePlan, Error> {
    let chosen = Override::resolve(context, &Wishes::default())?;
    decide(context, environment, &Inputs { chosen, ..Inputs::default() })
}

impl Client {
    fn look(client: OAuthClient) -> Result<Self, Error> {
        let signals = Signals::listen()?;
        let problem = client.check(&signals).err();
        let (report, report_in_words) = (client.report().into_iter().collect(), client.report_in_words());
        Ok(Self { itself: client, report, report_in_words, problem })
    }

    fn lines(&self) -> Lines<'static> {
        let heading = |at: usize| if at == 0 { "client" } else { "  knows" };
        let known =
            self.report_in_words.iter().enumerate().map(|(at, (name, value))| (heading(at), format!("{name} {value}")));
        let problem = self.problem.iter();
        let problem = problem.flat_map(|error| [("  problem", error.to_string()), ("  next", error.hint().to_owned())]);
        known.chain(problem).collect()
    }
}

fn names(channels: &Channels) -> Vec<&'static str> {
    let watched = [
        (channels.listener, "loopback"),
        (channels.paste, "paste"),
        (channels.poll.is_some(), "poll"),
        (channels.device, "device"),
    ];
    watched.into_iter().filter(|(watched, _)| *watched).map(|(_, name)| name).collect()
}

/// The member `sign_in` of the report.
#[derive(Serialize)]
pub struct SignInJson<'a> {
    flow: Option<&'static str>,
    channels: Vec<&'static str>,
    redirect_uri: Option<String>,
    environment: &'static str,
    signals: Vec<String>,
    explanation: &'a [String],
    notices: &'a [String],
    no_browser_because: Option<String>,
    error: Option<ErrorJson<'a>>,
}
