//! The page: headers, forms, hosts, the login link. Threats T03–T05, T14–T19, T25.

use tokcore_broker::Principal;
use tokcore_broker::guid::integration_guid;

use super::http::{Answer, Request};
use super::world::{BOX, Browser, OTHER_USER, USER, World, conf, run};

fn check_headers(answer: &Answer) {
    let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("no {name}: {answer:?}"));
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "no-store");
    assert!(header("referrer-policy") == "same-origin" || header("referrer-policy") == "no-referrer");
    let policy = header("content-security-policy");
    for wanted in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(wanted), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
}

/// The hash of every inline style and script must stand in the policy, or the browser ignores it.
fn check_inline(answer: &Answer, element: &str) {
    use base64::Engine;
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    for part in answer.body.split(&open).skip(1) {
        let text = part.split(&close).next().unwrap();
        let hash = base64::engine::general_purpose::STANDARD.encode(tokcore::crypto::sha256(text.as_bytes()));
        assert!(answer.header("content-security-policy").unwrap().contains(&hash), "{element} is not in the policy");
    }
    assert!(!answer.body.contains(&format!("<{element} src")) && !answer.body.contains(" style="), "{}", answer.body);
}

#[test]
fn every_page_carries_its_headers_and_no_external_resource() {
    run(async {
        let world = World::new().await;
        let mut user = world.browser(USER).await;
        let details = format!("/credentials/{}", integration_guid(BOX));
        for (path, status) in [
            ("/credentials", 200),
            (details.as_str(), 200),
            ("/sessions", 200),
            ("/login", 200),
            ("/", 303),
            ("/credentials/", 200),
            ("/nothing", 404),
            ("/credentials/nonsense", 404),
            ("/credentials/..%2f..%2fetc", 404),
            ("/oauth_redirect_callback", 400),
            ("/logout", 405),
        ] {
            let answer = user.get(&world, path).await;
            assert_eq!(answer.status, status, "{path}: {answer:?}");
            check_headers(&answer);
            check_inline(&answer, "style");
            check_inline(&answer, "script");
            // No test of ours runs on these names, so any of them would be a resource from elsewhere.
            assert!(!answer.body.contains("src=\"http") && !answer.body.contains("url(http"), "{path}");
        }
        let policy = user.get(&world, "/credentials").await.header("content-security-policy").unwrap().to_owned();
        assert!(policy.contains(&world.provider.url("")), "a sign-in form leads to the provider: {policy}");
    });
}

/// Browsers check the redirects that follow a form too, and a provider may send people on to their company's login.
#[test]
fn a_sign_in_may_lead_on_to_any_encrypted_login_but_not_to_a_plain_one() {
    run(async {
        let world = World::new().await;
        let policy = async |world: &World| {
            let page = Browser::default().get(world, "/login").await;
            let policy = page.header("content-security-policy").unwrap().to_owned();
            policy.split("; ").find(|part| part.starts_with("form-action")).unwrap().to_owned()
        };
        assert_eq!(policy(&world).await, format!("form-action 'self' {}", world.provider.url("")));
        let url = world.provider.url("/");
        world.configure(&conf(&world.provider, BOX).replace(&url, "https://idp.example/"), "");
        assert_eq!(policy(&world).await, "form-action 'self' https:");
        world.configure("", "");
        assert_eq!(policy(&world).await, "form-action 'self'");
    });
}

#[test]
fn nobody_sees_a_page_without_logging_in() {
    run(async {
        let world = World::new().await;
        for path in ["/credentials", "/sessions", &format!("/credentials/{}", integration_guid(BOX))] {
            let answer = Browser::default().get(&world, path).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some("/login")), "{path}");
        }
        let mut stale = world.browser(USER).await;
        world.advance(9 * 3600);
        assert_eq!(stale.get(&world, "/credentials").await.status, 303, "idle for too long");
    });
}

#[test]
fn a_person_sees_and_changes_only_their_own() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), 3600).await;
        let (mut user, mut other) = (world.browser(USER).await, world.browser(OTHER_USER).await);
        assert!(user.get(&world, "/credentials").await.body.contains(">Authenticated<"));
        assert!(other.get(&world, "/credentials").await.body.contains(">Not signed in<"));
        let sign_out = format!("/credentials/{}/sign-out", integration_guid(BOX));
        assert_eq!(other.post(&world, &sign_out).await.status, 303);
        assert!(world.row(BOX).await.is_some(), "the other one signed out of nothing");
        let own = world.running.app().ledger.hot().sessions_of(&Principal::os(USER), world.now());
        let revoke = format!("/sessions/{}/revoke", own[0].row.sid_hash);
        assert_eq!(other.post(&world, &revoke).await.header("location"), Some("/sessions?done=gone"));
        assert_eq!(world.token(integration_guid(BOX)).await.status, 200);
        assert_eq!(user.post(&world, &revoke).await.header("location"), Some("/sessions?done=revoked"));
        assert_eq!(world.token(integration_guid(BOX)).await.json()["error"], "revoked");
    });
}

#[test]
fn a_form_counts_only_when_the_page_sent_it() {
    run(async {
        let world = World::new().await;
        world.sign_in(BOX, "AT", Some("RT"), Some(3600), 3600).await;
        let mut user = world.browser(USER).await;
        let path = format!("/credentials/{}/sign-out", integration_guid(BOX));
        let csrf = user.csrf(&world).await;
        let form = format!("csrf={csrf}");
        let origin = world.running.public_url().to_owned();
        let post = |origin: Option<&str>, site: Option<&str>, body: &str| {
            let request = Request::new("POST", &path).body(body);
            let request = origin.map_or(request.clone(), |origin| request.header("Origin", origin));
            site.map_or(request.clone(), |site| request.header("Sec-Fetch-Site", site))
        };
        for refused in [
            post(Some("https://evil.example"), None, &form),
            post(Some("null"), None, &form),
            post(None, None, &form),
            post(Some(&origin), Some("cross-site"), &form),
            post(Some(&origin), Some("same-site"), &form),
            post(Some(&origin), None, "csrf=wrong"),
            post(Some(&origin), None, ""),
            post(Some(&origin), None, &format!("{form}&{form}")),
        ] {
            let answer = user.send(&world, refused.clone()).await;
            assert_eq!(answer.status, 403, "{refused:?}");
            check_headers(&answer);
        }
        let mut other = world.browser(OTHER_USER).await;
        let foreign = other.csrf(&world).await;
        let answer = user.send(&world, post(Some(&origin), None, &format!("csrf={foreign}"))).await;
        assert_eq!(answer.status, 403, "another session's token");
        assert_eq!(user.get(&world, &path).await.status, 405);
        assert!(world.row(BOX).await.is_some());
        assert_eq!(user.send(&world, post(Some(&origin), Some("same-origin"), &form)).await.status, 303);
        assert!(world.row(BOX).await.is_none());
    });
}

#[test]
fn no_request_decides_where_the_browser_goes() {
    run(async {
        let world = World::new().await;
        let mut user = world.browser(USER).await;
        let sign_in = format!("/credentials/{}/sign-in?return_to=//evil.example", integration_guid(BOX));
        let answer = user.post(&world, &sign_in).await;
        assert!(!answer.header("location").unwrap().contains("evil"), "{answer:?}");
        for host in ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example"] {
            for path in ["/credentials", "/oauth_token", "/healthz", "/login"] {
                let answer = world.send(Request::new("GET", path).header("Host", host)).await;
                assert_eq!(answer.status, 421, "{host} {path}");
                assert!(answer.header("location").is_none());
            }
        }
        let two = Request::new("GET", "/healthz").header("Host", "evil.example");
        let two = two.header("Host", &world.running.rpc_address().to_string());
        assert!([400, 421].contains(&world.send(two).await.status));
        let port = world.running.rpc_address().port();
        let answer = world.send(Request::new("GET", "/login").header("Host", &format!("localhost:{port}"))).await;
        assert_eq!(answer.header("location"), Some(format!("http://127.0.0.1:{port}/login").as_str()));
    });
}

#[test]
fn what_others_wrote_is_shown_as_text() {
    run(async {
        let world = World::new().await;
        let name = "<script>alert(1)</script>\"'&amp;";
        world.configure(&conf(&world.provider, BOX).replace("name=Box", &format!("name={name}")), "");
        let mut user = world.browser(USER).await;
        for path in ["/credentials".to_owned(), format!("/credentials/{}", integration_guid(BOX))] {
            let page = user.get(&world, &path).await.body;
            assert!(!page.contains("<script>alert") && page.contains("script&#62;alert(1)"), "{page}");
        }
    });
}

/// The part of a login link after `#`.
async fn link(world: &World, uid: u32) -> (String, String) {
    let link = world.running.store().create_login_link(&Principal::os(uid), world.now()).await.unwrap();
    (link.token.expose().to_owned(), link.code.expose().to_owned())
}

#[test]
fn a_login_link_works_once_by_post_and_for_a_minute() {
    run(async {
        let world = World::new().await;
        let (token, _) = link(&world, USER).await;
        let mut browser = Browser::default();
        for path in ["/login".to_owned(), format!("/login?token={token}"), format!("/login/link?token={token}")] {
            browser.get(&world, &path).await;
        }
        assert!(browser.cookies.is_empty(), "looking at it logs nobody in");
        let form = format!("token={token}");
        let answer = browser.submit(&world, "/login/link", &form).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/credentials")), "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert_eq!(browser.get(&world, "/credentials").await.status, 200);
        assert_eq!(Browser::default().submit(&world, "/login/link", &form).await.status, 400, "used");
        let (late, _) = link(&world, USER).await;
        world.advance(61);
        assert_eq!(Browser::default().submit(&world, "/login/link", &format!("token={late}")).await.status, 400);
    });
}

#[test]
fn a_login_needs_our_own_page_and_replaces_who_was_there() {
    run(async {
        let world = World::new().await;
        let (token, _) = link(&world, USER).await;
        let foreign = Request::new("POST", "/login/link").header("Origin", "https://evil.example");
        assert_eq!(world.send(foreign.body(format!("token={token}"))).await.status, 403);
        let mut browser = world.browser(OTHER_USER).await;
        let planted = browser.clone();
        assert_eq!(browser.submit(&world, "/login/link", &format!("token={token}")).await.status, 303);
        assert_ne!(browser.cookies, planted.cookies);
        assert_eq!(planted.clone().get(&world, "/credentials").await.status, 303, "the old session has ended");
    });
}

#[test]
fn a_code_may_be_typed_in_any_case_and_mistyped_four_times() {
    run(async {
        let world = World::new().await;
        let (_, code) = link(&world, USER).await;
        for _ in 0..4 {
            assert_eq!(Browser::default().submit(&world, "/login/link", "code=WRONGONE").await.status, 400);
        }
        let typed = format!("code={}-{}", code[..4].to_lowercase(), &code[4..]);
        assert_eq!(Browser::default().submit(&world, "/login/link", &typed).await.status, 303);
        let (_, code) = link(&world, USER).await;
        for _ in 0..5 {
            Browser::default().submit(&world, "/login/link", "code=WRONGONE").await;
        }
        let answer = Browser::default().submit(&world, "/login/link", &format!("code={code}")).await;
        assert_eq!(answer.status, 400, "guessed at too often");
    });
}

#[test]
fn logging_out_ends_the_session() {
    run(async {
        let world = World::new().await;
        let mut user = world.browser(USER).await;
        let before = user.clone();
        assert_eq!(user.post(&world, "/logout").await.header("location"), Some("/login"));
        assert_eq!(before.clone().get(&world, "/credentials").await.status, 303);
    });
}

#[test]
fn an_integration_for_some_is_not_for_others() {
    run(async {
        let world = World::with(|_| (), "allowed-users = [\"os:1001\"]").await;
        let path = format!("/credentials/{}/sign-in", integration_guid(BOX));
        assert_eq!(world.browser(USER).await.post(&world, &path).await.status, 403);
        assert_eq!(world.browser(OTHER_USER).await.post(&world, &path).await.status, 303);
    });
}

#[test]
fn https_gets_the_strictest_cookies_and_links_below_its_path() {
    run(async {
        let public = "https://tokens.example/base";
        let world = World::with(|settings| settings.public_url = Some(public.parse().unwrap()), "").await;
        let (token, _) = link(&world, USER).await;
        let request = Request::new("POST", "/login/link")
            .header("Host", "tokens.example")
            .header("Origin", "https://tokens.example")
            .body(format!("token={token}"));
        let answer = world.send(request).await;
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.starts_with("__Host-tokcore_session=") && cookie.contains("; Secure"), "{cookie}");
        assert_eq!(answer.header("location"), Some("/base/credentials"));
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    });
}
