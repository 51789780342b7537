//! The environment in which all tests run, `tests/clean-env.txt`, has every name that core asks for.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokcore::context::Env;
use tokcore::flow::Environment;
use tokcore::transport::Proxies;
use tokcore::{
    Client, ClientOptions, ClientSettings, Context, CredentialsRequest, Error, Interactivity, Interrupt, OAuthClient,
    Setting, Settings, TokenRequest,
};

/// Part of every machine; no test is other for them.
const EVERYWHERE: [&str; 4] = ["HOME", "PATH", "TMPDIR", "USER"];

/// Notes what it is asked for, and has the same answer for all of it.
struct Noting {
    answer: Option<&'static str>,
    asked: Mutex<BTreeSet<String>>,
}

impl Env for Noting {
    fn var(&self, name: &str) -> Option<String> {
        self.asked.lock().expect("one thread").insert(name.to_owned());
        self.answer.map(str::to_owned)
    }
}

/// Does not wait until what is refused has been tried again.
struct Impatient;

impl Interrupt for Impatient {
    fn is_interrupted(&self) -> bool {
        true
    }
}

/// Every name that core asks for when all variables have this value.
fn asked(answer: Option<&'static str>) -> BTreeSet<String> {
    let env = Arc::new(Noting { answer, asked: Mutex::default() });
    let context = Context { env: env.clone(), ..Context::default() };
    for interactivity in [Interactivity::Yes, Interactivity::No] {
        Environment::detect(&context, interactivity);
    }
    Proxies::from_env(&context);
    Client::with_context(context.clone(), ClientOptions::default()).detect(false);
    // What these end with is told elsewhere: here it counts how far they look.
    let _ = Client::with_context(context.clone(), ClientOptions::default())
        .credentials(&CredentialsRequest::for_audience("reports"), &Impatient);
    let _ = oauth_client(context).and_then(|client| {
        let _ = client.metadata(&Impatient);
        let request = TokenRequest::from_settings(table(json!({ "grant": "authorization_code" })))?;
        client.plan(&request, Interactivity::Yes)
    });
    env.asked.lock().expect("one thread").clone()
}

fn oauth_client(context: Context) -> Result<OAuthClient, Error> {
    let settings = json!({
        "client_id": "c", "issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://as.example/token",
    });
    OAuthClient::with_context(context, ClientSettings::from_settings(table(settings))?)
}

fn table(settings: Value) -> Settings {
    match Setting::from(settings) {
        Setting::Table(table) => table,
        _ => panic!("settings are a table"),
    }
}

#[test]
fn the_list_has_every_name_that_core_asks_for() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clean-env.txt");
    let list = std::fs::read_to_string(list).expect("the list of the tests' environment");
    let entries: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let is_listed = |name: &str| {
        EVERYWHERE.contains(&name)
            || entries.iter().any(|entry| match entry.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => *entry == name,
            })
    };
    let asked: BTreeSet<_> = [None, Some("server"), Some("1")].into_iter().flat_map(asked).collect();
    assert!(asked.contains("CI") && asked.contains("HTTPS_PROXY") && asked.contains("RS_SERVER_ADDRESS"), "{asked:?}");
    let missing: Vec<_> = asked.iter().filter(|name| !is_listed(name)).collect();
    assert!(missing.is_empty(), "not in tests/clean-env.txt: {missing:?}");
}
