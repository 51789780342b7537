//! What the tokens of a source come from: a client's grant, or a credential that needs nobody.

use std::sync::Arc;

use super::OAuthClient;
use crate::context::Context;
use crate::provider::{About, TokenProvider};
use crate::settings::TokenRequest;
use crate::store::account::Wanted;
use crate::store::home::Home;

/// What the tokens of a source come from.
#[derive(Clone)]
pub(super) enum Root {
    /// The grant of a client at an authorization server.
    Grant(Grant),
    /// A key, a machine's identity, somebody else's token: asked again whenever its token runs out.
    Provider(Arc<dyn TokenProvider>),
}

/// A client, what it asks for, and where that outlives the process.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) client: OAuthClient,
    pub(super) request: Arc<TokenRequest>,
    /// Shape: `None` for a credential that nobody shares.
    pub(super) home: Option<Arc<Home>>,
}

impl Root {
    pub(super) fn context(&self) -> &Context {
        match self {
            Root::Grant(grant) => &grant.client.server().context,
            Root::Provider(provider) => provider.context(),
        }
    }

    pub(super) fn grant(&self) -> Option<&Grant> {
        match self {
            Root::Grant(grant) => Some(grant),
            Root::Provider(_) => None,
        }
    }

    pub(super) fn about(&self) -> About {
        match self {
            Root::Grant(grant) => About {
                kind: grant.request.grant.name().to_owned(),
                source: grant.client.settings().display_name().to_owned(),
                principal: named(&grant.request).or_else(|| grant.request.subject.clone()),
                client_id: Some(grant.client.settings().client_id.clone()),
                scopes: grant.request.scopes.clone(),
                ..About::default()
            },
            Root::Provider(provider) => provider.about().clone(),
        }
    }
}

/// The one account that is asked for. Shape: `None` for a pattern, and for whichever there is.
fn named(request: &TokenRequest) -> Option<String> {
    let is_one = matches!(request.wanted_account(), Ok(Wanted::Named(_)));
    request.account.clone().filter(|_| is_one)
}
