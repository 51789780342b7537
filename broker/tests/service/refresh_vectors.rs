//! `tests/vectors/broker/refresh.json`: a scripted provider, a clock in hand, and callers who ask for tokens.

use std::time::Duration;

use serde_json::Value;
use tokcore_broker::guid::integration_guid;
use tokcore_broker::store::{Reason, TokenState};

use super::http::Answer;
use super::provider::Step;
use super::rpc_vectors::{check_ids, table};
use super::world::{BOX, World, key, run};

#[test]
fn refresh() {
    let table = table("refresh.json");
    // V97 and V98 need several brokers on one database.
    check_ids(&table, (77..=104).filter(|id| ![97, 98].contains(id)));
    for case in table["cases"].as_array().unwrap() {
        run(check(case));
    }
}

async fn check(case: &Value) {
    let id = case["id"].as_str().unwrap();
    let world = World::with(|_| (), case["sidecar"].as_str().unwrap_or_default()).await;
    for (name, content) in case["files"].as_object().into_iter().flatten() {
        world.write(name, content.as_str().unwrap());
    }
    if case.get("files").is_some() {
        world.running.reload().unwrap();
    }
    let token = &case["token"];
    let refresh_token = token.get("refresh_token").map_or(Some("RT0"), Value::as_str);
    let left = token["left"].as_i64().unwrap_or(0);
    world.sign_in(BOX, "AT0", refresh_token, token["lifetime"].as_i64(), left).await;
    let held = case.get("meanwhile").is_some() as usize;
    let script = case["script"].as_array().into_iter().flatten().map(step);
    world.provider.script(script.enumerate().map(|(at, step)| if at < held { step.held() } else { step }));
    for call in case["calls"].as_array().unwrap() {
        world.advance(call["advance"].as_i64().unwrap_or(0));
        if call["abandoned_lease"] == true {
            abandon_lease(&world).await;
        }
        let ask = || world.token(integration_guid(BOX));
        let answer = match call.get("meanwhile").or(case.get("meanwhile")).and_then(Value::as_str) {
            Some(event) => tokio::join!(ask(), meanwhile(&world, event)).0,
            None => ask().await,
        };
        let parallel = call["parallel"].as_u64().unwrap_or(1);
        check_answer(id, &call["expect"], &answer);
        if parallel > 1 {
            parallel_calls(&world, id, &call["expect"], parallel).await;
        }
    }
    check_end(id, &world, case).await;
}

fn step(step: &Value) -> Step {
    let body = match (step.get("json"), step.get("form").and_then(Value::as_str)) {
        (Some(json), _) => json.to_string(),
        (None, Some(form)) => form.to_owned(),
        (None, None) => String::new(),
    };
    let mut made = Step::status(step["status"].as_u64().unwrap_or(200) as u16, &body);
    if step.get("form").is_some() {
        made.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    }
    for (name, value) in step["headers"].as_object().into_iter().flatten() {
        made.headers.push((name.clone(), value.as_str().unwrap().to_owned()));
    }
    made
}

/// What happens while the provider is busy.
async fn meanwhile(world: &World, event: &str) {
    let ledger = &world.running.app().ledger;
    if event == "lease expires" {
        // The call is waiting for the lease by now.
        tokio::time::sleep(Duration::from_millis(150)).await;
        return world.advance(31);
    }
    world.provider.arrived().await;
    match event {
        "sign in" => world.sign_in(BOX, "AT-NEW", Some("RT-NEW"), Some(3600), 3600).await,
        "sign out" => drop(ledger.sign_out(&key(BOX, super::world::USER), world.now()).await.unwrap()),
        "another writer" => another_writer(world).await,
        other => panic!("no event {other}"),
    }
    world.provider.go_on();
}

/// Refreshes the row behind the broker's back, as another replica would.
async fn another_writer(world: &World) {
    let store = world.running.store();
    let row = world.row(BOX).await.unwrap();
    let tokens = tokcore_broker::store::NewTokens {
        access_token: tokcore::Secret::new("AT-OTHER"),
        refresh_token: Some(tokcore::Secret::new("RT-OTHER")),
        id_token: None,
        token_type: None,
        scopes_granted: None,
        expires_at: Some(world.now() + 3600),
        obtained_at: world.now(),
    };
    store.sign_in(&row.key, &row.config_fp, &tokens, world.now()).await.unwrap();
}

/// Takes the lease and dies before the provider is called.
async fn abandon_lease(world: &World) {
    let row = world.row(BOX).await.unwrap();
    drop(world.running.store().begin_refresh(&row.key, row.version, world.now()).await.unwrap());
}

/// The first caller of a herd has asked already; these all come at once after the token was spent again.
async fn parallel_calls(world: &World, id: &str, expect: &Value, count: u64) {
    world.advance(7200);
    let asked = world.provider.asked().len();
    let herd: Vec<_> = (0..count).map(|_| world.token(integration_guid(BOX))).collect();
    let mut answers = Vec::new();
    let mut running: Vec<_> = herd.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        running.retain_mut(|call| match call.as_mut().poll(cx) {
            std::task::Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if running.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!(world.provider.asked().len(), asked + 1, "{id}: one call for {count} callers");
    for answer in answers {
        assert_eq!(answer.status, expect["status"].as_u64().unwrap_or(200) as u16, "{id}: {answer:?}");
        assert_eq!(answer.json()["access_token"], "AT2", "{id}");
    }
}

fn check_answer(id: &str, expect: &Value, answer: &Answer) {
    assert_eq!(answer.status, expect["status"].as_u64().unwrap_or(200) as u16, "{id}: {answer:?}");
    let json = answer.json();
    let url = answer.header("tokcore-public-url").unwrap();
    for (member, value) in expect.as_object().unwrap() {
        match member.as_str() {
            "status" => {}
            "retry_after" => {
                let seconds: u64 = answer.header("retry-after").expect("retry-after").parse().unwrap();
                let bounds = [&value[0], &value[1]].map(|bound| bound.as_u64().unwrap());
                assert!((bounds[0]..=bounds[1]).contains(&seconds), "{id}: Retry-After {seconds}");
            }
            member => {
                let value: Value = serde_json::from_str(&value.to_string().replace("{public-url}", url)).unwrap();
                assert_eq!(json[member], value, "{id}: {member} in {json}");
            }
        }
    }
}

/// What is left: the row, what the provider was asked, what the page says.
async fn check_end(id: &str, world: &World, case: &Value) {
    let end = &case["end"];
    let asked = world.provider.asked();
    if let Some(calls) = end["provider_calls"].as_u64() {
        assert_eq!(asked.len() as u64, calls, "{id}: calls of the provider");
    }
    assert_eq!(world.provider.left(), 0, "{id}: the provider was asked less than expected");
    if let Some(first) = asked.first() {
        assert_eq!(first.form.get("grant_type").map(String::as_str), Some("refresh_token"), "{id}");
        assert_eq!(first.accept.as_deref(), Some("application/json"), "{id}");
    }
    if let Some(secrets) = end["secrets_sent"].as_array() {
        let sent: Vec<_> = asked.iter().map(|asked| asked.form["client_secret"].as_str()).collect();
        assert_eq!(sent, secrets.iter().map(|secret| secret.as_str().unwrap()).collect::<Vec<_>>(), "{id}");
    }
    let row = world.row(BOX).await;
    match end.get("row") {
        None => {}
        Some(Value::Null) => assert!(row.is_none(), "{id}: the row is gone"),
        Some(wanted) => {
            let row = row.unwrap_or_else(|| panic!("{id}: no row"));
            let exposed = |secret: &Option<tokcore::Secret>| secret.as_ref().map(|s| Value::from(s.expose()));
            let state = match row.state {
                TokenState::Active => "active".to_owned(),
                TokenState::ReauthRequired(reason) => reason.word().to_owned(),
            };
            for (member, value) in wanted.as_object().unwrap() {
                let found = match member.as_str() {
                    "access_token" => exposed(&row.access_token).unwrap_or_default(),
                    "refresh_token" => exposed(&row.refresh_token).unwrap_or_default(),
                    "expires_in" => row.expires_at.map(|at| Value::from(at - world.now())).unwrap_or_default(),
                    "state" => state.clone().into(),
                    "token_type" => row.token_type.clone().into(),
                    other => panic!("{id}: no member {other}"),
                };
                assert_eq!(found, *value, "{id}: {member} of the row");
            }
        }
    }
    if let Some(words) = end["page"].as_str() {
        let mut browser = world.browser(super::world::USER).await;
        let page = browser.get(world, &format!("/credentials/{}", integration_guid(BOX))).await;
        assert!(page.body.contains(words), "{id}: the page does not say {words:?}: {}", page.body);
    }
}

/// D9: a dead grant ends the refreshes, not the access token that is still good.
#[test]
fn a_living_access_token_outlives_its_grant() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT0", Some("RT0"), Some(3600), 100).await;
        world.provider.script([Step::status(400, r#"{"error":"invalid_grant"}"#)]);
        assert_eq!(world.token(integration_guid(BOX)).await.json()["access_token"], "AT0");
        assert_eq!(world.row(BOX).await.unwrap().state, TokenState::ReauthRequired(Reason::InvalidGrant));
        world.advance(101);
        let after = world.token(integration_guid(BOX)).await.json();
        assert_eq!(after["oauth2_error"]["error"], "invalid_grant");
    });
}

/// T06: a refresh token does not travel to an endpoint that it was not issued by.
#[test]
fn a_changed_endpoint_ends_the_sign_in_without_a_call() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT0", Some("RT0"), Some(3600), -5).await;
        let conf = super::world::conf(&world.provider, BOX).replace("/token\n", "/elsewhere\n");
        world.configure(&conf, "");
        let answer = world.token(integration_guid(BOX)).await.json();
        assert_eq!(answer["oauth2_error"]["error"], "config_changed");
        assert_eq!(world.provider.asked().len(), 0);
        assert!(world.row(BOX).await.unwrap().refresh_token.is_none());
    });
}

/// A broker that died after the provider answered finds the answer on its disk and does not spend the token again.
#[test]
fn an_answer_that_was_stored_but_not_read_is_read_after_a_restart() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT0", Some("RT0"), Some(3600), -5).await;
        let (store, row) = (world.running.store(), world.row(BOX).await.unwrap());
        let begun = store.begin_refresh(&row.key, row.version, world.now()).await.unwrap();
        let tokcore_broker::store::BeginRefresh::Started(lease) = begun else { panic!("{begun:?}") };
        let answer = r#"{"access_token":"AT1","refresh_token":"RT1","expires_in":3600}"#;
        assert!(store.stage_response(&lease, &tokcore::Secret::new(answer)).await.unwrap());
        let world = world.restart().await;
        assert_eq!(world.token(integration_guid(BOX)).await.json()["access_token"], "AT1");
        assert_eq!(world.provider.asked().len(), 0);
        assert_eq!(world.row(BOX).await.unwrap().refresh_token.unwrap().expose(), "RT1");
    });
}

/// The background sweep refreshes what is due, and only that.
#[test]
fn the_sweep_refreshes_what_is_due() {
    run(async {
        let world = World::with(|settings| settings.background_refresh = true, "").await;
        world.sign_in(BOX, "AT0", Some("RT0"), Some(3600), 301).await;
        tokcore_broker::refresh::sweeper::sweep(world.running.app()).await;
        assert_eq!(world.provider.asked().len(), 0);
        world.advance(2);
        world.provider.script([Step::json(serde_json::json!({"access_token": "AT1", "expires_in": 3600}))]);
        tokcore_broker::refresh::sweeper::sweep(world.running.app()).await;
        assert_eq!(world.row(BOX).await.unwrap().access_token.unwrap().expose(), "AT1");
        world.advance(3400);
        world.configure(&super::world::conf(&world.provider, BOX), &format!("[{BOX}]\nbackground-refresh = \"off\"\n"));
        tokcore_broker::refresh::sweeper::sweep(world.running.app()).await;
        assert_eq!(world.provider.asked().len(), 1, "switched off");
    });
}
