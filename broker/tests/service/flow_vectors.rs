//! `tests/vectors/broker/flow.json`: signing in and out, step by step, in a browser that keeps its cookies.

use std::collections::BTreeMap;

use serde_json::Value;
use tokcore_broker::guid::integration_guid;
use url::Url;

use super::http::{Answer, Request};
use super::provider::Step;
use super::rpc_vectors::{check_ids, table};
use super::world::{BOX, Browser, OTHER_USER, USER, World, conf, run};

#[test]
fn flow() {
    let table = table("flow.json");
    check_ids(&table, 105..=116);
    for case in table["cases"].as_array().unwrap() {
        run(async { Player::new(case).await.play().await });
    }
}

/// Plays the steps of one case.
struct Player<'a> {
    case: &'a Value,
    world: Option<World>,
    browsers: BTreeMap<String, Browser>,
    /// The state of the sign-in begun last, and the URL it was sent to.
    begun: Option<(String, Url)>,
}

impl<'a> Player<'a> {
    async fn new(case: &'a Value) -> Self {
        let world = World::with(|_| (), case["sidecar"].as_str().unwrap_or_default()).await;
        if let Some(change) = case.get("conf") {
            let [from, to] = [0, 1].map(|at| change[at].as_str().unwrap());
            world.configure(&conf(&world.provider, BOX).replace(from, to), "");
        }
        let browsers = BTreeMap::from([
            ("user".to_owned(), world.browser(USER).await),
            ("same user elsewhere".to_owned(), world.browser(USER).await),
            ("other user".to_owned(), world.browser(OTHER_USER).await),
            ("nobody".to_owned(), Browser::default()),
        ]);
        Self { case, world: Some(world), browsers, begun: None }
    }

    fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }

    async fn play(mut self) {
        for (number, step) in self.case["steps"].as_array().unwrap().iter().enumerate() {
            let id = format!("{} step {}", self.case["id"].as_str().unwrap(), number + 1);
            self.step(&id, step).await;
        }
        assert_eq!(self.world().provider.left(), 0, "{}: the provider was asked less than expected", self.case["id"]);
    }

    async fn step(&mut self, id: &str, step: &Value) {
        let expect = &step["expect"];
        match step["do"].as_str().unwrap() {
            "begin" => self.begin(id, step, expect).await,
            "callback" => self.callback(id, step, expect).await,
            "row" => assert_eq!(self.world().row(BOX).await.is_some(), expect["there"] == true, "{id}"),
            "lose cookie" => {
                let name = format!("tokcore_{}_", step["cookie"].as_str().unwrap());
                self.browser(step).1.cookies.retain(|cookie| !cookie.starts_with(&name));
            }
            "log in as" => {
                let session = self.browsers[step["user"].as_str().unwrap()].cookies[0].clone();
                let own = &mut self.browser(step).1.cookies;
                own.retain(|cookie| !cookie.starts_with("tokcore_session_"));
                own.push(session);
            }
            "advance" => self.world().advance(step["seconds"].as_i64().unwrap()),
            "restart" => {
                let world = self.world.take().unwrap();
                self.world = Some(world.restart().await);
            }
            "sign out" => {
                let answer = self.post(step, "sign-out").await;
                self.check_page(id, expect, &answer);
            }
            "rename" => {
                let guid = integration_guid(BOX);
                let conf = conf(&self.world().provider, "renamed");
                self.world().configure(&conf, &format!("[renamed]\nprevious-guids = [\"{guid}\"]\n"));
            }
            "token" => {
                let answer = self.world().token(integration_guid(BOX)).await.json();
                for (member, value) in expect.as_object().unwrap() {
                    assert_eq!(answer[member], *value, "{id}: {member} in {answer}");
                }
            }
            "list" => {
                let list = self.world().rpc("/oauth_integrations", "").await.json();
                let uid = &list["providers"][0]["integrations"][0]["uid"];
                assert_eq!(*uid, integration_guid(expect["first"].as_str().unwrap()).to_string(), "{id}");
            }
            "asked" => self.check_asked(id, expect).await,
            other => panic!("{id}: no step {other}"),
        }
    }

    fn browser(&mut self, step: &Value) -> (&World, &mut Browser) {
        let name = step.get("browser").and_then(Value::as_str).unwrap_or("user");
        (self.world.as_ref().unwrap(), self.browsers.get_mut(name).unwrap())
    }

    async fn post(&mut self, step: &Value, action: &str) -> Answer {
        let (world, browser) = self.browser(step);
        browser.post(world, &format!("/credentials/{}/{action}", integration_guid(BOX))).await
    }

    /// `query`: parameters of the authorization URL, exactly; `{…}` stands for a random text of 43 characters.
    async fn begin(&mut self, id: &str, step: &Value, expect: &Value) {
        let answer = self.post(step, "sign-in").await;
        assert_eq!(answer.status, 303, "{id}: {answer:?}");
        let url = Url::parse(answer.header("location").unwrap()).unwrap();
        let found: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let state = found.iter().find(|(name, _)| name == "state").expect("state").1.clone();
        assert_eq!(state.len(), 43, "{id}");
        let cookie = answer.header("set-cookie").unwrap();
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(cookie.contains(attribute), "{id}: {cookie}");
        }
        if let Some(query) = expect.get("query") {
            let public_url = self.world().running.public_url().to_owned();
            let wanted: Vec<(String, String)> = query
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| {
                    (pair[0].as_str().unwrap().into(), pair[1].as_str().unwrap().replace("{public-url}", &public_url))
                })
                .collect();
            let shown =
                |(name, value): &(String, String)| match wanted.iter().any(|(n, v)| n == name && v == "{random}") {
                    true if value.len() == 43 => (name.clone(), "{random}".to_owned()),
                    _ => (name.clone(), value.clone()),
                };
            assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), wanted, "{id}");
        }
        self.begun = Some((state, url));
    }

    /// `query` with `{state}`; `script`: what the token endpoint answers.
    async fn callback(&mut self, id: &str, step: &Value, expect: &Value) {
        let script = step["script"].as_array().into_iter().flatten();
        let script: Vec<Step> = script
            .map(|step| Step::status(step["status"].as_u64().unwrap_or(200) as u16, &step["json"].to_string()))
            .collect();
        let calls = script.len() + self.world().provider.asked().len();
        self.world().provider.script(script);
        let state = self.begun.as_ref().map(|(state, _)| state.clone()).unwrap_or_default();
        let query = step["query"].as_str().unwrap().replace("{state}", &state);
        let (world, browser) = self.browser(step);
        let before = browser.cookies.clone();
        let verb = step.get("verb").and_then(Value::as_str).unwrap_or("GET");
        let request = Request::new(verb, &format!("/oauth_redirect_callback?{query}")).header("Accept", "text/html");
        let answer = browser.send(world, request).await;
        let rotated = browser.cookies != before;
        self.check_page(id, expect, &answer);
        assert_eq!(self.world().provider.asked().len(), calls, "{id}: calls of the token endpoint");
        if answer.status == 303 {
            assert!(rotated, "{id}: the web session gets a new ID");
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{id}");
            assert!(!answer.header("location").unwrap().contains("code"), "{id}");
        }
    }

    fn check_page(&self, id: &str, expect: &Value, answer: &Answer) {
        assert_eq!(answer.status, expect["status"].as_u64().unwrap() as u16, "{id}: {answer:?}");
        if let Some(words) = expect.get("says").and_then(Value::as_str) {
            assert!(answer.body.contains(words), "{id}: {words:?} is not in {}", answer.body);
        }
        if let Some(words) = expect.get("says_not").and_then(Value::as_str) {
            assert!(!answer.body.contains(words), "{id}: {words:?} is in {}", answer.body);
        }
        if let Some(location) = expect.get("location").and_then(Value::as_str) {
            assert_eq!(answer.header("location"), Some(location), "{id}");
        }
    }

    /// The request that the provider received last; a revocation may still be on its way.
    async fn check_asked(&self, id: &str, expect: &Value) {
        let path = expect.get("path").and_then(Value::as_str).unwrap_or("/token");
        let mut asked = self.world().provider.asked();
        for _ in 0..200 {
            if asked.last().is_some_and(|last| last.path == path) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            asked = self.world().provider.asked();
        }
        let last = asked.last().unwrap_or_else(|| panic!("{id}: nothing was asked"));
        assert_eq!(last.path, path, "{id}");
        for (name, value) in expect["form"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap().replace("{public-url}", self.world().running.public_url());
            assert_eq!(last.form.get(name), Some(&value), "{id}: {name}");
        }
        if let Some(raw) = expect.get("raw").and_then(Value::as_str) {
            assert!(last.raw.contains(raw), "{id}: {raw} is not in the body as sent");
        }
        if let Some(header) = expect.get("authorization").and_then(Value::as_str) {
            assert_eq!(last.authorization.as_deref(), Some(header), "{id}");
        }
        for name in expect["absent"].as_array().into_iter().flatten() {
            assert!(!last.form.contains_key(name.as_str().unwrap()), "{id}: {name}");
        }
        if expect["verifier_fits"] == true {
            let verifier = &last.form["code_verifier"];
            let (_, url) = self.begun.as_ref().unwrap();
            let challenge = url.query_pairs().find(|(name, _)| name == "code_challenge").unwrap().1;
            use base64::Engine;
            let hash = tokcore::crypto::sha256(verifier.as_bytes());
            assert_eq!(challenge, base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash), "{id}");
        }
    }
}
