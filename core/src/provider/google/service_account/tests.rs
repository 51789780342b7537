//! `service_account.json`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::*;
use crate::provider::google::cases::{AnswerCase, ErrorCase, WishCase};
use crate::provider::google::fake::{Fake, form, wait};
use crate::provider::google::file;
use crate::reason::Reason;
use crate::table::{each_of, read_from};

const PATH: &str = "/keys/sa.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    /// What R's gargle does, for the chain's tests.
    #[serde(rename = "compat")]
    _compat: Option<Value>,
    /// Members of the file in place of the usual ones; `null` leaves one out.
    #[serde(default)]
    file: Map<String, Value>,
    /// The name of a key of the table, in place of the usual one.
    key: Option<String>,
    /// How the file is given: as a `path`, as `json`, or this very text.
    given: Option<String>,
    /// Text before the JSON.
    #[serde(default)]
    before: String,
    /// What the file holds in place of a key.
    holds: Option<String>,
    /// Only looked at, as packages do.
    #[serde(default)]
    check: bool,
    #[serde(default)]
    wish: WishCase,
    #[serde(default)]
    http: Vec<AnswerCase>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Parts of the statement as they are signed.
    header: Option<String>,
    payload: Option<String>,
    /// Claims of the last statement; `null` for one that is not there.
    #[serde(default)]
    claims: Map<String, Value>,
    /// The body of the last request, with `{assertion}` in it.
    body: Option<String>,
    /// `iat` of each statement.
    issued_at: Option<Vec<i64>>,
    requests: Option<usize>,
    error: Option<ErrorCase>,
}

impl Case {
    fn content(&self, keys: &Value) -> String {
        if let Some(text) = &self.holds {
            return text.clone();
        }
        let mut members = json!({
            "type": "service_account",
            "project_id": "p",
            "private_key": keys[self.key.as_deref().unwrap_or("rsa")],
            "client_email": "sa@p.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": "https://oauth2.googleapis.com/token",
        });
        for (name, value) in &self.file {
            members[name] = value.clone();
        }
        let members: Map<String, Value> =
            members.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()).map(pair).collect();
        format!("{}{}", self.before, Value::Object(members))
    }

    fn holds(&self, keys: &Value) -> Result<(), String> {
        let content = self.content(keys);
        let fake = Fake::new().file(PATH, content.as_bytes()).answering(self.http.clone());
        let (world, fake) = fake.world();
        let given = match self.given.as_deref() {
            None | Some("path") => PATH,
            Some("json") => &content,
            Some(text) => text,
        };
        let got = if self.check {
            // Nothing at all is for the package to decide.
            let checked = Some(given).filter(|given| !given.is_empty()).map(|given| file::read(&world.context, given));
            checked.transpose().map(|_| None)
        } else {
            let provider =
                file::read(&world.context, given).and_then(|file| file.open(&world, PATH, &self.wish.wish()));
            provider.and_then(|provider| wait(provider.fetch(None))).map(Some)
        };
        let seen = fake.seen();
        if let Some(requests) = self.expect.requests.filter(|requests| *requests != seen.len()) {
            return Err(format!("{} requests instead of {requests}", seen.len()));
        }
        let mut statements: Vec<String> = seen.iter().filter_map(|request| form(request).remove("assertion")).collect();
        match (&self.expect.error, got) {
            (Some(expected), Err(error)) => expected.fits(&error)?,
            (None, Ok(token)) => {
                statements
                    .extend(token.filter(|_| seen.is_empty()).map(|token| token.access_token.expose().to_owned()));
            }
            (_, got) => return Err(format!("got {got:?}")),
        }
        self.signed(&statements)?;
        let body = seen.last().map(|request| String::from_utf8_lossy(&request.body).into_owned()).unwrap_or_default();
        let expected = self.expect.body.as_ref().map(|body| body.replace("{assertion}", &statements[0]));
        if expected.is_some_and(|expected| expected != body) { Err(format!("sent {body}")) } else { Ok(()) }
    }

    /// Whether these statements say what they should.
    fn signed(&self, statements: &[String]) -> Result<(), String> {
        let last: Vec<&str> = statements.last().map(|jwt| jwt.split('.').collect()).unwrap_or_default();
        for (name, at, expected) in [("header", 0, &self.expect.header), ("payload", 1, &self.expect.payload)] {
            if expected.as_deref().is_some_and(|expected| last.get(at) != Some(&expected)) {
                return Err(format!("{name}: got {:?}", last.get(at)));
            }
        }
        for (name, expected) in &self.expect.claims {
            let got = last.get(1).map_or(Value::Null, |part| claims(part)[name].clone());
            if got != *expected {
                return Err(format!("{name}: got {got}"));
            }
        }
        let issued_at = |jwt: &String| claims(jwt.split('.').nth(1).unwrap_or_default())["iat"].as_i64();
        let got: Option<Vec<i64>> = statements.iter().map(issued_at).collect();
        match &self.expect.issued_at {
            Some(expected) if got.as_ref() != Some(expected) => Err(format!("issued at {got:?}")),
            _ => Ok(()),
        }
    }
}

fn pair((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn claims(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("claims")
}

#[test]
fn service_accounts_are_as_the_table_says() {
    let keys = read_from("oauth", "jose.json")["keys"].clone();
    each_of(&read_from("google", "service_account.json"), |case: Case| case.holds(&keys));
}

fn opened(fake: Fake, wish: &Wish) -> (Arc<dyn TokenProvider>, Arc<Fake>) {
    let keys = read_from("oauth", "jose.json")["keys"].clone();
    let content =
        json!({"type": "service_account", "client_email": "sa@p.iam", "private_key": keys["rsa"]}).to_string();
    let (world, fake) = fake.world();
    let file = file::read(&world.context, &content).expect("a key");
    (file.open(&world, PATH, wish).expect("a credential"), fake)
}

fn token_answers() -> Fake {
    Fake::new().playing(|_| {
        Ok(crate::provider::google::fake::answer(
            200,
            &json!({"access_token": "AT", "expires_in": 3599, "token_type": "Bearer"}),
        ))
    })
}

#[test]
fn a_statement_is_used_again_until_half_of_its_life_is_over() {
    let (provider, fake) = opened(token_answers(), &Wish::default());
    for pause_s in [0, 600, 1100, 600] {
        fake.sleep_s(pause_s);
        wait(provider.clone().fetch(None)).expect("a token");
    }
    let sent: Vec<String> = fake.seen().iter().map(|request| form(request)["assertion"].clone()).collect();
    assert!(sent[0] == sent[1] && sent[1] == sent[2], "within half an hour");
    assert_ne!(sent[2], sent[3]);
}

#[test]
fn what_tokens_depend_on_is_in_the_key_and_nothing_secret_is_told() {
    let key = |wish: &Wish| opened(token_answers(), wish).0.key();
    let plain = key(&Wish::default());
    assert_eq!(plain, key(&Wish::default()));
    for other in [
        Wish { scopes: Some(vec!["a".into()]), ..Wish::default() },
        Wish { subject: Some("u@example.com".into()), ..Wish::default() },
        Wish { id_token_audience: Some("https://x".into()), ..Wish::default() },
        Wish { assertion: Assertion::SelfSigned, ..Wish::default() },
        Wish { auto_skew: false, ..Wish::default() },
    ] {
        assert_ne!(plain, key(&other));
    }
    let (provider, _) = opened(token_answers(), &Wish::default());
    assert!(!format!("{:?}", provider.about()).contains("PRIVATE"));
    assert_eq!(provider.about().principal.as_deref(), Some("sa@p.iam"));
}

/// What was read of the file before does not matter, also where everything about the file but its content is the same.
#[test]
fn a_key_that_was_changed_is_read_anew() {
    let keys = read_from("oauth", "jose.json")["keys"].clone();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key.json");
    let (mut world, _) = token_answers().world();
    world.context.files = Context::os().files;
    let key = keys["rsa"].as_str().expect("a key");
    let opened = |key: &str| {
        let members = json!({"type": "service_account", "client_email": "sa@p.iam", "private_key": key});
        write_at_one_moment(&path, &members.to_string());
        let file = file::read(&world.context, path.to_str().expect("a path")).expect("a file");
        file.open(&world, PATH, &Wish::default()).err().and_then(|error| error.reason())
    };
    assert_eq!(opened(key), None);
    assert_eq!(opened(&key.replace("MII", "AAA")), Some(Reason::Crypto));
    assert_eq!(opened(key), None);
}

#[allow(clippy::disallowed_methods, reason = "the test's own file")]
fn write_at_one_moment(path: &std::path::Path, content: &str) {
    std::fs::write(path, content).expect("written");
    let file = std::fs::File::options().write(true).open(path).expect("the file");
    file.set_modified(std::time::UNIX_EPOCH).expect("a time");
}

#[test]
fn an_id_token_says_itself_when_it_ends() {
    let id_token = format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode("{\"alg\":\"RS256\"}"),
        URL_SAFE_NO_PAD.encode("{\"exp\":1700003610}")
    );
    let answer = json!({"id_token": id_token});
    let fake = Fake::new().playing(move |_| Ok(crate::provider::google::fake::answer(200, &answer)));
    let wish = Wish { id_token_audience: Some("https://run.example".into()), ..Wish::default() };
    let (provider, _) = opened(fake, &wish);
    let token = wait(provider.fetch(None)).expect("a token");
    assert_eq!(token.expires_at_unix_s(), Some(1_700_003_610));
    assert_eq!(token.authorization().expect("a bearer").expose(), format!("Bearer {id_token}"));
}

#[test]
fn the_key_signs_whatever_the_mode() {
    let signature = |assertion| {
        let subject = (assertion == Assertion::OAuth).then(|| "user@example.com".to_owned());
        let (provider, fake) = opened(token_answers(), &Wish { assertion, subject, ..Wish::default() });
        assert_eq!(provider.signer(), Some("sa@p.iam"), "never the user");
        let signature = wait(provider.sign(b"bytes")).expect("a signature");
        assert!(fake.seen().is_empty(), "nobody is asked");
        signature
    };
    let signed = signature(Assertion::OAuth);
    assert_eq!(signed.len(), 256, "RSA-2048");
    assert_eq!(signed, signature(Assertion::SelfSigned));
}
