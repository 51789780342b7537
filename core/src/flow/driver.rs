//! A sign-in from its start to its token, with a person: shows, opens, listens and asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use super::browser::{self, Opened};
use super::redirect::is_https_or_here;
use super::{Environment, Flow, FlowPrompt, Step, Submitted};
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::kinds::Kind;
use crate::person::{Interactivity, Notice, Person, Typed};
use crate::renewal;
use crate::renewal::keeper::Keeper;
use crate::secret::Secret;
use crate::server::Server;
use crate::settings::{GrantKind, TokenRequest};
use crate::token::Token;

/// Between two looks at the keyboard.
const GLANCE: Duration = Duration::from_millis(80);
/// Enough for the event loop to turn once.
const BREATH: Duration = Duration::from_millis(1);
/// Between two words about the waiting.
const REMINDER: Duration = Duration::from_secs(15);

/// Whether a person can take part here. No network.
///
/// Errors: `InteractionRequired` when nobody is there; those that a sign-in would end with before it began.
pub(crate) fn check(server: &Server, request: &TokenRequest, person: &dyn Person) -> Result<(), Error> {
    match (&request.grant, person.interactivity().heeding(&server.context)) {
        (GrantKind::Password, Interactivity::No) => {
            Err(Error::new(Kind::InteractionRequired, "the password has to be typed, and nobody is there")
                .with_hint("give the password with the request, or use another grant"))
        }
        (GrantKind::Password, _) => Ok(()),
        (_, interactivity) => Flow::plan(server, request, interactivity).map(drop),
    }
}

/// The token of a grant that a person takes part in: signs in, or types a password. `keeper` stores it before anybody
/// sees it.
///
/// Errors: `InteractionRequired` at once when nobody is there; those of the flow.
pub(crate) fn acquire(
    server: &Arc<Server>,
    request: &Arc<TokenRequest>,
    keeper: Option<Arc<Keeper>>,
    person: &dyn Person,
    interrupt: &dyn Interrupt,
) -> Result<Token, Error> {
    match request.grant {
        GrantKind::Password => with_password(server, request, keeper, person, interrupt),
        _ if !person.can_show() => {
            Err(Error::new(Kind::InteractionRequired, "a person has to sign in, and nobody is there")
                .with_hint("sign in where somebody sees the page or code, or use a grant that needs nobody"))
        }
        _ => {
            let flow = Flow::begin(server.clone(), request.clone(), person.interactivity(), interrupt)?;
            let flow = flow.kept_by(keeper);
            Conversation::new(server, request, person).run(flow, interrupt)
        }
    }
}

/// The password is asked for when it is needed, and forgotten with the request.
fn with_password(
    server: &Arc<Server>,
    request: &TokenRequest,
    keeper: Option<Arc<Keeper>>,
    person: &dyn Person,
    interrupt: &dyn Interrupt,
) -> Result<Token, Error> {
    let whose = request.username.as_deref().unwrap_or_default();
    check(server, request, person)?;
    let question = format!("Password of {whose} at {}:", server.settings.display_name());
    let Some(password) = person.ask(&question, true)? else {
        return Err(Error::new(Kind::Cancelled, "no password was typed"));
    };
    let request = Arc::new(TokenRequest { password: Some(password), ..request.clone() });
    let exchange = renewal::quiet(server.clone(), request, None, Arc::default());
    let kept = async move { Ok(renewal::keep_first(keeper, exchange.await?).await) };
    engine::run(async { engine::protected(kept).await }, interrupt)
}

/// The talk with the person while a flow waits.
struct Conversation<'a> {
    server: &'a Server,
    request: &'a TokenRequest,
    person: &'a dyn Person,
    reminded: Instant,
}

impl<'a> Conversation<'a> {
    fn new(server: &'a Server, request: &'a TokenRequest, person: &'a dyn Person) -> Self {
        Self { server, request, person, reminded: Instant::now() }
    }

    fn run(mut self, mut flow: Flow, interrupt: &dyn Interrupt) -> Result<Token, Error> {
        self.open(flow.prompt());
        let must_ask = self.must_ask(flow.prompt());
        loop {
            // Once an answer is accepted there is nothing left to ask for.
            let asks = must_ask && flow.question().is_some();
            // A flow that nobody publishes has given its only copy.
            if let Step::Done(token) = flow.step(if asks { BREATH } else { GLANCE }, interrupt)? {
                self.tell_what_is_missing(&token);
                return Ok(Arc::unwrap_or_clone(token));
            }
            let typed = if asks { Some(self.asked(&flow)?) } else { self.glance() };
            match typed {
                Some(Typed::Line(text)) => self.take(&mut flow, &text)?,
                Some(Typed::End) if asks => self.take(&mut flow, &Secret::new(""))?,
                _ => self.remind(&flow),
            }
        }
    }

    fn tell_what_is_missing(&self, token: &Token) {
        if let (None, Some(hint)) = (token.refresh_token(), &self.server.dialect.hints.no_refresh_token) {
            self.person.tell(&Notice::Note(&format!("No refresh token came, so you will be asked again: {hint}.")));
        }
    }

    /// Shows where to sign in, and opens it where a person sits in front of a browser.
    fn open(&self, prompt: &FlowPrompt) {
        for notice in &prompt.notices {
            self.person.tell(&Notice::Note(notice));
        }
        let environment = Environment::detect(&self.server.context, self.person.interactivity());
        if let Some(url) = &prompt.authorization_url {
            let opened = self.opened(url, &environment);
            self.person.tell(&Notice::SignIn { url, opened, paste: prompt.channels.contains(&"paste") });
        }
        if let (Some(code), Some(uri)) = (&prompt.user_code, &prompt.verification_uri) {
            let now = self.server.now_unix_s();
            let left = prompt.expires_at_unix_s.map_or(0, |at| u64::try_from(at.saturating_sub(now)).unwrap_or(0));
            let complete_uri = prompt.verification_uri_complete.as_deref();
            let notice = Notice::UserCode {
                uri,
                code,
                complete_uri,
                message: prompt.message.as_deref(),
                expires_in: Duration::from_secs(left),
            };
            self.person.tell(&notice);
            self.opened(complete_uri.unwrap_or(uri), &environment);
        }
    }

    fn opened(&self, url: &str, environment: &Environment) -> bool {
        if self.request.open_browser == Some(false) {
            return false;
        }
        let Ok(url) = Url::parse(url) else { return false };
        if is_https_or_here(&url) && self.person.open(url.as_str()) {
            return true;
        }
        let context = &self.server.context;
        let opened = match self.request.open_browser {
            Some(true) => browser::open_as_asked(context, &url, None),
            _ => browser::open(context, environment, &url, None),
        };
        match opened {
            Opened::Started => true,
            Opened::NotTried(why) => {
                tracing::debug!("no browser is opened: {why}");
                false
            }
            Opened::Failed(why) => {
                self.person.tell(&Notice::Note(&why));
                false
            }
        }
    }

    /// Whether the only way on is a question that blocks: nothing else can bring the answer.
    fn must_ask(&self, prompt: &FlowPrompt) -> bool {
        prompt.channels == ["paste"] && !self.person.can_poll()
    }

    fn asked(&self, flow: &Flow) -> Result<Typed, Error> {
        let question = flow.question().unwrap_or_default();
        Ok(self.person.ask(question, false)?.map_or(Typed::End, Typed::Line))
    }

    fn glance(&self) -> Option<Typed> {
        if self.person.can_poll() { self.person.typed() } else { None }
    }

    fn take(&mut self, flow: &mut Flow, text: &Secret) -> Result<(), Error> {
        if flow.question().is_none() {
            return Ok(());
        }
        let submitted = match flow.submit(text) {
            // The browser may still come back: a slip of the keyboard is not the end.
            Err(error) if flow.prompt().channels.len() > 1 && error.kind() != Kind::InvalidState => {
                Submitted::Refused(error.message().to_owned())
            }
            outcome => outcome?,
        };
        match submitted {
            Submitted::Accepted => {}
            Submitted::NeedsState => self.person.tell(&Notice::Prompt(flow.question().unwrap_or_default())),
            Submitted::Refused(why) => self.person.tell(&Notice::Note(&format!("That could not be used: {why}."))),
        }
        Ok(())
    }

    fn remind(&mut self, flow: &Flow) {
        if self.reminded.elapsed() >= REMINDER {
            self.reminded = Instant::now();
            self.person.tell(&flow.advice().map_or(Notice::Waiting, Notice::Note));
        }
    }
}
