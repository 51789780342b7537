//! The application default credentials: the file that a variable names, or the one that gcloud left.

use super::opened;
use crate::chain::request::Email;
use crate::chain::scene::{Answer, Input, Scene};
use crate::context::Context;
use crate::provider::google::adc::{self, Found, System};
use crate::provider::google::file;

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    let context = &scene.world.context;
    if let Some(found) = of_account(scene) {
        return of_file(scene, &found);
    }
    if let Some(passed_over) = scene.passes_over_ambient() {
        return passed_over;
    }
    if let Some(account) = &scene.request.service_account {
        return Answer::because(
            "skipped",
            format!("service_account names {account}, the machine's, and this is a file's"),
        );
    }
    if let Some(json) = adc::in_variable(context).filter(|_| scene.request.adc_json) {
        return match file::read(context, json.expose()) {
            Ok(credentials) => opened(scene, credentials, adc::JSON_VARIABLE, Input::Configured),
            Err(error) => Answer::Failed(error, Input::Configured),
        };
    }
    match adc::find(context) {
        Some(found) => of_file(scene, &found),
        None => nothing(context),
    }
}

/// What gcloud keeps for the one account that is named, where the caller wants that looked at.
fn of_account(scene: &Scene<'_>) -> Option<Found> {
    match &scene.request.email {
        Some(Email::Named(email)) if scene.request.gcloud_accounts => adc::of_account(&scene.world.context, email),
        _ => None,
    }
}

/// Whoever put the file there wants it to be used.
fn of_file(scene: &Scene<'_>, found: &Found) -> Answer {
    match adc::read(&scene.world.context, found) {
        Ok(credentials) => opened(scene, credentials, &found.place(), Input::Configured),
        Err(error) => Answer::Failed(error, Input::Configured),
    }
}

fn nothing(context: &Context) -> Answer {
    let looked = adc::locate(context, System::HERE).map(|place| format!(" at {}", place.place())).unwrap_or_default();
    Answer::not_applicable(format!("{} is not set, and there is no file{looked}", adc::VARIABLE))
}
