//! The credential in the file that the caller names: a service account's key, and every other type but federation.

use super::{credentials, opened, place};
use crate::chain::scene::{Answer, Input, Scene};

/// Types that [`super::external_account`] takes.
pub(super) const FEDERATED: [&str; 2] = ["external_account", "external_account_authorized_user"];

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    let (Some(path), Some(found)) = (&scene.request.path, credentials(scene)) else {
        return Answer::not_applicable("no path is given");
    };
    match found {
        Ok(credentials) if FEDERATED.contains(&credentials.kind()) => {
            Answer::not_applicable(format!("{} holds an {}", place(path), credentials.kind()))
        }
        Ok(credentials) => opened(scene, credentials, &place(path), Input::Explicit),
        Err(error) => Answer::Failed(error, Input::Explicit),
    }
}
