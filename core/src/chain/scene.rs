//! What a method of the chain sees, and what it says.

use crate::engine::Interrupt;
use crate::error::Error;
use crate::kinds::Kind;
use crate::person::{Interactivity, Person};
use crate::provider::google::{Wish, scope};
use crate::world::World;

use super::request::ChainRequest;
use crate::api::TokenSource;

/// Names the cloud.
const UNIVERSE_VARIABLE: &str = "GOOGLE_CLOUD_UNIVERSE_DOMAIN";

/// What an explanation says where a person would be asked.
pub(super) const SIGN_IN_NEEDED: &str = "sign_in_needed";

/// What a method of the chain sees.
pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) request: &'a ChainRequest,
    /// The same, as a Google credential understands it.
    pub(super) wish: Wish,
    pub(super) person: &'a dyn Person,
    pub(super) interrupt: &'a dyn Interrupt,
    /// Whether a token is wanted, and not only an explanation.
    pub(super) is_walk: bool,
    /// Whether a server may be asked whether it is there. An explanation asks nobody unless it is told to.
    pub(super) may_probe: bool,
}

/// What a method says before anything is asked of a server.
pub(super) enum Answer {
    /// This is the credential.
    Found(Box<TokenSource>, Input),
    /// Its input is absent, or another method's.
    NotApplicable {
        /// A stable word for it.
        code: &'static str,
        /// In words.
        why: String,
    },
    /// Its input is there and cannot be used.
    Failed(Error, Input),
}

/// How a method came to its input, which decides what its failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The caller gave it.
    Explicit,
    /// It was put there on purpose: a variable, a known file.
    Configured,
    /// It was only looked for.
    Probed,
}

impl Answer {
    pub(super) fn not_applicable(why: impl Into<String>) -> Self {
        Self::because("not_applicable", why)
    }

    pub(super) fn because(code: &'static str, why: impl Into<String>) -> Self {
        Self::NotApplicable { code, why: why.into() }
    }

    /// What came of opening a credential.
    pub(super) fn of(opened: Result<TokenSource, Error>, input: Input) -> Self {
        match opened {
            Ok(source) => Self::Found(Box::new(source), input),
            Err(error) => Self::Failed(error, input),
        }
    }
}

impl Scene<'_> {
    /// Why a credential that the machine happens to have is passed over: the caller wants somebody's own. Source: specs,
    /// user pains, ambient credentials.
    pub(super) fn passes_over_ambient(&self) -> Option<Answer> {
        let request = self.request;
        let named = [("email", request.email.is_some()), ("client", request.client.is_some())];
        let (name, _) = named.into_iter().find(|(_, is_given)| *is_given)?;
        Some(Answer::because("skipped", format!("{name} names a user, and this is nobody's own credential")))
    }
}

/// What is wanted of a Google credential. Errors: `InvalidArgument` for scopes that make no sense.
pub(super) fn wish(world: &World, request: &ChainRequest, person: &dyn Person) -> Result<Wish, Error> {
    let scopes = request.scopes.as_ref().map(|scopes| scope::resolve(scopes, &request.scope_aliases));
    if let Some(broken) = scopes.iter().flatten().find(|scope| scope.chars().any(char::is_control)) {
        let shown: String = broken.chars().filter(|letter| !letter.is_control()).collect();
        return Err(Error::new(Kind::InvalidArgument, format!("the scope {shown} holds a control character")));
    }
    Ok(Wish {
        scopes,
        add_email: request.add_email.unwrap_or(true),
        id_token_audience: request.id_token_audience.clone(),
        subject: request.subject.clone(),
        impersonate: request.impersonate.clone(),
        delegates: request.delegates.clone(),
        lifetime: request.lifetime,
        quota_project: request.quota_project.clone(),
        universe_domain: request.universe_domain.clone().or_else(|| world.context.set_var(UNIVERSE_VARIABLE)),
        trust: request.trust,
        assertion: request.assertion,
        auto_skew: request.auto_skew.unwrap_or(true),
        allow_interactive: request.allow_interactive,
        // Hosts find out only when they are asked, which costs them something.
        is_attended: request.allow_interactive && person.interactivity() == Interactivity::Yes,
    })
}
