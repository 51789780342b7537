//! A person of another identity provider, signed in with workforce federation (`external_account_authorized_user`).
//! Source: specs, workforce user.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::refreshed::{self, Refreshed, Stored};
use super::trust::{self, Role};
use super::{DEFAULT_UNIVERSE, Wish, file, quota};
use crate::error::Error;
use crate::oauth::AuthMethod;
use crate::provider::json::{filled, take_secret};
use crate::provider::{About, TokenProvider};
use crate::secret::Secret;
use crate::settings::ClientSettings;
use crate::world::World;

/// The kind, by the name that its file gives it.
pub(super) const KIND: &str = "external_account_authorized_user";

/// The person whose grant this file is. No network.
///
/// Errors: `ConfigInvalid` for a file with neither a token nor all that a refresh needs, and for an address that is not
/// its cloud's.
pub(super) fn open(
    world: &World,
    mut members: Map<String, Value>,
    source: &str,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    refreshed::check_wish(wish, None, KIND)?;
    let universe = wish.universe(filled(&members, "universe_domain")).to_owned();
    let stored = Stored::take(&mut members);
    let grant = Grant::take(&mut members, source, stored.is_some())?;
    let token_url = match filled(&members, "token_url") {
        Some(url) => trust::check(Role::Sts, url, &universe, wish.trust)?,
        None => trust::check(Role::Sts, &format!("https://sts.{universe}/v1/oauthtoken"), &universe, wish.trust)?,
    };
    let server = world.server(ClientSettings {
        // Without a grant nobody is ever asked, and so told no name.
        client_id: grant.client_id.clone().unwrap_or_else(|| KIND.to_owned()),
        client_secret: grant.client_secret,
        auth_method: Some(AuthMethod::ClientSecretBasic),
        token_endpoint: Some(token_url),
        profile: Some("google".to_owned()),
        ..ClientSettings::default()
    })?;
    Ok(Arc::new(Refreshed {
        kind: KIND,
        server,
        refresh_token: grant.refresh_token,
        parameters: Vec::new(),
        stored,
        scopes: wish.scopes.clone(),
        is_id_token: false,
        again,
        graves: Arc::default(),
        about: About {
            kind: KIND.to_owned(),
            source: source.to_owned(),
            principal: filled(&members, "account").map(str::to_owned),
            client_id: grant.client_id,
            scopes: wish.scopes.clone().unwrap_or_default(),
            quota_project_id: quota::project(&world.context, wish, filled(&members, "quota_project_id")),
            universe_domain: (universe != DEFAULT_UNIVERSE).then_some(universe),
            ..About::default()
        },
    }))
}

/// What a refresh needs, all or nothing.
#[derive(Default)]
struct Grant {
    refresh_token: Option<Secret>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
}

impl Grant {
    fn take(members: &mut Map<String, Value>, source: &str, has_token: bool) -> Result<Self, Error> {
        if has_token && filled(members, "refresh_token").is_none() {
            return Ok(Self::default());
        }
        let url = filled(members, "token_url").map(str::to_owned);
        let names = ["refresh_token", "token_url", "client_id", "client_secret"];
        let [refresh_token, _, client_id, client_secret] = file::required(members, names, KIND, source)?;
        if let Some(url) = url {
            members.insert("token_url".to_owned(), url.into());
        }
        drop(take_secret(members, "token_info_url"));
        Ok(Self {
            refresh_token: Some(refresh_token),
            client_id: Some(client_id.expose().to_owned()),
            client_secret: Some(client_secret),
        })
    }
}

fn again(_missing: &[&str]) -> String {
    "run gcloud auth application-default login --login-config=FILE".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::google::fake::{Fake, answer, form, wait};
    use crate::provider::google::file as files;

    fn opened(changes: Value, fake: Fake) -> Result<(Arc<dyn TokenProvider>, Arc<Fake>), Error> {
        let mut members = json!({
            "type": KIND,
            "audience": "//iam.googleapis.com/locations/global/workforcePools/pool/providers/p",
            "refresh_token": "RT1",
            "token_url": "https://sts.googleapis.com/v1/oauthtoken",
            "client_id": "id",
            "client_secret": "s",
        });
        for (name, value) in changes.as_object().expect("members") {
            members[name] = value.clone();
        }
        let (world, fake) = fake.world();
        let file = files::read(&world.context, &members.to_string())?;
        Ok((file.open(&world, "here", &Wish::default())?, fake))
    }

    #[test]
    fn a_rotated_refresh_token_is_the_next_one() {
        let mut count = 1;
        let fake = Fake::new().playing(move |_| {
            count += 1;
            let refresh_token = format!("RT{count}");
            Ok(answer(200, &json!({"access_token": "AT", "expires_in": 3600, "refresh_token": refresh_token})))
        });
        let (provider, fake) = opened(json!({}), fake).expect("a person");
        let first = wait(provider.clone().fetch(None)).expect("a token");
        wait(provider.fetch(Some(Arc::new(first)))).expect("another");
        let seen = fake.seen();
        let sent: Vec<_> = seen.iter().map(|request| form(request)["refresh_token"].clone()).collect();
        assert_eq!(sent, ["RT1", "RT2"]);
        assert_eq!(seen[0].headers["authorization"], "Basic aWQ6cw==");
        assert!(!form(&seen[0]).contains_key("client_id"));
    }

    #[test]
    fn a_token_alone_is_enough_while_it_lasts() {
        let none = json!({"refresh_token": null, "client_id": null, "client_secret": null});
        let mut with_token = none.clone();
        with_token["token"] = "STORED".into();
        with_token["expiry"] = "2023-11-14T23:00:00Z".into();
        let (provider, fake) = opened(with_token, Fake::new()).expect("a person");
        let token = wait(provider.clone().fetch(None)).expect("a token");
        assert_eq!(token.access_token().expose(), "STORED");
        fake.sleep_s(7200);
        let over = wait(provider.fetch(Some(Arc::new(token)))).expect_err("nothing to renew it with");
        assert_eq!(over.kind(), crate::Kind::InteractionRequired);
        let neither = opened(none, Fake::new()).err().expect("nothing at all");
        assert!(neither.message().contains("refresh_token, client_id, client_secret"), "{neither}");
    }

    #[test]
    fn the_refresh_token_goes_to_the_clouds_own_server() {
        let evil = opened(json!({"token_url": "https://evil.example/v1/oauthtoken"}), Fake::new());
        assert_eq!(evil.err().expect("untrusted").reason(), Some(crate::Reason::UntrustedAddress));
    }
}
