//! The credentials that Posit Workbench or Connect has for an integration.

use std::sync::Arc;

use super::source_of;
use crate::cache::key::{CredentialKey, KeyFields};
use crate::chain::brought::Bringer;
use crate::chain::method::BuiltIn;
use crate::chain::scene::{Answer, Input, Scene};
use crate::context::Context;
use crate::credentials::{Backend, CredentialsRequest};
use crate::detect;
use crate::error::Error;
use crate::options::{ClientOptions, LONGEST_REUSE};
use crate::provider::choice::Choice;
use crate::provider::google::token::Received;
use crate::provider::{About, Session, TokenProvider};
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;

/// `method`: whose integration is meant.
pub(super) fn answer(method: BuiltIn, scene: &Scene<'_>) -> Answer {
    let Some(integration) = &scene.request.integration else {
        return Answer::not_applicable("no integration is named");
    };
    let (context, options) = (&scene.world.context, ClientOptions::default());
    let choice = match detect::detect(context, &options, false).outcome {
        Ok(choice) => choice,
        Err(error) => return Answer::not_applicable(error.message().to_owned()),
    };
    let is_connect = choice.backend == Backend::Connect;
    if is_connect != (method == BuiltIn::Connect) {
        return Answer::not_applicable(format!("this is {}", choice.backend));
    }
    let provider = Arc::new(Integration::new(context.clone(), options, choice, integration.clone()));
    let brought = Bringer { name: "an integration", serves: None }.source(scene, &source_of(scene, provider));
    Answer::of(brought, Input::Explicit)
}

/// One integration of the place where the program runs.
struct Integration {
    context: Context,
    options: ClientOptions,
    choice: Choice,
    audience: String,
    about: About,
}

impl Integration {
    fn new(context: Context, options: ClientOptions, choice: Choice, audience: String) -> Self {
        let about = About {
            kind: "integration".to_owned(),
            source: choice.backend.name().to_owned(),
            principal: choice.subject.map(|subject| subject.name().to_owned()),
            client_id: Some(audience.clone()),
            ..About::default()
        };
        Self { context, options, choice, audience, about }
    }
}

impl TokenProvider for Integration {
    fn context(&self) -> &Context {
        &self.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        let backend = self.choice.backend.name();
        KeyFields { grant: Some(backend), cache_key: Some(&self.audience), ..KeyFields::default() }.key()
    }

    /// Effects: `[net]` `[disk]`. Errors: as [`crate::Client::credentials`].
    fn fetch(self: Arc<Self>, _: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move {
            let requested_at_unix_s = self.context.clock.now_unix_ms().div_euclid(1000);
            let session = Session::open(&self.context, &self.options, self.choice.clone())?;
            let given = session.credentials(&CredentialsRequest::for_audience(&*self.audience)).await?;
            let received = Received {
                access_token: given.access_token,
                expires_at_unix_s: given.expires_at_unix_s,
                scopes_requested: Vec::new(),
                scopes_granted: None,
                kind: self.choice.backend.name(),
                endpoint: self.choice.backend.name().to_owned(),
                account: None,
                requested_at_unix_s,
            };
            let mut token = received.into_token(&self.context);
            // A sign-out must be noticed: the place is asked again soon, whatever the token says of itself.
            token.asked_again_at(requested_at_unix_s.saturating_add_unsigned(LONGEST_REUSE.as_secs()));
            Ok(token)
        })
    }
}
