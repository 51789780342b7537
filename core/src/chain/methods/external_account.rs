//! The federated identity whose configuration the caller gives.

use super::service_account::FEDERATED;
use super::{credentials, opened, place};
use crate::chain::scene::{Answer, Input, Scene};

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    let (Some(path), Some(found)) = (&scene.request.path, credentials(scene)) else {
        return Answer::not_applicable("no path is given");
    };
    match found {
        Ok(credentials) if FEDERATED.contains(&credentials.kind()) => {
            opened(scene, credentials, &place(path), Input::Explicit)
        }
        Ok(credentials) => Answer::not_applicable(format!("{} holds a {}", place(path), credentials.kind())),
        Err(error) => Answer::Failed(error, Input::Explicit),
    }
}
