//! A user: whoever has signed in before, else somebody who signs in now.

use crate::api::{OAuthClient, TokenSource};
use crate::chain::request::Email;
use crate::chain::scene::{Answer, Input, SIGN_IN_NEEDED, Scene};
use crate::error::Error;
use crate::flow::login_command::LoginCommand;
use crate::kinds::Kind;
use crate::provider::google::user::{self, UserWish};
use crate::provider::google::{given, quota};
use crate::store::home::Home;

/// Names the file of the client that users sign in to.
const CLIENT_VARIABLE: &str = "TOKCORE_GOOGLE_CLIENT";

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    let request = scene.request;
    let input_by_email = if request.email.is_some() { Input::Explicit } else { Input::Configured };
    let (client, input) = match (&request.client, scene.world.context.set_var(CLIENT_VARIABLE), &request.default_client)
    {
        (Some(client), ..) => (client.expose().to_owned(), Input::Explicit),
        (None, Some(path), _) => (path, input_by_email),
        (None, None, Some(client)) => (client.expose().to_owned(), input_by_email),
        (None, None, None) => return without_client(scene),
    };
    if request.id_token_audience.is_some() {
        return Answer::because("skipped", "an ID token of a user is for the user's own client, and for nobody else");
    }
    if let Err(error) = scene.wish.check_plain("a user's own credential", |_| false) {
        return Answer::because("skipped", error.message().to_owned());
    }
    if let Some(account) = &request.service_account {
        return Answer::because("skipped", format!("service_account names {account}, which nobody can sign in as"));
    }
    if request.impersonate.is_some() {
        return Answer::because("skipped", "an identity is taken on by a credential that needs nobody");
    }
    let command = login_command(scene, &client).to_string();
    match signed_in(scene, client) {
        Ok(source) => looked_at(scene, source.with_login_command(command), input),
        Err(error) => Answer::Failed(error, input),
    }
}

/// tokcore has no client of its own: Google wants to see whose application asks.
fn without_client(scene: &Scene<'_>) -> Answer {
    let why = format!("no OAuth client is named: neither client nor {CLIENT_VARIABLE} is given");
    match &scene.request.email {
        None => Answer::not_applicable(why),
        Some(_) => {
            let error = Error::new(Kind::NotConfigured, format!("email names a user, but {why}")).with_hint(
                "make a client of the type Desktop app in the Google Cloud console, download its JSON file and name it",
            );
            Answer::Failed(error, Input::Explicit)
        }
    }
}

fn signed_in(scene: &Scene<'_>, client: String) -> Result<TokenSource, Error> {
    let (context, request) = (&scene.world.context, scene.request);
    let mut client = user::client(context, &client, request.package.as_deref())?;
    client.settings.partition.clone_from(&request.partition);
    let wish = UserWish {
        scopes: scene.wish.scopes.clone().unwrap_or_default(),
        add_email: scene.wish.add_email,
        email: request.user().cloned(),
        flow: request.flow.clone(),
        use_oob: request.use_oob,
        gargle_oob_default: request.gargle_oob_default,
        httr_oob_default: request.httr_oob_default,
        include_granted_scopes: request.include_granted_scopes,
        redirect_uri: request.redirect_uri.clone(),
        port: request.port,
        open_browser: request.open_browser,
        listener_timeout: request.listener_timeout,
        allow_partial: request.allow_partial,
        allow_other_account: request.allow_other_account,
        gargle: request.gargle_accounts,
        interactivity: scene.person.interactivity(),
    };
    let mut wanted = user::request(context, &client, &wish)?;
    wanted.min_validity = request.min_validity;
    let home = Home::chosen(request.store.clone(), None);
    let client = OAuthClient::of(scene.world, client.settings, home)?;
    let client = match &request.place {
        Some(store) => client.with_store(store),
        None => client,
    };
    let source = client.source(wanted)?;
    Ok(source.with_headers(quota::header_of(quota::project(context, &scene.wish, None).as_deref())))
}

/// What signs in at a shell, so that this method finds it.
fn login_command(scene: &Scene<'_>, client: &str) -> LoginCommand {
    let request = scene.request;
    let email = match request.user() {
        Some(Email::Named(email)) => Some(email.as_str()),
        _ => None,
    };
    LoginCommand::new()
        .with("--google-client", Some(if given::is_json(client) { "FILE" } else { client }))
        .with("--scopes", request.scopes.as_ref().map(|scopes| scopes.join(" ")).as_deref())
        .with("--email", email)
        .in_store(request.store.as_deref())
}

/// An explanation says whether somebody has to sign in.
fn looked_at(scene: &Scene<'_>, source: TokenSource, input: Input) -> Answer {
    if scene.is_walk {
        return Answer::Found(Box::new(source), input);
    }
    match source.stored() {
        Ok(Some(_)) => Answer::Found(Box::new(source), input),
        Ok(None) => match source.expect_sign_in(scene.person) {
            Ok(()) => Answer::because(SIGN_IN_NEEDED, "nobody has signed in to this client for these scopes"),
            Err(error) => Answer::Failed(error, input),
        },
        Err(error) => Answer::Failed(error, input),
    }
}
