//! How much is too much, health, and what a broker leaves alone.

use std::time::{Duration, Instant};

use tokcore_broker::guid::integration_guid;
use tokcore_broker::limits::Rate;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::http::Request;
use super::world::{BOX, SID, USER, World, run};

#[test]
fn a_session_that_asks_too_often_waits() {
    run(async {
        let world = World::with(|settings| settings.limits.rpc = Rate::per_second(0.5, 3.0), "").await;
        for _ in 0..3 {
            assert_eq!(world.rpc("/oauth_integrations", "").await.status, 200);
        }
        let answer = world.rpc("/oauth_integrations", "").await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("2")));
    });
}

#[test]
fn bad_cookies_from_an_address_do_not_stop_good_ones() {
    run(async {
        let world = World::with(|settings| settings.limits.rejections = Rate::per_minute(10.0), "").await;
        let bad = Request::new("POST", "/oauth_token").header("X-RS-Session-Server-RPC-Cookie", "nonsense");
        for _ in 0..10 {
            assert_eq!(world.send(bad.clone()).await.status, 401);
        }
        let answer = world.send(bad).await;
        assert_eq!(answer.status, 429);
        assert!(answer.header("retry-after").is_some());
        assert_eq!(world.rpc("/oauth_integrations", "").await.status, 200);
    });
}

#[test]
fn sign_ins_and_forced_refreshes_are_counted_per_person() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), 3600).await;
        let mut user = world.browser(USER).await;
        let path = |action: &str| format!("/credentials/{}/{action}", integration_guid(BOX));
        for _ in 0..10 {
            assert_eq!(user.post(&world, &path("sign-in")).await.status, 303);
        }
        assert_eq!(user.post(&world, &path("sign-in")).await.status, 429);
        let fresh = serde_json::json!({"access_token": "AT1", "expires_in": 3600});
        world.provider.script([super::provider::Step::json(fresh)]);
        let answer = user.post(&world, &path("refresh")).await;
        assert!(answer.header("location").unwrap().ends_with("?done=refreshed"), "{answer:?}");
        assert_eq!(world.row(BOX).await.unwrap().access_token.unwrap().expose(), "AT1");
        assert_eq!(user.post(&world, &path("refresh")).await.status, 429);
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), 3600).await;
        let ended = super::world::key(BOX, USER);
        let (ledger, row) = (&world.running.app().ledger, world.row(BOX).await.unwrap());
        let reason = tokcore_broker::store::Reason::InvalidGrant;
        assert!(ledger.mark_reauth(&ended, row.version, reason, world.now()).await.unwrap());
        let current = world.running.app().current();
        let target = current.target(integration_guid(BOX)).unwrap();
        let token = ledger.hot().token(&ended.principal, [ended.guid]).unwrap();
        assert!(!tokcore_broker::refresh::force(world.running.app(), target, &token).await, "nothing to refresh with");
    });
}

#[test]
fn a_head_that_drips_and_an_idle_connection_are_closed() {
    run(async {
        let short = |settings: &mut tokcore_broker::Settings| {
            settings.limits.header_timeout = Duration::from_millis(200);
            settings.limits.idle_timeout = Duration::from_millis(600);
        };
        let world = World::with(short, "").await;
        for (sent, at_least, at_most) in [("GET /healthz HT", 200, 550), ("", 600, 3000)] {
            let mut stream = TcpStream::connect(world.running.rpc_address()).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            let (begun, mut rest) = (Instant::now(), Vec::new());
            stream.read_to_end(&mut rest).await.unwrap();
            let closed_after = begun.elapsed().as_millis();
            assert!((at_least..at_most).contains(&closed_after), "{sent:?}: {closed_after} ms");
        }
        let body = Request::new("POST", "/oauth_token")
            .header("X-RS-Session-Server-RPC-Cookie", &world.cookie(SID, 60))
            .header("Content-Length", "100");
        assert_eq!(world.send(body).await.status, 408, "a body that does not come");
    });
}

#[test]
fn an_oversized_head_is_refused() {
    run(async {
        let world = World::new().await;
        let answer = world.send(Request::new("GET", "/healthz").header("X-Large", &"x".repeat(17 * 1024))).await;
        assert_eq!(answer.status, 431);
    });
}

#[test]
fn both_lengths_at_once_are_not_served_on_a_kept_connection() {
    run(async {
        let world = World::new().await;
        let request = Request::new("POST", "/oauth_integrations")
            .header("X-RS-Session-Server-RPC-Cookie", &world.cookie(SID, 60))
            .header("Connection", "keep-alive")
            .header("Transfer-Encoding", "chunked")
            .header("Content-Length", "5")
            .body("0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        let answer = world.send(request).await;
        assert_eq!(answer.body.matches("HTTP/1.1").count(), 0, "nothing was smuggled: {answer:?}");
    });
}

#[test]
fn health_says_what_fails_and_nothing_else() {
    run(async {
        let world = World::new().await;
        for path in ["/healthz", "/readyz"] {
            let answer = world.send(Request::new("GET", path)).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#), "{path}");
            assert_eq!(world.send(Request::new("POST", path)).await.status, 405);
        }
        world.configure("[broken]\nclient-id=c\n", "");
        let answer = world.send(Request::new("GET", "/readyz")).await;
        assert_eq!((answer.status, answer.json()["failing"][0].as_str()), (503, Some("configuration")));
        world.running.store().close().await;
        let answer = world.send(Request::new("GET", "/readyz")).await;
        assert_eq!(answer.json()["failing"][0], "database");
        assert_eq!(world.send(Request::new("GET", "/healthz")).await.status, 200);
    });
}

#[test]
fn a_slow_provider_does_not_hold_a_caller_whose_token_lives() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), 200).await;
        let fresh = serde_json::json!({"access_token": "AT1", "expires_in": 3600});
        world.provider.script([super::provider::Step::json(fresh).held()]);
        let first = world.token(integration_guid(BOX));
        let others = async {
            world.provider.arrived().await;
            assert_eq!(world.token(integration_guid(BOX)).await.json()["access_token"], "AT");
            world.provider.go_on();
        };
        let (first, ()) = tokio::join!(first, others);
        assert_eq!(first.json()["access_token"], "AT1");
        assert_eq!(world.provider.asked().len(), 1);
    });
}

#[test]
fn a_caller_who_hangs_up_does_not_abandon_the_refresh() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), -5).await;
        let fresh = serde_json::json!({"access_token": "AT1", "refresh_token": "RT1", "expires_in": 3600});
        world.provider.script([super::provider::Step::json(fresh).held()]);
        tokio::select! {
            _ = world.token(integration_guid(BOX)) => panic!("answered too early"),
            () = world.provider.arrived() => {}
        }
        world.provider.go_on();
        assert_eq!(world.token(integration_guid(BOX)).await.json()["access_token"], "AT1");
        assert_eq!(world.row(BOX).await.unwrap().refresh_token.unwrap().expose(), "RT1");
        assert_eq!(world.provider.asked().len(), 1);
    });
}

#[test]
fn shutting_down_waits_for_a_refresh_under_way() {
    run(async {
        let mut world = World::new().await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), -5).await;
        let fresh = serde_json::json!({"access_token": "AT1", "refresh_token": "RT1", "expires_in": 3600});
        world.provider.script([super::provider::Step::json(fresh).held()]);
        tokio::select! {
            _ = world.token(integration_guid(BOX)) => panic!("answered too early"),
            () = world.provider.arrived() => {}
        }
        world.provider.go_on();
        world = world.restart().await;
        assert_eq!(world.row(BOX).await.unwrap().refresh_token.unwrap().expose(), "RT1");
        assert_eq!(world.provider.asked().len(), 1);
    });
}
