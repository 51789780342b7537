//! The table of the metadata server, and what no table can show: memory, a real socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::host::{self, ADDRESS_VARIABLE};
use super::*;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::provider::google::Wish;
use crate::provider::google::fake::{self, Fake};
use crate::reason::Reason;
use crate::table::{each_of, read_from};
use crate::transport::{HttpRequest, HttpResponse, Proxies, Transport};
use crate::world::World;

/// Where the table's clock stands.
const NOW_UNIX_S: i64 = 1_700_000_000;

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Answer {
    host: Option<String>,
    path: Option<String>,
    times: Option<usize>,
    status: Option<u16>,
    #[serde(deserialize_with = "given")]
    flavor: Option<Option<String>>,
    json: Option<Value>,
    body: Option<String>,
    refused: bool,
    silent: bool,
}

/// A member that is there, even if it is `null`.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The servers of a machine: of several answers that fit, the first that is not used up.
#[derive(Clone, Default)]
struct Network(Arc<Mutex<Vec<Answer>>>);

impl Network {
    fn of(answers: Vec<Answer>) -> Self {
        Self(Arc::new(answers.into()))
    }

    fn answer(&self, request: &HttpRequest) -> Option<Result<HttpResponse, Error>> {
        let is_machines_own = request.url.scheme() == "http";
        assert!(!is_machines_own || request.headers["metadata-flavor"] == "Google");
        let fits = |answer: &&mut Answer| {
            answer.times != Some(0)
                && answer.host.as_deref().is_none_or(|host| request.url.host_str() == Some(host))
                && answer.path.as_deref().is_none_or(|path| request.url.path() == path)
        };
        let mut answers = lock(&self.0);
        let answer = answers.iter_mut().find(fits);
        answer.map_or_else(|| Some(Err(refused())), |answer| answer.given())
    }

    /// The machine with these servers, where `fake` stands.
    fn around(&self, fake: Fake) -> (World, Arc<Fake>) {
        let network = self.clone();
        let fake = fake.playing_or_silent(move |request| network.answer(request));
        fake.sleep_s(NOW_UNIX_S - fake::NOW_UNIX_S);
        fake.world()
    }
}

impl Answer {
    fn given(&mut self) -> Option<Result<HttpResponse, Error>> {
        self.times = self.times.map(|times| times - 1);
        match self {
            Self { silent: true, .. } => None,
            Self { refused: true, .. } => Some(Err(refused())),
            answer => Some(Ok(answer.response())),
        }
    }

    fn response(&self) -> HttpResponse {
        let flavor = self.flavor.clone().unwrap_or(Some("Google".to_owned()));
        let flavor = flavor.map(|flavor| ("metadata-flavor".parse().unwrap(), HeaderValue::from_str(&flavor).unwrap()));
        let body = self.json.as_ref().map(Value::to_string).or(self.body.clone()).unwrap_or_default();
        HttpResponse::new(self.status.unwrap_or(200), flavor.into_iter().collect(), body.into_bytes())
    }
}

fn refused() -> Error {
    Error::new(Kind::Transport, "no connection").with_reason(Reason::NoConnection)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[allow(dead_code, reason = "the reader shows it")]
    id: String,
    #[allow(dead_code, reason = "the reader shows it")]
    why: String,
    call: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    options: Options,
    #[serde(default)]
    occasions: Vec<String>,
    #[serde(default)]
    service_account: Option<String>,
    #[serde(default)]
    wish: Asked,
    /// How long the process has lived. Units: seconds.
    #[serde(default)]
    age_s: u64,
    #[serde(default)]
    http: Vec<Answer>,
    expect: Value,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    use_ip: bool,
    timeout_s: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    scopes: Option<Vec<String>>,
    audience: Option<String>,
}

#[test]
fn the_metadata_server_is_as_the_table_says() {
    each_of(&read_from("google", "metadata.json"), |case: Case| {
        // Virtual time: whoever waits, waits no time.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(case))
    });
}

#[test]
fn no_row_is_missing() {
    let table = read_from("google", "metadata.json");
    let ids: Vec<&str> = crate::table::cases(&table).iter().filter_map(|case| case["id"].as_str()).collect();
    for number in 1..=12 {
        let id = format!("M{number:02}");
        assert!(ids.contains(&id.as_str()), "{id}");
    }
}

async fn run(case: Case) -> Result<(), String> {
    let fake = case.env.iter().fold(Fake::new(), |fake, (name, value)| fake.var(name, value));
    let fake = case.files.iter().fold(fake, |fake, (path, content)| fake.file(path, content.as_bytes()));
    let (world, machine) = Network::of(case.http.clone()).around(fake);
    world.metadata.may_be_starting();
    tokio::time::advance(Duration::from_secs(case.age_s)).await;
    let began = Instant::now();
    let mut got = match outcome(&case, &world).await {
        Ok(got) => got,
        Err(error) => json!({"error": {
            "kind": error.kind().name(),
            "reason": error.reason().map(Reason::slug),
            "message": error.message(),
            "hint": error.hint(),
        }}),
    };
    let seen = machine.seen();
    let last = seen.last().map(|request| &request.url);
    let query = |name: &str| last?.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    got["requests"] = json!(seen.len());
    got["took_ms"] = json!(began.elapsed().as_millis());
    got["scopes_sent"] = json!(query("scopes"));
    got["path"] = json!(last.map(|url| url.path()));
    got["query"] = json!(last.and_then(|url| url.query()));
    got["direct"] = json!(seen.iter().all(|request| request.connection.proxies == Proxies::default()));
    has("", &got, &case.expect)
}

async fn outcome(case: &Case, world: &World) -> Result<Value, Error> {
    let options =
        ProbeOptions { use_ip: case.options.use_ip, timeout: case.options.timeout_s.map(Duration::from_secs) };
    let server = || MetadataServer::new(world, &options);
    Ok(match case.call.as_str() {
        "host" => json!({"host": host::base(&world.context, &options)?.as_str()}),
        "timeout" => {
            let occasions = match case.occasions.is_empty() {
                true => vec![Occasion::Glance, Occasion::Request],
                false => vec![Occasion::Start],
            };
            let timeouts = occasions.into_iter().map(|occasion| timeout(&world.context, &options, occasion));
            let timeouts = timeouts.collect::<Result<Vec<_>, _>>()?;
            json!({"timeouts_ms": timeouts.iter().map(Duration::as_millis).collect::<Vec<_>>()})
        }
        "probe" => {
            let would_ask = would_ask_network(&world.context);
            match probe(world, &options).await {
                Presence::Here => json!({"here": true, "would_ask": would_ask}),
                Presence::NotHere(why) => json!({"not_here": why, "would_ask": would_ask}),
            }
        }
        "project" => json!({"text": server()?.project().await?}),
        "universe" => json!({"text": server()?.universe().await?}),
        "open" | "token" => token(case, world, &options).await?,
        other => panic!("there is no call {other}"),
    })
}

async fn token(case: &Case, world: &World, options: &ProbeOptions) -> Result<Value, Error> {
    let wish =
        Wish { scopes: case.wish.scopes.clone(), id_token_audience: case.wish.audience.clone(), ..Wish::default() };
    let provider = match open(world, options, case.service_account.as_deref(), &wish).await? {
        Opened::Fits(provider) => provider,
        Opened::Unfit(why) => return Ok(json!({"unfit": why})),
    };
    let token = provider.clone().fetch(None).await?;
    assert_eq!(token.account(), provider.about().principal.as_deref());
    assert!(!format!("{token:?}{:?}", provider.about()).contains("canary"));
    Ok(json!({"token": {
        "access_token": token.access_token().expose(),
        "access_token_parts": token.access_token().expose().split('.').count(),
        "expires_in_s": token.expires_at_unix_s().map(|at| at - NOW_UNIX_S),
        "expires_at_unix_s": token.expires_at_unix_s(),
        "scopes": token.scopes(),
        "account": token.account(),
    }}))
}

/// Whether `got` has what is expected: members by name, a text that is expected in a longer one.
fn has(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => expected.iter().try_for_each(|(name, expected)| {
            let got = got.get(name).ok_or_else(|| format!("no {name} in {got:?}"))?;
            has(name, got, expected)
        }),
        (Value::String(got), Value::String(expected)) if got.contains(expected) => Ok(()),
        _ => crate::table::same(what, got, expected),
    }
}

/// What is learned counts for everybody in the process: presence for good, absence for a minute.
#[tokio::test(start_paused = true)]
async fn the_network_is_looked_at_once() {
    let network = Network::default();
    let (world, machine) = network.around(Fake::new());
    let look = async || probe(&world, &ProbeOptions::default()).await;
    let first = look().await;
    assert!(matches!(&first, Presence::NotHere(why) if why.contains("169.254.169.254")), "{first:?}");
    assert_eq!((look().await, machine.seen().len()), (first, 2));
    tokio::time::advance(Duration::from_secs(60)).await;
    let here = Answer { path: Some("/".into()), ..Answer::default() };
    lock(&network.0).push(here);
    assert_eq!((look().await, machine.seen().len()), (Presence::Here, 4));
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!((look().await, machine.seen().len()), (Presence::Here, 4));
    let by_address = ProbeOptions { use_ip: true, ..ProbeOptions::default() };
    assert_eq!((probe(&world, &by_address).await, machine.seen().len()), (Presence::Here, 5), "another place");
}

/// Two identities of a machine are two credentials; the same twice is one.
#[tokio::test(start_paused = true)]
async fn everything_that_tokens_depend_on_is_in_the_key() {
    let accounts = json!({
        "default": {"email": "a@example.com", "scopes": ["s", "t"]}, "b@example.com": {"email": "b@example.com"},
    });
    let (world, _) = Network::of(vec![Answer { json: Some(accounts), ..Answer::default() }]).around(Fake::new());
    let key = async |account: Option<&str>, wish: Wish| match open(&world, &ProbeOptions::default(), account, &wish)
        .await
        .expect("an identity")
    {
        Opened::Fits(provider) => provider.key(),
        Opened::Unfit(why) => panic!("{why}"),
    };
    let scoped = |scope: &str| Wish { scopes: Some(vec![scope.to_owned()]), ..Wish::default() };
    let keys = [
        key(None, Wish::default()).await,
        key(Some("b@example.com"), Wish::default()).await,
        key(None, scoped("s")).await,
        key(None, scoped("t")).await,
        key(None, Wish { id_token_audience: Some("s".into()), ..Wish::default() }).await,
        key(None, Wish { quota_project: Some("p".into()), ..Wish::default() }).await,
    ];
    let different: std::collections::HashSet<_> = keys.into_iter().collect();
    assert_eq!(different.len(), keys.len());
    assert_eq!(key(None, Wish::default()).await, keys[0]);
    let scopes = scopes_of(&world, &ProbeOptions::default(), None).await.expect("scopes");
    assert_eq!(scopes, ["s", "t"]);
}

/// A machine has no key of its account: IAM signs for it, asked with a token of the machine's own.
#[tokio::test(start_paused = true)]
async fn google_signs_for_the_machine() {
    let at = |path: &str, json: Value| Answer { path: Some(path.into()), json: Some(json), ..Answer::default() };
    let accounts = "/computeMetadata/v1/instance/service-accounts/";
    let network = Network::of(vec![
        at(accounts, json!({"default": {"email": "vm@p.iam.gserviceaccount.com", "scopes": ["s"]}})),
        at(&format!("{accounts}default/token"), json!({"access_token": "OWN", "expires_in": 3599})),
        at("/v1/projects/-/serviceAccounts/vm@p.iam.gserviceaccount.com:signBlob", json!({"signedBlob": "c2ln"})),
    ]);
    let (world, machine) = network.around(Fake::new());
    let opened = open(&world, &ProbeOptions::default(), None, &Wish::default()).await.expect("an identity");
    let Opened::Fits(provider) = opened else { panic!("it fits") };
    assert_eq!(provider.sign(b"bytes").await.expect("a signature"), b"sig");
    let seen = machine.seen();
    let asked = seen.last().expect("a request");
    assert_eq!(
        (asked.url.host_str(), asked.headers["authorization"].as_bytes()),
        (Some("iamcredentials.googleapis.com"), &b"Bearer OWN"[..])
    );
}

/// The real transport: the header goes along, and a closed port is an absence.
#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a server of the test's own")]
async fn a_real_server_on_a_real_socket() {
    use tokio::net::TcpListener;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = tokio::spawn(serve(listener));
    let apart = || {
        let machine = Fake::new().var(ADDRESS_VARIABLE, &address).var("http_proxy", "http://127.0.0.1:1");
        let (world, _) = machine.world();
        World::apart(Context { http: Arc::new(Transport::new()), ..world.context })
    };
    let options = ProbeOptions { use_ip: true, ..ProbeOptions::default() };
    assert_eq!(probe(&apart(), &options).await, Presence::Here);
    let opened = open(&apart(), &options, None, &Wish::default()).await.expect("an identity");
    let Opened::Fits(provider) = opened else { panic!("it fits") };
    let token = provider.fetch(None).await.expect("a token");
    assert_eq!(token.access_token().expose(), "real");
    server.abort();
    let _ = server.await;
    assert!(matches!(probe(&apart(), &options).await, Presence::NotHere(_)));
}

/// A metadata server of a few lines.
async fn serve(listener: tokio::net::TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let mut text = vec![0; 4096];
        let length = loop {
            stream.readable().await.expect("a request");
            if let Ok(length) = stream.try_read(&mut text) {
                break length;
            }
        };
        let request = String::from_utf8_lossy(&text[..length]).to_lowercase();
        let (status, body) = match request.split_whitespace().nth(1) {
            _ if !request.contains("metadata-flavor: google") => (403, "missing header".to_owned()),
            Some("/") => (200, "computemetadata/".to_owned()),
            Some(path) if path.ends_with("/token") => {
                (200, json!({"access_token": "real", "expires_in": 3599, "token_type": "Bearer"}).to_string())
            }
            _ => (200, json!({"default": {"email": "vm@example.com", "scopes": []}}).to_string()),
        };
        let answer = format!(
            "HTTP/1.1 {status} x\r\nmetadata-flavor: Google\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.writable().await.expect("a peer");
        let _ = stream.try_write(answer.as_bytes());
    }
}
