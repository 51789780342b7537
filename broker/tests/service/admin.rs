//! The local socket: sessions, links, reload, and tokens by peer credentials. Threats T09, T32.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};
use tokcore::{Context, Kind, Secret};
use tokcore_broker::admin::NewSession;
use tokcore_broker::admin::client::AdminClient;
use tokcore_broker::guid::integration_guid;

use super::http::{Answer, Request};
use super::world::{BOX, OTHER_USER, USER, World, run};

fn client(world: &World) -> AdminClient {
    AdminClient::new(world.running.admin_socket(), Context::os())
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Sends a request as another user. Only root can become somebody else; others skip what needs it.
async fn as_user(world: &World, uid: u32, request: &str) -> Option<Answer> {
    if own_uid() != 0 {
        return None;
    }
    let path = world.running.admin_socket().to_owned();
    // Everybody must get as far as the socket: this test is about what happens there.
    open_to_all(&path);
    let request = request.to_owned();
    let spoken = tokio::task::spawn_blocking(move || {
        std::thread::spawn(move || {
            let uid = rustix::process::Uid::from_raw(uid);
            // The kernel keeps these per thread, and this thread ends here.
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            let mut stream = UnixStream::connect(path).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            bytes
        })
        .join()
        .unwrap()
    });
    Some(Answer::parse(&spoken.await.unwrap()))
}

fn open_to_all(socket: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(socket, 0o666);
    set(socket.parent().unwrap(), 0o755);
}

fn post(path: &str, body: &Value) -> String {
    let body = body.to_string();
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_session_is_minted_used_renewed_and_revoked() {
    run(async {
        let world = World::new().await;
        let admin = client(&world);
        let wanted = NewSession { label: Some("python x.py\n".into()), pid: Some(7), principal: None };
        let minted = admin.mint(&wanted).await.unwrap();
        assert_eq!(minted.rpc_url, world.running.rpc_url());
        assert_eq!(minted.cookie_expires_at, world.now() + 24 * 3600);
        let list = |cookie: Secret| {
            let request = Request::new("GET", "/oauth_integrations");
            let request = request.header("X-RS-Session-Server-RPC-Cookie", cookie.expose());
            let address = world.running.rpc_address();
            async move { request.tcp(address).await }
        };
        assert_eq!(list(minted.cookie.clone()).await.status, 200);
        world.advance(3600);
        let renewed = admin.renew_cookie(&minted.id, &minted.cookie).await.unwrap();
        assert_ne!(renewed.cookie, minted.cookie);
        for cookie in [&minted.cookie, &renewed.cookie] {
            assert_eq!(list(cookie.clone()).await.status, 200, "old cookies live to their own end");
        }
        let foreign = Secret::new(world.cookie(super::world::SID, 3600));
        let refused = admin.renew_cookie(&minted.id, &foreign).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Denied, "another session's cookie");
        let sessions = admin.sessions().await.unwrap();
        let session = sessions.iter().find(|session| session.id == minted.id).unwrap();
        assert_eq!((session.label.as_deref(), session.pid), (Some("python x.py"), Some(7)));
        assert!(admin.revoke(&minted.id).await.unwrap());
        assert!(!admin.revoke(&minted.id).await.unwrap());
        assert_eq!(list(renewed.cookie).await.json()["error"], "revoked");
        assert_eq!(admin.renew_cookie(&minted.id, &minted.cookie).await.unwrap_err().kind(), Kind::NotFound);
    });
}

#[test]
fn a_session_outlives_a_restart_of_the_broker() {
    run(async {
        let world = World::new().await;
        let minted = client(&world).mint(&NewSession::default()).await.unwrap();
        let world = world.restart().await;
        let request = Request::new("GET", "/oauth_integrations");
        let request = request.header("X-RS-Session-Server-RPC-Cookie", minted.cookie.expose());
        assert_eq!(world.send(request).await.status, 200);
        client(&world).renew_cookie(&minted.id, &minted.cookie).await.unwrap();
    });
}

#[test]
fn the_socket_and_not_the_message_says_who_asks() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), 3600).await;
        let for_user = json!({"principal": format!("os:{USER}")});
        let Some(answer) = as_user(&world, OTHER_USER, &post("/api/v1/sessions", &for_user)).await else { return };
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (403, Some("only root may act for somebody else"))
        );
        let own = as_user(&world, OTHER_USER, &post("/api/v1/sessions", &json!({}))).await.unwrap();
        assert_eq!(own.status, 200);
        let id = own.json()["id"].as_str().unwrap().to_owned();
        let revoke = post(&format!("/api/v1/sessions/{id}/revoke"), &Value::Null);
        assert_eq!(as_user(&world, USER, &revoke).await.unwrap().json(), json!(false), "not theirs");
        assert_eq!(as_user(&world, OTHER_USER, &revoke).await.unwrap().json(), json!(true));
        for for_operators in ["reload", "keys/reencrypt"] {
            let request = post(&format!("/api/v1/{for_operators}"), &Value::Null);
            assert_eq!(as_user(&world, USER, &request).await.unwrap().status, 403, "{for_operators}");
        }
        let token = post("/oauth_token", &json!({"kwparams": {"uuid": integration_guid(BOX).to_string()}}));
        assert_eq!(as_user(&world, USER, &token).await.unwrap().json()["access_token"], "AT", "without a cookie");
        assert_eq!(as_user(&world, OTHER_USER, &token).await.unwrap().json()["result"], false);
        let wanted = NewSession { principal: Some(format!("os:{USER}")), ..NewSession::default() };
        assert!(client(&world).mint(&wanted).await.is_ok(), "root may");
    });
}

#[test]
fn a_login_link_leads_to_the_page() {
    run(async {
        let world = World::new().await;
        let link = client(&world).login_link().await.unwrap();
        let (page, token) = link.url.expose().split_once('#').unwrap();
        assert_eq!(page, format!("{}/login", world.running.public_url()));
        let mut browser = super::world::Browser::default();
        assert_eq!(browser.submit(&world, "/login/link", &format!("token={token}")).await.status, 303);
        assert_eq!(link.code.expose().len(), 8);
        assert!(!format!("{link:?}").contains(token));
    });
}

#[test]
fn status_integrations_and_reload() {
    run(async {
        let world = World::new().await;
        let admin = client(&world);
        let status = admin.status().await.unwrap();
        assert_eq!((status.integrations, status.usable_integrations), (2, 1));
        assert!(status.diagnostics.iter().any(|line| line.contains("[broken]")), "{:?}", status.diagnostics);
        let list = admin.integrations().await.unwrap();
        assert_eq!((list[0].name.as_str(), list[0].usable, list[0].authenticated), (BOX, true, false));
        assert_eq!((list[1].name.as_str(), list[1].usable), ("broken", false));
        world.write("oauth-clients.conf", "key before any section = 1\n");
        let rejected = admin.reload().await.unwrap();
        assert_eq!((rejected.accepted, rejected.integrations), (false, 2), "the previous one stays");
        assert!(!rejected.diagnostics.is_empty());
        world.write("oauth-clients.conf", "");
        let accepted = admin.reload().await.unwrap();
        assert_eq!((accepted.accepted, accepted.integrations), (true, 0));
        assert_eq!(world.token(integration_guid(BOX)).await.json()["error"], "Integration not found");
    });
}

#[test]
fn no_broker_is_an_error_with_the_next_step() {
    run(async {
        let error = AdminClient::new("/nowhere/admin.sock", Context::os()).status().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Broker);
        assert!(error.message().contains("/nowhere/admin.sock") && error.hint().contains("tokcore serve"), "{error:?}");
    });
}

#[test]
fn the_admin_interface_is_not_on_the_network() {
    run(async {
        let world = World::new().await;
        assert_eq!(world.send(Request::new("GET", "/api/v1/status")).await.status, 404);
        let page = Request::new("GET", "/credentials").unix(world.running.admin_socket()).await;
        assert_eq!(page.status, 404, "nor is the page on the socket");
    });
}

#[test]
fn a_second_broker_is_refused_and_a_stale_socket_is_replaced() {
    run(async {
        let world = World::new().await;
        let again = tokcore_broker::Settings::in_directory(world.directory.path());
        let error = tokcore_broker::Broker::start(again.clone()).await.err().expect("refused").to_string();
        assert!(error.contains("another broker"), "{error}");
        let socket = world.running.admin_socket().to_owned();
        world.running.shutdown().await;
        assert!(!socket.exists());
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        let running = tokcore_broker::Broker::start(again).await.expect("a stale socket does not matter");
        running.shutdown().await;
    });
}
