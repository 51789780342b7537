//! `tests/vectors/broker/access.json`, and what else somebody who left the list can and cannot do.

use serde_json::{Value, json};
use tokcore_broker::guid::integration_guid;

use super::provider::Step;
use super::rpc_vectors::table;
use super::world::{BOX, USER, World, conf, run};

#[test]
fn access() {
    for case in table("access.json")["cases"].as_array().unwrap() {
        run(async {
            let (id, expect) = (&case["id"], &case["expect"]);
            let world = World::with(|_| (), "").await;
            world.sign_in(BOX, "AT", Some("RT"), Some(3600), 3600).await;
            allow(&world, case["sidecar"].as_str().unwrap());

            let answer = world.token(integration_guid(BOX)).await;
            let wanted = expect["json"].to_string().replace("{public-url}", world.running.public_url());
            assert_eq!(answer.json(), serde_json::from_str::<Value>(&wanted).unwrap(), "{id}");
            let list = world.rpc("/oauth_integrations", "{}").await.json();
            let listed = &list["providers"][0]["integrations"][0];
            assert_eq!(listed["authenticated"], expect["authenticated"], "{id}");
            let page = world.browser(USER).await.get(&world, "/credentials").await.body;
            assert!(page.contains(&format!(">{}</span>", expect["page"].as_str().unwrap())), "{id}: {page}");
            assert_eq!(world.provider.asked().len(), 0, "{id}");
        });
    }
}

#[test]
fn a_sign_in_is_kept_but_not_renewed_while_its_person_is_off_the_list() {
    run(async {
        let world = World::with(|settings| settings.background_refresh = true, "background-refresh = \"all\"").await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), 10).await;
        allow(&world, "background-refresh = \"all\"\nallowed-users = [\"os:1001\"]");
        tokcore_broker::refresh::sweeper::sweep(world.running.app()).await;
        let page = format!("/credentials/{}", integration_guid(BOX));
        let mut browser = world.browser(USER).await;
        assert_eq!(browser.post(&world, &format!("{page}/refresh")).await.status, 403);
        let details = browser.get(&world, &page).await.body;
        assert!(!details.contains("Refresh now") && details.contains("Sign out"), "{details}");
        assert_eq!(world.provider.asked().len(), 0);

        let renewed = json!({"access_token": "AT1", "token_type": "Bearer", "expires_in": 3600});
        world.provider.script([Step::json(renewed)]);
        allow(&world, "");
        assert_eq!(world.token(integration_guid(BOX)).await.json()["access_token"], "AT1", "renewed, then handed out");
    });
}

fn allow(world: &World, sidecar: &str) {
    world.configure(&conf(&world.provider, BOX), &format!("[{BOX}]\n{sidecar}\n"));
}
