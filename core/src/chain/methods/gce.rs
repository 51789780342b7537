//! The identity of the Google machine that the program runs on.

use super::source_of;
use crate::chain::scene::{Answer, Input, Scene};
use crate::chain::verdict::NOT_ASKED;
use crate::engine;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::google::impersonation;
use crate::provider::google::metadata::{self, Opened, Presence, ProbeOptions};
use crate::reason::Reason;

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    let request = scene.request;
    let is_named = request.service_account.is_some();
    if let Some(passed_over) = scene.passes_over_ambient().filter(|_| !is_named) {
        return passed_over;
    }
    let context = &scene.world.context;
    if !scene.may_probe && metadata::is_deliberate(context) {
        return Answer::because(NOT_ASKED, "a variable names a metadata server; it is asked when a token is wanted");
    }
    if !scene.may_probe && metadata::would_ask_network(context) {
        return Answer::because(NOT_ASKED, "only the network could tell whether this is a machine of Google's");
    }
    let input = match (is_named, metadata::is_deliberate(context)) {
        (true, _) => Input::Explicit,
        (false, true) => Input::Configured,
        (false, false) => Input::Probed,
    };
    engine::run(opened(scene, input), scene.interrupt).unwrap_or_else(|error| Answer::Failed(error, input))
}

async fn opened(scene: &Scene<'_>, input: Input) -> Result<Answer, Error> {
    let (world, request) = (scene.world, scene.request);
    let options = ProbeOptions { use_ip: request.metadata_use_ip, timeout: request.metadata_timeout };
    match (metadata::probe(world, &options).await, &request.service_account) {
        (Presence::Here, _) => {}
        (Presence::NotHere(why), None) => {
            return Ok(Answer::not_applicable(format!("there is no metadata server: {why}")));
        }
        (Presence::NotHere(why), Some(account)) => {
            let words = format!("service_account names {account}, and there is no metadata server: {why}");
            return Err(Error::new(Kind::NotConfigured, words)
                .with_hint("leave service_account out here; a key's file is given as `path`"));
        }
    }
    let service_account = request.service_account.as_deref();
    Ok(match metadata::open(world, &options, service_account, &impersonation::base_wish(&scene.wish)).await? {
        Opened::Unfit(why) if input != Input::Explicit => Answer::not_applicable(why),
        Opened::Unfit(why) => return Err(unfit(why)),
        Opened::Fits(provider) => {
            let provider = impersonation::as_wished(world, provider, &scene.wish)?;
            Answer::Found(Box::new(source_of(scene, provider)), input)
        }
    })
}

/// Whoever names the machine's account wants no other; who names its server only says where it is.
fn unfit(why: String) -> Error {
    Error::new(Kind::Denied, why).with_reason(Reason::InsufficientScopes).with_hint(
        "give the machine or its service account these scopes, ask for fewer, or leave the machine's identity unnamed",
    )
}
