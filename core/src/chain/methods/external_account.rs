//! The federated identity whose configuration the caller gives.

use super::service_account::FEDERATED;
use super::{given, opened, place};
use crate::chain::scene::{Answer, Input, Scene};

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    let (Some(path), Some(credentials)) = (&scene.request.path, given(scene)) else {
        return Answer::not_applicable("no path is given");
    };
    match credentials {
        Ok(credentials) if FEDERATED.contains(&credentials.kind()) => {
            opened(scene, credentials, &place(path), Input::Explicit)
        }
        Ok(credentials) => Answer::not_applicable(format!("{} holds a {}", place(path), credentials.kind())),
        Err(error) => Answer::Failed(error, Input::Explicit),
    }
}
