//! The table of people who sign in at Google.

mod google;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use self::google::Google;
use super::*;
use crate::api::{OAuthClient, Store, TokenSource};
use crate::context::Context;
use crate::engine::NoInterrupt;
use crate::error::Error;
use crate::flow::{ClientType, Flow, Step};
use crate::kinds::Kind;
use crate::lock::lock;
use crate::person::{Interactivity, Nobody};
use crate::reason::Reason;
use crate::renewal;
use crate::secret::Secret;
use crate::settings::{Setting, Settings, TokenRequest};
use crate::store::listing::Selection;
use crate::table::{each_that, read_from, same};
use crate::token::Token;
use crate::transport::HttpRequest;
use crate::world::World;

/// Where the clock stands.
const NOW_UNIX_S: i64 = 1_700_000_000;

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
    client: Option<Parts>,
    parts: Option<Parts>,
    file: Option<String>,
    name: Option<String>,
    option: Option<String>,
    #[serde(default)]
    uris: Vec<String>,
    #[serde(default)]
    wish: Wished,
    settings: Option<Value>,
    answer: Option<Value>,
    claims: Option<Map<String, Value>>,
    #[serde(default)]
    later_s: i64,
    userinfo: Option<Value>,
    tokeninfo: Option<Answer>,
    #[serde(default)]
    answers: Vec<Answer>,
    #[serde(default)]
    #[allow(dead_code, reason = "another test looks whether it is there")]
    covered_by: Vec<String>,
    expect: Value,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    id: String,
    secret: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wished {
    scopes: Vec<String>,
    email: Option<String>,
    any: bool,
    new: bool,
    add_email: Option<bool>,
    flow: Option<String>,
    use_oob: Option<bool>,
    gargle_oob_default: Option<bool>,
    redirect_uri: Option<String>,
    port: Option<u16>,
    include_granted_scopes: bool,
    allow_partial: bool,
    allow_other_account: bool,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default = "ok")]
    status: u16,
    json: Value,
}

fn ok() -> u16 {
    200
}

#[test]
fn sign_ins_at_google_are_as_the_table_says() {
    each_that(&read_from("google", "user.json"), |case| case["call"].is_string(), run);
}

/// What the generic engine's tables show is there, and no row of the specification is missing.
#[test]
fn every_row_is_proven_somewhere() {
    let table = read_from("google", "user.json");
    let cases = crate::table::cases(&table);
    for number in 1..=41 {
        let id = format!("U{number:02}");
        assert!(cases.iter().any(|case| case["id"] == id.as_str()), "{id}");
    }
    for case in cases.iter().flat_map(|case| case["covered_by"].as_array().into_iter().flatten()) {
        let (table, id) = case.as_str().and_then(|text| text.split_once(' ')).expect("a table and a case");
        let other = read_from("oauth", table);
        assert!(crate::table::cases(&other).iter().any(|case| case["id"] == id), "{table} {id}");
    }
}

fn run(case: Case) -> Result<(), String> {
    let google = Arc::new(Google::of(&case));
    let mut got = outcome(&case, &google).unwrap_or_else(|error| shown(&error));
    let seen = lock(&google.seen);
    got["requests"] = json!(seen.len());
    got["asked"] = json!(seen.last().map(|request| request.url.as_str()));
    let forms: Vec<Value> = seen.iter().filter(|request| !request.body.is_empty()).map(form).collect();
    got["form"] = forms.first().cloned().unwrap_or_default();
    // Secrets that were sent are seen on the wire, and nowhere else.
    let told = format!("{}{}", got["error"], got["client"]);
    if told.contains("canary") {
        return Err(format!("a secret is shown: {told}"));
    }
    has("", &got, &case.expect)
}

fn shown(error: &Error) -> Value {
    json!({"error": {
        "kind": error.kind().name(),
        "reason": error.reason().map(Reason::slug),
        "message": error.message(),
        "hint": error.hint(),
    }})
}

fn form(request: &HttpRequest) -> Value {
    form_urlencoded::parse(&request.body)
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn outcome(case: &Case, google: &Arc<Google>) -> Result<Value, Error> {
    let context = google.context();
    match case.call.as_str() {
        "client" => shown_client(case, &context),
        "page" => Ok(json!({"page": comeback::page(&case.uris)?})),
        "client_type" => {
            let kind = default_type(&context, case.option.as_deref())?;
            Ok(json!({"type": if kind == ClientType::Web { "web" } else { "installed" }}))
        }
        "settings" => match Setting::from(case.settings.clone().unwrap_or_default()) {
            Setting::Table(settings) => TokenRequest::from_settings(settings).map(|_| json!({})),
            _ => panic!("settings are a table"),
        },
        "request" => shown_request(case, &context),
        "sign_in" => sign_in(case, &context),
        "wait" => waited(case, &context),
        "dies" => died(case, google),
        "again" => asked_again(case, &context),
        "refresh" => refreshed(case, context),
        "userinfo" | "tokeninfo" | "email" => told(case, context),
        other => panic!("there is no call {other}"),
    }
}

/// As the console would write it into a file.
fn given(parts: &Parts) -> String {
    let mut client = json!({"client_id": parts.id, "redirect_uris": parts.redirect_uris});
    if let Some(secret) = &parts.secret {
        client["client_secret"] = secret.as_str().into();
    }
    json!({parts.kind.as_deref().unwrap_or("installed"): client}).to_string()
}

fn shown_client(case: &Case, context: &Context) -> Result<Value, Error> {
    let given = match (&case.file, &case.parts) {
        (Some(file), _) => file.clone(),
        (None, parts) => given(parts.as_ref().expect("a client")),
    };
    let client = client(context, &given, case.name.as_deref())?;
    assert!(!format!("{:?}", client.settings).contains("canary"));
    Ok(json!({"client": {
        "name": client.settings.name,
        "type": if client.kind == ClientType::Web { "web" } else { "installed" },
        "client_id": client.settings.client_id,
        "has_secret": client.settings.client_secret.is_some(),
        "redirect_uris": client.redirect_uris,
        "project_id": client.project_id,
        "token_endpoint": client.settings.token_endpoint.as_ref().map(Url::as_str),
    }}))
}

fn wish(case: &Case) -> UserWish {
    let wished = case.wish.clone();
    UserWish {
        scopes: wished.scopes,
        email: match (wished.any, wished.new, wished.email) {
            (true, ..) => Some(Email::Any),
            (_, true, _) => Some(Email::New),
            (.., email) => email.map(Email::Named),
        },
        add_email: wished.add_email.unwrap_or(true),
        flow: wished.flow,
        use_oob: wished.use_oob,
        gargle_oob_default: wished.gargle_oob_default,
        redirect_uri: wished.redirect_uri,
        port: wished.port,
        include_granted_scopes: wished.include_granted_scopes,
        allow_partial: wished.allow_partial,
        allow_other_account: wished.allow_other_account,
        interactivity: Interactivity::Yes,
        ..UserWish::default()
    }
}

fn shown_request(case: &Case, context: &Context) -> Result<Value, Error> {
    let client = client(context, &given(case.client.as_ref().expect("a client")), None)?;
    let request = request(context, &client, &wish(case))?;
    Ok(json!({
        "grant": request.grant.name(),
        "scopes": request.scopes,
        "flow": request.flow,
        "redirect_uri": request.redirect_uri,
        "ports": request.port_candidates,
        "listen_host": request.listen_host,
        "listen_port": request.listen_port,
        "gargle_oob_default": request.gargle_oob_default,
        "account": request.account,
        "prompt": request.prompt,
    }))
}

/// The whole way: the page is opened, its answer is pasted, the token is fetched, looked at and kept.
fn sign_in(case: &Case, context: &Context) -> Result<Value, Error> {
    let google = client(context, &given(case.client.as_ref().expect("a client")), None)?;
    let wish = UserWish { flow: Some("manual".into()), ..wish(case) };
    let request = request(context, &google, &wish)?;
    let store = Store::memory().in_context(context);
    let client = OAuthClient::with_context(context.clone(), google.settings)?.with_store(&store);
    let source = client.source(request)?;
    let mut flow = source.begin(Interactivity::Yes, &NoInterrupt)?;
    let page: Url = flow.prompt().authorization_url.as_deref().and_then(|url| url.parse().ok()).expect("a page");
    let query: Map<String, Value> = page.query_pairs().map(|(name, value)| (name.into_owned(), json!(value))).collect();
    let text = |name: &str| query.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let state = text("state");
    flow.submit(&Secret::new(format!("{}?state={state}&code=4%2Fabc", text("redirect_uri"))))?;
    let ended = end(&mut flow);
    let kept: Vec<Option<String>> = store.list(&Selection::default())?.into_iter().map(|entry| entry.account).collect();
    if ended.is_err() {
        assert!(source.current().is_none(), "nobody gets the token of another account, or one that is not enough");
        let next = source.token(&Nobody, &NoInterrupt).expect_err("nor whoever asks next");
        assert_eq!(next.kind(), Kind::InteractionRequired, "{next}");
    }
    let mut got = ended.map_or_else(|error| shown(&error), |token| json!({"token": shown_token(&token)}));
    got["state_length"] = json!(state.len());
    got["redirect_uri"] = json!(text("redirect_uri"));
    got["url"] = query.into();
    got["kept"] = json!(kept);
    Ok(got)
}

/// A sign-in whose browser never comes back.
fn waited(case: &Case, context: &Context) -> Result<Value, Error> {
    let google = client(context, &given(case.client.as_ref().expect("a client")), None)?;
    let request = request(context, &google, &UserWish { flow: Some("loopback".into()), ..wish(case) })?;
    let source = OAuthClient::with_context(context.clone(), google.settings)?.source(request)?;
    let mut flow = source.begin(Interactivity::Yes, &NoInterrupt)?;
    end(&mut flow).map(|token| json!({"token": shown_token(&token)}))
}

/// What Google shall ask at the sign-in after a first one.
fn asked_again(case: &Case, context: &Context) -> Result<Value, Error> {
    let source = kept_source(case, context)?;
    let mut flow = source.begin(Interactivity::Yes, &NoInterrupt)?;
    flow.submit(&answer_to(&flow))?;
    end(&mut flow)?;
    let flow = source.begin(Interactivity::Yes, &NoInterrupt)?;
    let page: Url = flow.prompt().authorization_url.as_deref().and_then(|url| url.parse().ok()).expect("a page");
    let prompt = page.query_pairs().find(|(name, _)| name == "prompt").map(|(_, words)| words.into_owned());
    Ok(json!({"prompt": prompt}))
}

/// A source whose sign-ins are pasted, and kept.
fn kept_source(case: &Case, context: &Context) -> Result<TokenSource, Error> {
    let google = client(context, &given(case.client.as_ref().expect("a client")), None)?;
    let request = request(context, &google, &UserWish { flow: Some("manual".into()), ..wish(case) })?;
    let store = Store::memory().in_context(context);
    OAuthClient::with_context(context.clone(), google.settings)?.with_store(&store).source(request)
}

/// A stored sign-in that is used later, and what is said when it is dead.
fn died(case: &Case, at: &Arc<Google>) -> Result<Value, Error> {
    let source = kept_source(case, &at.context())?;
    let mut flow = source.begin(Interactivity::Yes, &NoInterrupt)?;
    flow.submit(&answer_to(&flow))?;
    end(&mut flow)?;
    at.later_s.store(case.later_s, Ordering::Relaxed);
    let said = || source.token(&Nobody, &NoInterrupt).expect_err("the grant is dead");
    let (error, again) = (said(), said());
    assert_eq!(error.hint(), again.hint(), "whoever asks next is told the same");
    Ok(shown(&error))
}

/// What the person pastes: the address that the browser ended on.
fn answer_to(flow: &Flow) -> Secret {
    let page: Url = flow.prompt().authorization_url.as_deref().and_then(|url| url.parse().ok()).expect("a page");
    let text = |name| page.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
    let (redirect, state) = (text("redirect_uri").expect("an address"), text("state").expect("a state"));
    Secret::new(format!("{redirect}?state={state}&code=4%2Fabc"))
}

/// httr's variables: something forwards the port that the browser knows to the one where we listen.
#[test]
fn a_forwarded_port_is_heard_where_it_is_forwarded_to() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let env = json!({"HTTR_SERVER": "localhost", "HTTR_SERVER_PORT": "9999", "HTTR_PORT": free.to_string()});
    let case = json!({
        "id": "", "why": "", "call": "wait", "expect": {}, "env": env, "client": {"id": "ID"},
        "wish": {"flow": "loopback"}, "answer": {"access_token": "A", "token_type": "Bearer"},
    });
    let case: Case = serde_json::from_value(case).expect("a case");
    let context = Arc::new(Google::of(&case)).context();
    let google = client(&context, &given(case.client.as_ref().expect("a client")), None).expect("a client");
    let request = request(&context, &google, &wish(&case)).expect("a request");
    let source = OAuthClient::with_context(context, google.settings).and_then(|client| client.source(request));
    let mut flow = source.expect("a source").begin(Interactivity::Yes, &NoInterrupt).expect("a sign-in");
    let answer = answer_to(&flow);
    let (_, query) = answer.expose().split_once('?').expect("a query");
    assert!(answer.expose().starts_with("http://localhost:9999/?"), "{}", answer.expose());
    let browser = format!("GET /?{query} HTTP/1.1\r\nHost: localhost:9999\r\nConnection: close\r\n\r\n");
    let mut forwarded = TcpStream::connect(("127.0.0.1", free)).expect("somebody listens");
    forwarded.write_all(browser.as_bytes()).expect("and reads");
    assert_eq!(end(&mut flow).expect("a token").access_token().expose(), "A");
}

fn end(flow: &mut Flow) -> Result<Arc<Token>, Error> {
    loop {
        if let Step::Done(token) = flow.step(Duration::from_secs(10), &NoInterrupt)? {
            return Ok(token);
        }
    }
}

fn shown_token(token: &Token) -> Value {
    let claim = |name| token.id_claims()?.all.text(name);
    json!({
        "access_token": token.access_token().expose(),
        "refresh_token": token.refresh_token().map(Secret::expose),
        "scopes": token.scopes(),
        "warnings": token.warnings().iter().map(|warning| warning.slug()).collect::<Vec<_>>(),
        "account": token.account(),
        "email": claim("email"),
        "hd": claim("hd"),
        "expires_in_s": token.expires_at_unix_s().map(|at| at - NOW_UNIX_S),
    })
}

fn stored() -> Token {
    let members = [("access_token", "A1"), ("refresh_token", "R"), ("scope", "S")];
    let members: Settings =
        members.into_iter().map(|(name, value)| (name.to_owned(), Setting::from(value.to_owned()))).collect();
    Token::from_settings(members, NOW_UNIX_S - 3600).expect("a token")
}

fn refreshed(case: &Case, context: Context) -> Result<Value, Error> {
    let client = client(&context, &given(case.client.as_ref().expect("a client")), None)?;
    let server = World::apart(context).server(client.settings)?;
    let token = in_virtual_time(renewal::refresh(&server, &stored()))?;
    Ok(json!({"token": shown_token(&token)}))
}

fn told(case: &Case, context: Context) -> Result<Value, Error> {
    let world = World::apart(context);
    let token = stored();
    Ok(json!({"told": match case.call.as_str() {
        "userinfo" => in_virtual_time(identity::userinfo(&world, &token))?.into(),
        "tokeninfo" => in_virtual_time(identity::tokeninfo(&world, &token))?.into(),
        _ => json!(in_virtual_time(identity::email(&world, &token))?),
    }}))
}

/// Whoever waits, waits no time.
fn in_virtual_time<T>(task: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("time").block_on(task)
}

/// Whether `got` has what is expected: members by name, a text that is expected in a longer one. What is expected as `null`
/// may be absent, what is expected as `true` may be anything.
fn has(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => expected.iter().try_for_each(|(name, expected)| {
            has(name, got.get(name).unwrap_or(&Value::Null), expected).map_err(|why| format!("{why}; all: {got:?}"))
        }),
        (Value::String(got), Value::String(expected)) if got.contains(expected) && !expected.is_empty() => Ok(()),
        (Value::String(_), Value::Bool(true)) => Ok(()),
        _ => same(what, got, expected),
    }
}
